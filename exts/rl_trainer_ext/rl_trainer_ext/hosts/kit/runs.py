# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The run browser's window in Kit, docked beside the viewport. The browser is created when it is first shown."""

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


class RunsWindow:
    """Lists the runs of a log root. Reads nothing while it is hidden.

    Args:
        trainer: The trainer, as the panel uses it.
        panel: The panel that plays runs and resumes training.
        settings: Stores the user's choices.
        log_root: Directory whose runs are listed.
    """

    def __init__(self, trainer: TrainerPort, panel: Panel, settings: Settings, log_root: str) -> None:
        self._trainer, self._panel, self._settings, self._log_root = trainer, panel, settings, Path(log_root)
        self._browser: RunBrowser | None = None
        self._thumbnails = Thumbnails()
        self.window = ui.Window(RUNS_TITLE, width=900, height=600, visible=False, padding_x=0, padding_y=0)
        self.window.deferred_dock_in("Viewport", ui.DockPolicy.DO_NOTHING)

    def update(self) -> None:
        """Updates the browser. Called once a frame."""
        if self.window.visible:
            self._shown_browser().update()

    def show_runs(self, folders: Sequence[Path], mean: bool) -> None:
        """Shows the window with the curves of some runs.

        Args:
            folders: Their folders.
            mean: Whether to draw runs that differ in their seed only as their mean and standard deviation.
        """
        self.window.visible = True
        self.window.focus()
        self._shown_browser().show_runs(folders, mean=mean)

    def _shown_browser(self) -> RunBrowser:
        if self._browser is None:
            self._browser = RunBrowser(
                self.window.frame,
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

    def toggle(self) -> None:
        """Shows or hides the window."""
        self.window.visible = not self.window.visible

    def is_shown(self) -> bool:
        """Returns whether the window is visible."""
        return bool(self.window.visible)

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key of the window."""
        if self._browser is not None:
            self._browser.key_pressed(key, modifier, pressed)

    def destroy(self) -> None:
        """Removes the window and ends the programs started from it."""
        self._thumbnails.close()
        if self._browser is not None:
            self._browser.destroy()
            self._browser = None
        self.window.set_visibility_changed_fn(None)
        self.window.visible = False
        self.window.destroy()
