# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes checkpoints and the run's record atomically, and holds the run while the disk is full."""

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
from ..runs.record import Best, RunRecord
from ..system.atomic_files import SAVING_FOLDER
from ..system.disk import free_bytes, is_full
from ..wording import file_size
from .formats import BEST_STEM
from .resuming import Progress

BEST_INTERVAL = 20.0
"""Shortest time between two writes of the best checkpoint [s]. Until then a better one waits in memory; it is written
with the next regular checkpoint at the latest."""

RESERVE = 512 * 1024
"""Space that a run leaves free besides that for the next checkpoint [bytes]: for its events, record and console log.
They can then still be written when the user stops a run that waits for space."""

CheckpointFiles = Callable[[str], Mapping[str, bytes]]
"""Returns the files of a model, as it was when this was made, by their names. They are to be written in this order, the
checkpoint itself last. The argument is the checkpoint's file name without ending. Names may begin with a folder."""

Hold = Callable[[str], None]
"""Pauses the run for a while, or until the user continues it. The argument is the reason, in one sentence."""


class CheckpointWriter:
    """Writes the files of one run. Each is complete, or does not exist (see :func:`..runs.atomic`).

    While a file cannot be written, for want of space or for another reason, the run is held. It continues once the file
    is written: until then everything that was learned is in memory.

    Args:
        run_dir: Folder of the run.
        progress: Returns how far the training has come.
        hold: Pauses the run for a while.
        clock: Returns seconds, as :func:`time.monotonic`.
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
        """The best checkpoint so far. Its file name is empty while it is only in memory."""
        self.stop_requested = False
        """Whether the user stops the run. It is then not held any more: what cannot be written raises."""
        self.stage: Callable[[], dict[str, Any]] = dict
        """Returns the stage of the environment's curricula, which every checkpoint stores as ``environment``."""
        self.between_iterations: Callable[[], None] = lambda: None
        """Called by the library after each iteration: its update is made, its scalars and checkpoints are written, and
        nothing of the next one has begun. May raise :class:`.early_end.EndOfTraining`."""
        self.best_stem = BEST_STEM
        """Name of the best checkpoint below the folder of the run, without ending."""
        self._hold, self._clock = hold, clock
        self._record: RunRecord | None = None
        self._settled = False
        self._unwritten: CheckpointFiles | None = None
        self._write_best_at = -math.inf
        self._largest = 0
        self._described: dict[Path, bytes] = {}
        self._folders: list[Path] = []

    def require_space(self) -> None:
        """Holds the run until there is space for the next checkpoint and what is written with it."""
        self._wait_for_space(self._largest + RESERVE, "the next checkpoint")

    def iteration_finished(
        self, iteration: int, mean_reward: float | None, settled: bool, capture: Callable[[], CheckpointFiles | None]
    ) -> None:
        """Captures the model if it is the best so far, writes it when due, and updates the record.

        To be called after each iteration.

        Args:
            iteration: Its number in the names of the library's checkpoints.
            mean_reward: Mean return over the library's own window of finished episodes; None before the first.
            settled: Whether the window is full, and only of episodes from beginning to end. Otherwise it holds episodes
                that began at a random length, or only those that ended early. A settled mean beats any other.
            capture: Returns the model as it is now; None if its weights are not finite.
        """
        if not self._described:
            self._read_description()
        if mean_reward is not None and math.isfinite(mean_reward) and self._beats(mean_reward, settled):
            files = capture()
            if files is not None:
                self.best = Best(iteration, mean_reward, "")
                self._settled, self._unwritten = settled, files
        if self._clock() >= self._write_best_at:
            self._write_best()
        self.require_space()
        self.note()

    def save(self, stem: str, model: CheckpointFiles) -> None:
        """Writes a checkpoint, also the best one if that is only in memory, and updates the record.

        Args:
            stem: Name of the checkpoint below the folder of the run, without ending.
            model: Its files.

        Raises:
            OSError: When a file cannot be written and the user stops the run.
        """
        self._write(model(stem))
        self._write_best()
        self.note(at_once=True)

    def begin(self, record: RunRecord, best: Best | None = None) -> None:
        """Sets the record to update.

        Args:
            record: The run's.
            best: The best checkpoint of the run that this one resumes; it is already in the folder.
        """
        self._record, self.best = record, best
        # the parent's best mean is one over whole episodes
        self._settled = best is not None

    @property
    def record(self) -> RunRecord | None:
        """The run's record; None before :meth:`begin`."""
        return self._record

    def note(self, at_once: bool = False) -> None:
        """Updates the progress in the record, a few times a minute or ``at_once``."""
        if self._record is not None:
            self._write_with_retries("its record", 0, partial(self._record.update, **self._noted(), at_once=at_once))

    def end(self, status: RunStatus, failure: str | None = None, stop_reason: str | None = None) -> None:
        """Writes into the record how the run ended."""
        if self._record is not None:
            end = partial(self._record.end, status, failure=failure, stop_reason=stop_reason)
            self._write_with_retries("its record", 0, partial(end, **self._noted()))

    def _noted(self) -> dict[str, Any]:
        best = self.best if self.best is not None and self.best.file else None
        return {**asdict(self.progress()), "best": best}

    def hold_and_retry(self, error: BaseException, what: str) -> bool:
        """Holds the run because a file could not be written.

        Args:
            error: The reason.
            what: What the file is, for a sentence.

        Returns:
            Whether to try again: not once the user stops the run.
        """
        if isinstance(error, FileNotFoundError) and self._restored_folder():
            return True
        if not isinstance(error, OSError) or self.stop_requested:
            return False
        self._hold(
            self._full(self._largest, what)
            if is_full(error)
            else f"{self.run_dir} cannot be written ({error.strerror}). The training continues by itself once it can."
        )
        return True

    def _restored_folder(self) -> bool:
        """Creates the run's folder again where it was removed, with the files that describe the run.

        Returns:
            Whether it was removed, and could be created.
        """
        # where its parent is missing too, a disk is probably unmounted and returns: only a run that ends cannot wait
        if self.run_dir.exists() or not (self.stop_requested or self.run_dir.parent.exists()):
            return False
        try:
            self.run_dir.mkdir(parents=True)
            for folder in self._folders:
                folder.mkdir()
            for path, content in self._described.items():
                path.write_bytes(content)
        except OSError:
            return False  # the caller says why it cannot write
        if not self.stop_requested:
            self._hold(
                f"{self.run_dir} was removed while its run trains: it has been created again, and the training "
                "continues; the checkpoints and curves until then are lost."
            )
        return True

    def _read_description(self) -> None:
        """Reads manifest and parameters, without which the checkpoints could not be played: a few kilobytes."""
        try:
            self._folders = [path for path in self.run_dir.iterdir() if path.is_dir() and path.name != SAVING_FOLDER]
            paths = (self.run_dir / MANIFEST_NAME, *(self.run_dir / "params").glob("*.yaml"))
            self._described = {path: path.read_bytes() for path in paths}
        except OSError:
            self._described = {}  # read again at the next iteration

    def _beats(self, mean_reward: float, settled: bool) -> bool:
        if self.best is None:
            return True
        return (settled, mean_reward) > (self._settled, self.best.mean_reward)

    def _write_best(self) -> None:
        if self._unwritten is None or self.best is None:
            return
        name = self._write(self._unwritten(self.best_stem))
        self._unwritten = None
        self.best = Best(self.best.iteration, self.best.mean_reward, name)
        # at once: a record that names an earlier one would describe another file
        self.note(at_once=True)
        self._write_best_at = self._clock() + BEST_INTERVAL

    def _write(self, files: Mapping[str, bytes]) -> str:
        """Writes the files of a checkpoint in their order. Returns the name of the last: the checkpoint itself."""
        self._largest = max(self._largest, sum(len(content) for content in files.values()))
        for name, content in files.items():
            self._write_with_retries(name, len(content), partial(self._write_file, name, content))
        return name

    def _write_file(self, name: str, content: bytes) -> None:
        path = self.run_dir / name
        if path.parent != self.run_dir:
            path.parent.mkdir(exist_ok=True)
        with runs.atomic(path) as temporary:
            temporary.write_bytes(content)

    def _write_with_retries(self, what: str, size: int, write: Callable[[], None]) -> None:
        while True:
            self._wait_for_space(size + RESERVE if size else 0, what)
            try:
                return write()
            except OSError as error:
                if not self.hold_and_retry(error, what):
                    raise

    def _wait_for_space(self, needed: int, what: str) -> None:
        while not self.stop_requested:
            try:
                if free_bytes(self.run_dir) >= needed:
                    return
            except OSError as error:
                self.hold_and_retry(error, what)
            else:
                self._hold(self._full(needed - RESERVE, what))

    def _full(self, size: int, what: str) -> str:
        return (
            f"The disk is full: {self.run_dir} needs {file_size(size + RESERVE)} for {what} and has "
            f"{file_size(free_bytes(self.run_dir))}. Free some space there, and the training continues by itself."
        )
