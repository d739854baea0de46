# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The runs of a log root: an index that is there at once, and finds out in slices of time what has changed."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from ..errors import UserError
from ..metrics import EventReader, EventReaders
from . import cache
from .facts import RunFiles, Signature, is_run, list_run_files, read_facts, signature
from .model import Run
from .reward_summary import RewardSummary, summarize
from .status import assemble, may_change

PAUSE = 2.0
"""Seconds between two looks at what is new, and at the runs that something trains."""

THOROUGH_PAUSE = 60.0
"""Seconds between two looks at every run."""

SAVE_PAUSE = 20.0
"""Shortest time between two writings of the cache [s]."""

UNREADABLE: Signature = (-1, -1, -1)
"""Of a run whose directory cannot be read."""


def list_runs(log_root: Path, cache_dir: Path | None = None) -> tuple[Run, ...]:
    """All runs of a log root, newest first. May take long the first time: see :class:`RunIndex`.

    Raises:
        UserError: When the log root cannot be read.
    """
    index = RunIndex(log_root, cache_dir)
    index.refresh()
    if index.problem:
        raise UserError(index.problem)
    return index.runs


class RunIndex:
    """The runs of a log root, those of ``isaaclab train`` and those of this extension.

    What was known the last time is there at once, from a cache; :meth:`refresh` brings it up to date, a slice of time
    a call. First come the runs, then, newest first, their reward curves, which take long when they are read for the
    first time.

    Args:
        log_root: The log root.
        cache_dir: The cache directory; None for the user's cache directory.
    """

    def __init__(self, log_root: Path, cache_dir: Path | None = None) -> None:
        self.log_root = log_root.expanduser().absolute()
        self.problem = ""
        """Why the log root cannot be read, in one sentence; empty when nothing is wrong."""
        self.version = 0
        """Grows whenever :attr:`runs` changes, so that callers can tell."""
        self._cache = cache.cache_path(self.log_root, cache_dir)
        self.readers = EventReaders(None if cache_dir is None else cache_dir / "curves")
        """Through which the events are read; to be used by whatever else shows the curves of these runs."""
        self._entries = self._remembered()
        self._runs: tuple[Run, ...] | None = None
        self._work: Iterator[None] | None = None
        self._deadline = 0.0
        self._looked = self._looked_thoroughly = -math.inf
        self._saved = time.monotonic()
        self._unsaved = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs that are known by now, newest first."""
        if self._runs is None:
            runs = [entry.run for entry in self._entries.values()]
            self._runs = tuple(sorted(runs, key=lambda run: (run.created, run.path), reverse=True))
        return self._runs

    @property
    def progress(self) -> tuple[int, int]:
        """How many of the runs have been read with their curves, and how many there are."""
        return sum(not entry.behind for entry in self._entries.values()), len(self._entries)

    def refresh(self, seconds: float = math.inf) -> bool:
        """Looks for what has changed.

        Args:
            seconds: About how long to work at most: a frame loop can call this in every frame.

        Returns:
            Whether all is up to date: for the time being, when something trains.
        """
        start = time.monotonic()
        self._deadline = start + seconds
        if self._work is None:
            if start - self._looked < PAUSE:
                return True
            self._work = self._look(thorough=start - self._looked_thoroughly >= THOROUGH_PAUSE)
        for _ in self._work:
            if time.monotonic() >= self._deadline:
                return False
        self._work = None
        self._looked = time.monotonic()
        return True

    def look_again(self) -> None:
        """Makes the next :meth:`refresh` look at every run."""
        self._work = None
        self._looked = self._looked_thoroughly = -math.inf

    def reread(self, run_dir: Path) -> None:
        """Looks at one run now: it was renamed, deleted or restored."""
        name = str(run_dir.relative_to(self.log_root))
        entry = self._entries.get(name)
        if not is_run(run_dir):
            if entry is not None:
                del self._entries[name]
                self._changed()
            return
        if entry is None:
            self._entries[name] = _Entry(run_dir, time.time(), self.readers)
            self._changed()
        elif entry.look(time.time()):
            self._changed()

    def _look(self, thorough: bool) -> Iterator[None]:
        try:
            found = yield from self._find()
        except OSError as error:
            what = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
            self.problem = f"{self.log_root} {what}: train something there, or choose another log root."
            if self._entries:
                # the cache stays as it is: a mount that has vanished comes back
                self._entries.clear()
                self._changed(save=False)
            return
        if self.problem:  # it is back
            self.problem = ""
            self._entries = self._remembered()
            self._runs = None
        gone = self._entries.keys() - found.keys()
        for name in gone:
            del self._entries[name]
        if gone:
            self._changed()
        yield from self._look_at_runs(found, thorough)
        yield from self._read_curves()
        if thorough:
            self._looked_thoroughly = time.monotonic()
        self._save(at_once=thorough)

    def _remembered(self) -> dict[str, _Entry]:
        now = time.time()
        return {
            name: _Entry(self.log_root / name, now, self.readers, known)
            for name, known in cache.load(self._cache, self.log_root).items()
        }

    def _find(self) -> Generator[None, None, dict[str, Path]]:
        """The directories of all runs, by their paths below the log root, newest name first."""
        found: list[tuple[str, str, Path]] = []
        for library in _folders(self.log_root):
            for experiment in _folders(library, forgiving=True):
                for run_dir in _folders(experiment, forgiving=True):
                    name = f"{library.name}{os.sep}{experiment.name}{os.sep}{run_dir.name}"
                    if name in self._entries or is_run(run_dir):
                        found.append((run_dir.name, name, run_dir))
                yield
        return {name: run_dir for _, name, run_dir in sorted(found, reverse=True)}

    def _look_at_runs(self, found: dict[str, Path], thorough: bool) -> Iterator[None]:
        for name, run_dir in found.items():
            now = time.time()
            entry = self._entries.get(name)
            try:
                if entry is None:
                    self._entries[name] = _Entry(run_dir, now, self.readers)
                    self._changed()
                elif not thorough and not may_change(entry.run, now, entry.facts):
                    continue
                elif entry.look(now):
                    self._changed()
            except FileNotFoundError:
                pass  # deleted meanwhile: the next look finds it gone
            yield

    def _read_curves(self) -> Iterator[None]:
        behind = [entry for entry in self._entries.values() if entry.behind]
        for entry in sorted(behind, key=lambda entry: entry.facts.created, reverse=True):
            done = False
            while not done:
                done = entry.read_curve(max(0.0, self._deadline - time.monotonic()))
                yield
            self._changed()
            self._save()

    def _changed(self, save: bool = True) -> None:
        self._runs = None
        self.version += 1
        self._unsaved |= save

    def _save(self, at_once: bool = False) -> None:
        if not self._unsaved or (time.monotonic() - self._saved < SAVE_PAUSE and not at_once):
            return
        cache.save(self._cache, {name: entry.known for name, entry in self._entries.items()})
        self._saved = time.monotonic()
        self._unsaved = False


class _Entry:
    """One run: what is known of it, and the reader that follows its events while it grows."""

    def __init__(self, run_dir: Path, now: float, readers: EventReaders, known: cache.Known | None = None) -> None:
        self.run_dir = run_dir
        self._readers = readers
        self._reader: EventReader | None = None
        if known is None:
            self.signature, self.facts = self._survey()
            self.curve = RewardSummary(())
        else:
            self.signature, self.facts, self.curve = known
        self.run = assemble(run_dir, self.facts, self.curve, now)

    @property
    def known(self) -> cache.Known:
        return self.signature, self.facts, self.curve

    @property
    def behind(self) -> bool:
        """Whether its events have grown since its curve was read."""
        return self.curve.events != self.facts.events

    def look(self, now: float) -> bool:
        """Reads what has changed, the curve aside; whether anything did.

        Raises:
            FileNotFoundError: When the run is gone.
        """
        self.signature, self.facts = self._survey(self.signature, self.facts)
        return self._assemble(now)

    def read_curve(self, seconds: float) -> bool:
        """Goes on reading its events; whether all that was there has been read."""
        if self._reader is None:
            self._reader = self._readers.of(self.run_dir, self.run.library)
        events = self.facts.events
        self._reader.ended = self.run.status.is_over
        if not self._reader.read(seconds):
            return False
        self.curve = summarize(self._reader.metrics, events, self._reader.started, self._reader.problem)
        self._assemble(time.time())
        return True

    def _survey(self, seen: Signature | None = None, facts: RunFiles | None = None) -> tuple[Signature, RunFiles]:
        try:
            files = list_run_files(self.run_dir)
        except FileNotFoundError:
            raise
        except OSError as error:
            problem = f"{self.run_dir} cannot be read ({error.strerror}): check that it may be read."
            return UNREADABLE, dataclasses.replace(read_facts(self.run_dir, ()), problem=problem)
        if facts is not None and signature(files) == seen:
            return seen, facts
        return signature(files), read_facts(self.run_dir, files)

    def _assemble(self, now: float) -> bool:
        if not self.behind and not may_change(self.run, now, self.facts):
            self._reader = None  # its points take memory, and nothing will be added
        run = assemble(self.run_dir, self.facts, self.curve, now)
        changed = run != self.run
        self.run = run
        return changed


def _folders(parent: Path, forgiving: bool = False) -> list[Path]:
    """The folders in a folder, hidden ones aside; none where ``forgiving`` and it cannot be read."""
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        if not forgiving:
            raise
        return []
