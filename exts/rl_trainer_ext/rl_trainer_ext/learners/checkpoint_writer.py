# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keeps what a training learns: whole files only, the best checkpoint as it is reached, no end for want of space."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from .. import runs
from ..runs.model import MANIFEST_NAME, RunStatus
from ..runs.writing import Best, RunRecord
from ..system.disk import free_bytes, is_full
from ..wording import file_size
from .formats import BEST_STEM
from .resuming import Progress

BEST_COST = 0.001
"""Share of the time that the best checkpoint may cost while it is reached again and again: it is copied in memory each
time, and written as often as that leaves room for."""

BEST_WAIT = 20.0
"""Longest time that the best checkpoint waits to be written because its copies cost more than its share [s]."""

RESERVE = 512 * 1024
"""Room that a run keeps free beside that for one more checkpoint: for its events, its record, its console log [bytes].
So what a run has begun to write has room to the end, when somebody leaves a run that waits."""

CheckpointFiles = Callable[[str], Mapping[str, bytes]]
"""A model as it was at one moment. Given the file name, without ending, of a checkpoint, it gives its files by their
names, in the order to be written: the checkpoint itself last."""

Hold = Callable[[str], None]
"""Holds the run for a moment, or until somebody resumes it; is told why in one sentence."""


class CheckpointWriter:
    """Writes the files of one run. A file is whole or not there (see :func:`..runs.atomic`).

    While there is no room for what is to be written, or it cannot be written for another reason, the run is held, and
    goes on once it can: what was learned is in memory as long as it runs.

    Args:
        run_dir: Where everything lies.
        progress: How far the training has come, now.
        hold: Holds the run.
        clock: Seconds, as :func:`time.monotonic`.
    """

    def __init__(
        self,
        run_dir: Path,
        progress: Callable[[], Progress],
        hold: Hold,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run_dir = run_dir
        self.progress = progress
        self.best: Best | None = None
        """The best checkpoint so far; it may wait to be written."""
        self.stop_requested = False
        """Set when somebody wants the run to end: what cannot be written then is not waited for."""
        self._hold_run, self._clock = hold, clock
        self._record: RunRecord | None = None
        self._settled = False
        self._unwritten: CheckpointFiles | None = None
        self._best_written: float | None = None
        self._copying = self._writing = self._held_seconds = 0.0
        self._largest = 0
        self._described: dict[Path, bytes] = {}

    def require_room(self) -> None:
        """Holds the run until there is room for the next checkpoint and what is written beside it."""
        self._wait_for_room(self._largest + RESERVE, "the next checkpoint")

    def iteration_finished(
        self, iteration: int, mean_reward: float | None, settled: bool, freeze: Callable[[], CheckpointFiles | None]
    ) -> None:
        """To be called after each iteration: keeps the model if it is the best so far, and notes the progress.

        Args:
            iteration: What the library calls it in the names of its checkpoints.
            mean_reward: Mean return over the library's own window of finished episodes; None before the first.
            settled: Whether that window is full of whole episodes: not of those that begin at a random length, and
                not of only the few that ended early. A settled value beats every unsettled one.
            freeze: Gives the model as it is; None if its weights are no longer finite numbers.
        """
        if not self._described:
            self._described = _describing_files(self.run_dir)
        if mean_reward is not None and math.isfinite(mean_reward) and self._beats(mean_reward, settled):
            began = self._clock()
            frozen = freeze()
            self._copying += self._clock() - began
            if frozen is not None:
                self.best = Best(iteration, mean_reward, "")
                self._settled, self._unwritten = settled, frozen
        if self._best_is_affordable():
            self._write_best()
        self.require_room()
        self.note()

    def save(self, stem: str, model: CheckpointFiles) -> None:
        """Writes a checkpoint, and the best one if it waits; notes the progress. ``stem``: its name without ending."""
        self._write(model(stem))
        self._write_best()
        self.note(at_once=True)

    def begin(self, record: RunRecord, best: Best | None = None) -> None:
        """Keeps a record from now on.

        Args:
            record: The run's.
            best: The best checkpoint of the run that this one goes on from, which is in the folder already.
        """
        self._record, self.best = record, best
        # what the parent found good was good over whole episodes
        self._settled = best is not None

    @property
    def record(self) -> RunRecord | None:
        """The run's record; None before :meth:`begin`."""
        return self._record

    def note(self, at_once: bool = False) -> None:
        """Notes the progress in the record, a few times a minute or ``at_once``."""
        if self._record is not None:
            self._write_with_retries("its record", 0, partial(self._record.update, **self._noted(), at_once=at_once))

    def end(self, status: RunStatus, failure: str | None = None) -> None:
        """Notes in the record how the run ended."""
        if self._record is not None:
            self._write_with_retries(
                "its record", 0, partial(self._record.end, status, **self._noted(), failure=failure)
            )

    def _noted(self) -> dict[str, Any]:
        best = self.best if self.best is not None and self.best.file else None
        return {**asdict(self.progress()), "best": best}

    def hold_and_retry(self, error: BaseException, what: str) -> bool:
        """Holds the run because ``what`` could not be written. Returns whether it is to be tried again."""
        if isinstance(error, FileNotFoundError) and self._made_folder_again():
            return True
        if not isinstance(error, OSError) or self.stop_requested:
            return False
        self._hold(
            self._full(self._largest, what)
            if is_full(error)
            else f"{self.run_dir} cannot be written ({error.strerror}). The training goes on by itself once it can."
        )
        return True

    def _made_folder_again(self) -> bool:
        """Makes the run's folder again, with what describes the run, where it was removed; returns whether it was."""
        # where its parent is gone too, a disk is probably unmounted, and comes back: only a run that ends cannot wait
        if self.run_dir.exists() or not (self.stop_requested or self.run_dir.parent.exists()):
            return False
        try:
            self.run_dir.mkdir(parents=True)
            for path, content in self._described.items():
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        except OSError:
            return False  # the caller tells why it cannot write
        if not self.stop_requested:
            self._hold(
                f"{self.run_dir} was removed while its run trains: it has been made again, and the training goes on; "
                "the checkpoints and curves until then are lost."
            )
        return True

    def _beats(self, mean_reward: float, settled: bool) -> bool:
        if self.best is None:
            return True
        return (settled, mean_reward) > (self._settled, self.best.mean_reward)

    def _write_best(self) -> None:
        if self._unwritten is None or self.best is None:
            return
        began, self._held_seconds = self._clock(), 0.0
        name = self._write(self._unwritten(BEST_STEM))
        self._unwritten = None
        self.best = Best(self.best.iteration, self.best.mean_reward, name)
        # a record that names another one would be wrong about this file
        self.note(at_once=True)
        self._best_written = self._clock()
        self._writing = self._best_written - began - self._held_seconds
        self._copying = 0.0

    def _best_is_affordable(self) -> bool:
        if self._best_written is None:
            return True
        wait = (self._writing + self._copying) / BEST_COST
        longest = max(self._writing / BEST_COST, BEST_WAIT)
        return self._clock() - self._best_written >= min(wait, longest)

    def _write(self, files: Mapping[str, bytes]) -> str:
        """Writes the files of one checkpoint in their order, and returns the name of the last: the checkpoint's own."""
        self._largest = max(self._largest, sum(len(content) for content in files.values()))
        for name, content in files.items():
            self._write_with_retries(name, len(content), partial(self._write_file, name, content))
        return name

    def _write_file(self, name: str, content: bytes) -> None:
        with runs.atomic(self.run_dir / name) as temporary:
            temporary.write_bytes(content)

    def _write_with_retries(self, what: str, size: int, write: Callable[[], None]) -> None:
        while True:
            self._wait_for_room(size + RESERVE if size else 0, what)
            try:
                return write()
            except OSError as error:
                if not self.hold_and_retry(error, what):
                    raise

    def _wait_for_room(self, needed: int, what: str) -> None:
        while not self.stop_requested:
            try:
                if free_bytes(self.run_dir) >= needed:
                    return
            except OSError as error:
                self.hold_and_retry(error, what)
            else:
                self._hold(self._full(needed - RESERVE, what))

    def _hold(self, why: str) -> None:
        began = self._clock()
        self._hold_run(why)
        self._held_seconds += self._clock() - began

    def _full(self, size: int, what: str) -> str:
        return (
            f"The disk is full: {self.run_dir} needs {file_size(size + RESERVE)} for {what} and has "
            f"{file_size(free_bytes(self.run_dir))}. Make room there, and the training goes on by itself."
        )


def _describing_files(run_dir: Path) -> dict[Path, bytes]:
    """Manifest and parameters of a run, without which its checkpoints could not be played: a few kilobytes."""
    try:
        return {path: path.read_bytes() for path in (run_dir / MANIFEST_NAME, *(run_dir / "params").glob("*.yaml"))}
    except OSError:
        return {}  # read at the next iteration
