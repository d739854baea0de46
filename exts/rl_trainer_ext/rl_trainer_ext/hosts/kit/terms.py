# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the terms in Kit, docked beside the viewport. Its content is created when it is first shown."""

from __future__ import annotations

import omni.ui as ui

from ...training.commands import TrainerPort
from ...ui.terms.pane import TermsPane
from ...ui.widgets.settings import Settings
from .names import TERMS_TITLE


class TermsWindow:
    """Shows the terms of one environment.

    Args:
        trainer: The trainer whose run is read.
        settings: Where is remembered which kinds are folded.
    """

    def __init__(self, trainer: TrainerPort, settings: Settings) -> None:
        self._trainer, self._settings = trainer, settings
        self._pane: TermsPane | None = None
        self.window = ui.Window(TERMS_TITLE, width=480, height=600, visible=False, padding_x=0, padding_y=0)
        self.window.deferred_dock_in("Viewport", ui.DockPolicy.DO_NOTHING)

    def update(self) -> None:
        """Updates the content. Called once a frame."""
        if not self._in_sight:
            if self._pane is not None:
                self._pane.sleep()
            return
        if self._pane is None:
            self._pane = TermsPane(self.window.frame, self._trainer, self._settings)
        self._pane.update()

    @property
    def _in_sight(self) -> bool:
        # as a tab behind another one it is visible to omni.ui, and nothing of it is seen
        return self.window.visible and (not self.window.docked or self.window.is_selected_in_dock())

    def toggle(self) -> None:
        """Shows or hides the window."""
        self.window.visible = not self.window.visible

    def is_shown(self) -> bool:
        """Returns whether the window is visible."""
        return bool(self.window.visible)

    def destroy(self) -> None:
        """Removes the window."""
        if self._pane is not None:
            self._pane.destroy()
            self._pane = None
        self.window.set_visibility_changed_fn(None)
        self.window.visible = False
        self.window.destroy()
