# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Exports a run, shows its files, and copies their paths."""

from __future__ import annotations

from ... import runs
from ...errors import UserError
from ...runs import Checkpoint, Run, as_text
from .actions import RunActions
from .services import ExportPort, Services


class FileActions:
    """Acts on the file of a checkpoint, or on the run's folder if there is no checkpoint.

    Args:
        services: What the host offers.
        actions: Shows the outcome.
    """

    def __init__(self, services: Services, actions: RunActions) -> None:
        self._services, self._actions = services, actions
        self._export: ExportPort | None = None
        self._progress = ""

    def export(self, run: Run, checkpoint: Checkpoint) -> None:
        """Starts the export of a policy, one at a time."""
        if self._services.export is None or not self._actions.can_be_used(checkpoint):
            return
        if self._export is not None:
            self._actions.say(f"{self._export.checkpoint.name} is still being exported: wait for it.", is_error=True)
            return
        try:
            # the export is written into the run's folder
            runs.require_inside(run.path, run.path.parent.parent.parent)
            self._export = self._services.export(runs.config_from_run(run, checkpoint.path))
        except UserError as error:
            self._actions.say(str(error), is_error=True)

    def update(self) -> None:
        """Shows the progress of an export. Called once a frame."""
        export = self._export
        if export is None:
            return
        export.update()
        if export.problem:
            self._export = None
            self._actions.say(export.problem, is_error=True)
        elif export.done:
            self._export = None
            self._actions.say(f"Exported to {export.folder}")
        else:
            progress = f"Exporting {export.checkpoint.name}… {export.progress}"
            if progress != self._progress:
                self._progress = progress
                self._actions.say(progress)

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
        if self._export is not None:
            self._export.stop()
            self._export = None
        if self._services.tensorboard is not None:
            self._services.tensorboard.stop()
