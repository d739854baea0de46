# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Exports, films and evaluates a run, shows its files, and copies their paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ... import runs
from ...errors import UserError
from ...runs import Checkpoint, Run, as_text
from .actions import RunActions
from .services import ChildJob, Export, Services


class FileActions:
    """Acts on the file of a checkpoint, or on the run's folder if there is no checkpoint.

    Args:
        services: What the host offers.
        actions: Shows the outcome.
    """

    def __init__(self, services: Services, actions: RunActions) -> None:
        self._services, self._actions = services, actions
        self._job: ChildJob | None = None
        self._progress = ""

    def export(self, run: Run, checkpoint: Checkpoint) -> None:
        """Starts the export of a policy as policy files."""
        self._export(self._services.export, run, checkpoint)

    def export_with_leapp(self, run: Run, checkpoint: Checkpoint) -> None:
        """Starts Isaac Lab's own export of a policy."""
        self._export(self._services.leapp, run, checkpoint)

    def film(self, run: Run) -> None:
        """Starts the film of a run."""
        film = self._services.film
        if film is not None:
            self._start(run, lambda: film(run.path))

    def evaluate(self, run: Run, checkpoint: Checkpoint) -> None:
        """Starts the evaluation of a checkpoint."""
        self._evaluate(run, checkpoint, every=False)

    def evaluate_all(self, run: Run, checkpoint: Checkpoint) -> None:
        """Starts the evaluation of all checkpoints of a run, beginning with one."""
        self._evaluate(run, checkpoint, every=True)

    def _evaluate(self, run: Run, checkpoint: Checkpoint, every: bool) -> None:
        evaluate = self._services.evaluate
        if evaluate is not None and self._actions.can_be_used(checkpoint):
            self._start(run, lambda: evaluate(runs.config_from_run(run, checkpoint.path), every))

    def _export(self, export: Export | None, run: Run, checkpoint: Checkpoint) -> None:
        if export is not None and self._actions.can_be_used(checkpoint):
            self._start(run, lambda: export(runs.config_from_run(run, checkpoint.path)))

    def _start(self, run: Run, begin: Callable[[], ChildJob]) -> None:
        """Starts one job; only one runs at a time."""
        if self._job is not None:
            self._actions.say(f"{self._job.subject} has not ended: wait for it.", is_error=True)
            return
        try:
            # it writes into the run's folder
            runs.require_inside(run.path, run.path.parent.parent.parent)
            self._job = begin()
        except UserError as error:
            self._actions.say(str(error), is_error=True)

    def update(self) -> None:
        """Shows the progress of a job. Called once a frame."""
        job = self._job
        if job is None:
            return
        job.update()
        if job.problem:
            self._job = None
            self._actions.say(job.problem, is_error=True)
        elif job.done:
            self._job = None
            self._actions.say(job.outcome)
        else:
            progress = f"{job.subject}… {job.progress}"
            if progress != self._progress:
                self._progress = progress
                self._actions.say(progress)

    def play(self, video: Path) -> None:
        """Opens a video in the user's player."""
        if self._services.desktop is None:
            return
        try:
            self._services.desktop.open_file(video)
        except UserError as error:
            self._actions.say(str(error), is_error=True)

    def reveal(self, run: Run, checkpoint: Checkpoint | None) -> None:
        """Shows the file in the file manager."""
        if self._services.desktop is None:
            return
        try:
            self._services.desktop.reveal(run.path if checkpoint is None else checkpoint.path)
        except UserError as error:
            self._actions.say(str(error), is_error=True)

    def copy(self, run: Run, checkpoint: Checkpoint | None) -> None:
        """Puts the path on the clipboard."""
        if self._services.desktop is not None:
            path = run.path if checkpoint is None else checkpoint.path
            self._services.desktop.copy(as_text(path))
            self._actions.say(f"Copied {path}")

    def close(self) -> None:
        """Stops the export and TensorBoard."""
        if self._job is not None:
            self._job.stop()
            self._job = None
        if self._services.tensorboard is not None:
            self._services.tensorboard.stop()
