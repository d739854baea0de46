# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue's window in Kit, docked beside the viewport. Its content is created when it is first shown."""

from __future__ import annotations

import omni.ui as ui

from ...training.queue.commands import QueuePort
from ...ui.queue.pane import QueuePane, QueueServices
from .names import QUEUE_TITLE


class QueueWindow:
    """Shows the queue.

    Args:
        queue: The queue.
        services: What panel and run browser do for it.
    """

    def __init__(self, queue: QueuePort, services: QueueServices) -> None:
        self._queue, self._services = queue, services
        self._pane: QueuePane | None = None
        self.window = ui.Window(QUEUE_TITLE, width=480, height=600, visible=False, padding_x=0, padding_y=0)
        self.window.deferred_dock_in("Viewport", ui.DockPolicy.DO_NOTHING)

    def update(self) -> None:
        """Updates the content. Called once a frame."""
        if not self.window.visible:
            return
        if self._pane is None:
            self._pane = QueuePane(self.window.frame, self._queue, self._services)
        self._pane.update()

    def show(self) -> None:
        """Shows the window and brings it to the front."""
        self.window.visible = True
        self.window.focus()

    def toggle(self) -> None:
        """Shows or hides the window."""
        self.window.visible = not self.window.visible

    def is_shown(self) -> bool:
        """Returns whether the window is visible."""
        return bool(self.window.visible)

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key of the window."""
        if self._pane is not None:
            self._pane.key_pressed(key, modifier, pressed)

    def destroy(self) -> None:
        """Removes the window."""
        if self._pane is not None:
            self._pane.destroy()
            self._pane = None
        self.window.set_visibility_changed_fn(None)
        self.window.visible = False
        self.window.destroy()
