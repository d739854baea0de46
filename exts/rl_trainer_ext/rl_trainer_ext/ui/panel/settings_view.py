# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the settings of the task in place of the form."""

from __future__ import annotations

import omni.ui as ui

from ..settings.pane import Clipboard, SettingsPane
from .form import Form


class SettingsView:
    """Fills the current layout with the settings while the user wants to see them. They are created at first sight.

    Args:
        view: What is hidden meanwhile.
        clipboard: The host's clipboard; None leaves its buttons out.
    """

    def __init__(self, view: ui.ScrollingFrame, clipboard: Clipboard | None) -> None:
        self._view, self._clipboard = view, clipboard
        self._frame = ui.HStack(visible=False)
        self._wanted = False
        self._pane: SettingsPane | None = None

    def open(self) -> None:
        """Shows the settings in the next frame."""
        self._wanted = True

    def _close(self) -> None:
        self._wanted = False

    def update(self, form: Form) -> None:
        """Shows the settings of the form's task, or the form. Called once a frame."""
        if self._wanted is not self._frame.visible:
            self._frame.visible = self._wanted
            self._view.visible = not self._wanted
            if self._wanted:
                if self._pane is None:
                    with self._frame:
                        self._pane = SettingsPane(form.overrides, self._clipboard, self._close)
                        ui.Spacer(width=8)
                self._pane.open()
        if self._wanted and self._pane is not None:
            self._pane.update(form.title, form.task_settings, form.settings_words, form.editable)

    @property
    def is_open(self) -> bool:
        """Whether the settings are shown, or will be in the next frame."""
        return self._wanted and self._pane is not None

    def key_pressed(self, key: int, modifier: int) -> bool:
        """Passes a key to the settings, which are open; returns whether they have used it."""
        return self._pane is not None and self._pane.key_pressed(key, modifier)
