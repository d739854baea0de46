# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The run browser's window in Kit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import omni.ui as ui

from ...training.commands import TrainerPort
from ...ui.panel.panel import Panel
from ...ui.runs.browser import RunBrowser
from ...ui.runs.services import Services
from ...ui.widgets.settings import Settings
from ..processes.export import begin_leapp_export
from ..processes.own_command import begin_evaluation, begin_film, begin_policy_export
from ..processes.tensorboard import TensorBoard
from ..processes.thumbnails import Thumbnails
from .names import RUNS_TITLE
from .services import KitDesktop
from .windows import DockedWindowWithKeys


class RunsWindow(DockedWindowWithKeys):
    """Lists the runs of a log root. Reads nothing while it is hidden.

    Args:
        trainer: The trainer, as the panel uses it.
        panel: The panel that plays runs and resumes training.
        settings: Stores the user's choices.
        log_root: Directory whose runs are listed.
    """

    def __init__(self, trainer: TrainerPort, panel: Panel, settings: Settings, log_root: str) -> None:
        self._trainer, self._panel, self._settings, self._log_root = trainer, panel, settings, Path(log_root)
        self._thumbnails = Thumbnails()
        super().__init__(RUNS_TITLE, width=900)

    def show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        """Shows the window with the curves of some runs.

        Args:
            folders: Their folders.
            mean: Whether to draw runs that differ in their seed only as their mean and standard deviation.
        """
        self.show()
        self._shown()
        self._browser.show_runs(folders, mean=mean)

    def _create(self, frame: ui.Frame) -> RunBrowser:
        self._browser = RunBrowser(
            frame,
            self._trainer,
            self._panel,
            self._settings,
            self._log_root,
            Services(
                KitDesktop(),
                TensorBoard(self._log_root),
                begin_policy_export,
                begin_leapp_export,
                begin_film,
                begin_evaluation,
                self._thumbnails,
            ),
        )
        return self._browser

    def destroy(self) -> None:
        """Removes the window and ends the programs started from it."""
        self._thumbnails.close()
        super().destroy()
