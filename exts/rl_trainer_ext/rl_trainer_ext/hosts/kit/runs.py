# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The run browser in Kit: a window of its own, docked where the viewport is, made when it is first looked at."""

from __future__ import annotations

from pathlib import Path

import omni.ui as ui

from ...training.snapshot import TrainerPort
from ...ui.panel.panel import Panel
from ...ui.runs.browser import RunBrowser
from ...ui.runs.services import Services
from ...ui.widgets.settings import Settings
from ..processes.export import begin_export
from ..processes.tensorboard import TensorBoard
from ..standalone.desktop import Desktop
from .names import RUNS_TITLE


class RunsWindow:
    """Lists the runs of a log root. Nothing is read while it is hidden.

    Args:
        trainer: Who plays, as the panel sees it.
        panel: Through which runs are played and trained on.
        settings: Where the user's choices are remembered.
        log_root: Directory whose runs are listed.
    """

    def __init__(self, trainer: TrainerPort, panel: Panel, settings: Settings, log_root: str) -> None:
        self._trainer, self._panel, self._settings, self._log_root = trainer, panel, settings, Path(log_root)
        self._browser: RunBrowser | None = None
        self.window = ui.Window(RUNS_TITLE, width=900, height=600, visible=False, padding_x=0, padding_y=0)
        self.window.deferred_dock_in("Viewport", ui.DockPolicy.DO_NOTHING)

    def update(self) -> None:
        """Once a frame."""
        if not self.window.visible:
            return
        if self._browser is None:
            self._browser = RunBrowser(
                self.window.frame,
                self._trainer,
                self._panel,
                self._settings,
                self._log_root,
                Services(Desktop(), TensorBoard(self._log_root), begin_export),
            )
        self._browser.update()

    def toggle(self) -> None:
        """Shows the window, or hides it."""
        self.window.visible = not self.window.visible

    def is_shown(self) -> bool:
        """Whether the window can be seen."""
        return bool(self.window.visible)

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """For the window's keys."""
        if self._browser is not None:
            self._browser.key_pressed(key, modifier, pressed)

    def destroy(self) -> None:
        """Takes everything away, what was started from it as well."""
        if self._browser is not None:
            self._browser.destroy()
            self._browser = None
        self.window.set_visibility_changed_fn(None)
        self.window.visible = False
        self.window.destroy()
