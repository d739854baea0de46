# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Holds the selected runs, the run whose details are shown, and its checkpoints. No widgets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

from ... import runs
from ...errors import UserError
from ...runs import Checkpoint, Run, RunStatus
from .selection import Selection

CHECKPOINTS_INTERVAL = 2.0
"""The time between two searches for new checkpoints of a running training [s]."""

PIECES_A_FRAME = 4
"""The pieces of a checkpoint whose checksums are checked in one frame."""


class SelectedRuns:
    """The runs that the lower half of the browser shows.

    Args:
        selection: The directories of the selected runs.
        say: Shows a message; the second argument is whether it is an error.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(self, selection: Selection, say: Callable[[str, bool], None], clock: Callable[[], float]) -> None:
        self._selection, self._say, self._clock = selection, say, clock
        self._read_at = 0.0
        self._looked_into: dict[Checkpoint, str] = {}
        self._looking: tuple[Checkpoint, Generator[None, None, str]] | None = None
        self.known: Mapping[Path, Run] = {}
        """All runs, by their directories."""
        self.checkpoints: tuple[Checkpoint, ...] = ()
        """The checkpoints of :attr:`run`, as last read."""

    @property
    def run(self) -> Run | None:
        """The run whose details are shown: the one that was clicked last."""
        cursor, paths = self._selection.cursor, self._selection.paths
        path = cursor if cursor is not None and cursor in self._selection else paths[-1] if paths else None
        return None if path is None else self.known.get(path)

    @property
    def chosen(self) -> list[Run]:
        """The selected runs, in the order of their selection."""
        return [self.known[path] for path in self._selection.paths if path in self.known]

    @property
    def newest(self) -> Checkpoint | None:
        """The checkpoint that was saved last, without damaged ones."""
        whole = [checkpoint for checkpoint in self.checkpoints if not checkpoint.problem]
        return max(whole, key=lambda checkpoint: checkpoint.modified, default=None)

    def read_checkpoints(self) -> None:
        """Reads the checkpoints of the run that is shown now."""
        run, self._read_at = self.run, self._clock()
        try:
            # a running training may be writing a file
            damaged = run is not None and run.status is not RunStatus.RUNNING
            listed = () if run is None else runs.list_checkpoints(run.path, damaged=damaged)
        except UserError as error:
            listed = ()
            self._say(str(error), True)
        self._looked_into = {one: self._looked_into[one] for one in listed if one in self._looked_into}
        self._looking = None
        self.checkpoints = tuple(self._marked(one) for one in listed)

    def _marked(self, checkpoint: Checkpoint) -> Checkpoint:
        problem = self._looked_into.get(checkpoint, "")
        return dataclasses.replace(checkpoint, problem=problem) if problem else checkpoint

    def found_damage(self) -> bool:
        """Checks a part of a checkpoint, once a frame; returns whether it found another damaged one."""
        if self._looking is None:
            unknown = (one for one in self.checkpoints if not one.problem and one not in self._looked_into)
            checkpoint = next(unknown, None)
            if checkpoint is None:
                return False
            self._looking = checkpoint, runs.look_for_damage(checkpoint.path)
        checkpoint, looking = self._looking
        try:
            for _ in range(PIECES_A_FRAME):
                next(looking)
        except StopIteration as end:
            self._looking = None
            self._looked_into[checkpoint] = end.value
            if end.value:
                self.checkpoints = tuple(self._marked(one) for one in self.checkpoints)
                return True
        return False

    def has_new_checkpoints(self) -> bool:
        """Checks regularly, called once a frame, whether a running training has saved another checkpoint."""
        run = self.run
        if run is None or run.status is not RunStatus.RUNNING or self._clock() - self._read_at < CHECKPOINTS_INTERVAL:
            return False
        before = self.checkpoints
        self.read_checkpoints()
        return self.checkpoints != before
