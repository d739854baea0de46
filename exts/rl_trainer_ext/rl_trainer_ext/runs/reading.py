# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Indexes the runs of a log root: known runs are listed at once, changes are read in time slices."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Generator, Iterator
from pathlib import Path

from ..errors import UserError
from ..learners.formats import format_of
from ..metrics import EventReader, EventReaders
from . import cache
from .model import Run
from .reward_summary import RewardSummary, summarize
from .run_files import RunFiles, Signature, is_run, list_run_files, read_run_files, signature
from .status import assemble, may_change

PAUSE = 2.0
"""Seconds between two searches for new runs, which also reread running ones."""

THOROUGH_PAUSE = 60.0
"""Seconds between two checks of every run."""

SAVE_PAUSE = 20.0
"""The shortest time between two writes of the cache [s]."""

UNREADABLE: Signature = (-1, -1, -1)
"""The signature of a run whose directory cannot be read."""


def list_runs(log_root: Path, cache_dir: Path | None = None) -> tuple[Run, ...]:
    """Returns all runs of a log root, newest first. The first time may take long, see :class:`RunIndex`.

    Raises:
        UserError: When the log root cannot be read.
    """
    index = RunIndex(log_root, cache_dir)
    index.refresh()
    if index.problem:
        raise UserError(index.problem)
    return index.runs


def read_run(run_dir: Path) -> Run:
    """Returns one run, without a summary of its rewards.

    Raises:
        UserError: When it is not there.
    """
    try:
        return _Entry(run_dir, time.time(), EventReaders()).run
    except FileNotFoundError:
        raise UserError(f"The run {run_dir} is gone: it was moved or deleted.") from None


class RunIndex:
    """Lists the runs of a log root, those of ``isaaclab train`` and those of this extension.

    A cache has the runs of the last time at once. Each call of :meth:`refresh` updates them for a slice of time: it
    finds the runs first, then reads their reward curves, the newest first.

    Args:
        log_root: The log root.
        cache_dir: The cache directory; None for the user's cache directory.
    """

    def __init__(self, log_root: Path, cache_dir: Path | None = None) -> None:
        self.log_root = log_root.expanduser().absolute()
        self.problem = ""
        """Why the log root cannot be read, in one sentence; empty if it can."""
        self.version = 0
        """Increases when :attr:`runs` changes."""
        self._cache = cache.cache_path(self.log_root, cache_dir)
        self.readers = EventReaders(None if cache_dir is None else cache_dir / "curves")
        """Reads the events. Other code that shows the curves of these runs uses it too, so that each is read once."""
        self._entries = self._remembered()
        self._runs: tuple[Run, ...] | None = None
        self._work: Iterator[None] | None = None
        self._deadline = 0.0
        self._looked = self._looked_thoroughly = -math.inf
        self._saved = time.monotonic()
        self._unsaved = False

    @property
    def runs(self) -> tuple[Run, ...]:
        """All runs that have been found, newest first."""
        if self._runs is None:
            runs = [entry.run for entry in self._entries.values()]
            self._runs = tuple(sorted(runs, key=lambda run: (run.created, run.path), reverse=True))
        return self._runs

    @property
    def progress(self) -> tuple[int, int]:
        """The number of runs whose curves have been read, and the number of all runs."""
        return sum(not entry.behind for entry in self._entries.values()), len(self._entries)

    def refresh(self, seconds: float = math.inf) -> bool:
        """Reads what has changed.

        Args:
            seconds: About the longest time to work [s]: a frame loop can call this in every frame.

        Returns:
            Whether everything is up to date; a running training soon changes that.
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
        """Makes the next :meth:`refresh` check every run."""
        self._work = None
        self._looked = self._looked_thoroughly = -math.inf

    def reread(self, run_dir: Path) -> None:
        """Rereads one run at once, after it was renamed, deleted or restored."""
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
                # the cache keeps the runs, for a network mount that comes back
                self._entries.clear()
                self._changed(save=False)
            return
        if self.problem:  # the log root is back
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
        """Finds the directories of all runs, by their paths below the log root, newest name first."""
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
                elif not thorough and not may_change(entry.run, now, entry.content):
                    continue
                elif entry.look(now):
                    self._changed()
            except FileNotFoundError:
                pass  # just deleted: the next search removes it
            yield

    def _read_curves(self) -> Iterator[None]:
        behind = [entry for entry in self._entries.values() if entry.behind]
        for entry in sorted(behind, key=lambda entry: entry.content.created, reverse=True):
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
    """One run of the index, and the reader that follows its events while they grow."""

    def __init__(self, run_dir: Path, now: float, readers: EventReaders, known: cache.Known | None = None) -> None:
        self.run_dir = run_dir
        self._readers = readers
        self._reader: EventReader | None = None
        if known is None:
            self.signature, self.content = self._read_files()
            self.curve = RewardSummary(())
        else:
            self.signature, self.content, self.curve = known
        self.run = assemble(run_dir, self.content, self.curve, now)

    @property
    def known(self) -> cache.Known:
        return self.signature, self.content, self.curve

    @property
    def behind(self) -> bool:
        """Whether the events have grown since the curve was read."""
        return self.curve.events != self.content.events

    def look(self, now: float) -> bool:
        """Rereads the files but not the curve; returns whether anything changed.

        Raises:
            FileNotFoundError: When the run is gone.
        """
        self.signature, self.content = self._read_files(self.signature, self.content)
        return self._assemble(now)

    def read_curve(self, seconds: float) -> bool:
        """Reads more of the events; returns whether all have been read."""
        if self._reader is None:
            self._reader = self._readers.of(self.run_dir, self.run.library)
        events = self.content.events
        self._reader.ended = self.run.status.is_over
        if not self._reader.read(seconds):
            return False
        unit = format_of(self.run.library).step_unit
        self.curve = summarize(self._reader.metrics, events, self._reader.started, self._reader.problem, unit)
        self._assemble(time.time())
        return True

    def _read_files(self, seen: Signature | None = None, content: RunFiles | None = None) -> tuple[Signature, RunFiles]:
        try:
            files = list_run_files(self.run_dir)
        except FileNotFoundError:
            raise
        except OSError as error:
            problem = f"{self.run_dir} cannot be read ({error.strerror}): check that it may be read."
            return UNREADABLE, dataclasses.replace(read_run_files(self.run_dir, ()), problem=problem)
        if content is not None and signature(files) == seen:
            return seen, content
        return signature(files), read_run_files(self.run_dir, files)

    def _assemble(self, now: float) -> bool:
        if not self.behind and not may_change(self.run, now, self.content):
            self._reader = None  # frees the points of a run that has ended
        run = assemble(self.run_dir, self.content, self.curve, now)
        changed = run != self.run
        self.run = run
        return changed


def _folders(parent: Path, forgiving: bool = False) -> list[Path]:
    """Returns the folders in a folder without hidden ones; none if ``forgiving`` and it cannot be read."""
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        if not forgiving:
            raise
        return []
