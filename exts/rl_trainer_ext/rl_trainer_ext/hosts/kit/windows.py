# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The windows in Kit that are docked beside the viewport. The content of one is created when it is first shown.

The classes are not generic: the module typing caches each class that another one is subscripted with, and with it this
extension when it is disabled.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import omni.ui as ui


class Content(Protocol):
    """What fills a window."""

    def update(self) -> None:
        """Draws what changed. Called once a frame while the window is visible."""

    def destroy(self) -> None:
        """Removes it."""


class ContentWithKeys(Content, Protocol):
    """Content that handles keys."""

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key of the window."""


class DockedWindow(ABC):
    """A window, hidden at first, whose content is created when it is first shown.

    Args:
        title: The window's title.
        width: Its width while it is not docked [pixels].
    """

    def __init__(self, title: str, width: int = 480) -> None:
        self._content: Content | None = None
        self.window = ui.Window(title, width=width, height=600, visible=False, padding_x=0, padding_y=0)
        self.window.deferred_dock_in("Viewport", ui.DockPolicy.DO_NOTHING)

    @abstractmethod
    def _create(self, frame: ui.Frame) -> Content:
        """Creates the content in the window's frame."""

    def update(self) -> None:
        """Updates the content while the window is visible. Called once a frame."""
        if self.window.visible:
            self._shown().update()

    @property
    def in_sight(self) -> bool:
        """Whether the content can be seen: as a tab behind another one the window is visible to omni.ui too."""
        return self.window.visible and (not self.window.docked or self.window.is_selected_in_dock())

    def _shown(self) -> Content:
        """Returns the content, which is created if it is not there yet."""
        if self._content is None:
            self._content = self._create(self.window.frame)
        return self._content

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

    def destroy(self) -> None:
        """Removes the window and its content."""
        if self._content is not None:
            self._content.destroy()
            self._content = None
        self.window.set_visibility_changed_fn(None)
        self.window.visible = False
        self.window.destroy()


class DockedWindowWithKeys(DockedWindow):
    """The same, for content that handles keys."""

    _content: ContentWithKeys | None

    @abstractmethod
    def _create(self, frame: ui.Frame) -> ContentWithKeys:
        """Creates the content in the window's frame."""

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key of the window."""
        if self._content is not None:
            self._content.key_pressed(key, modifier, pressed)
