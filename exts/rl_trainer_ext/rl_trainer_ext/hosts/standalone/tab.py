# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A tab beside the viewport. Its content is created when it is first in front, and reads nothing while it is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .main_window import MainWindow


class Content(Protocol):
    """What fills a tab."""

    def update(self) -> None:
        """Draws what changed. Called once a frame while the tab is in front."""

    def destroy(self) -> None:
        """Removes it."""


class ContentWithKeys(Content, Protocol):
    """Content that handles keys."""

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """Handles a key of the window."""


class Tab[Filling: Content]:
    """One tab.

    Args:
        windows: The windows of the program.
        window: Its own; None where there are no tabs.
        create: Creates the content in the frame of the window.
    """

    def __init__(self, windows: MainWindow, window: Any, create: Callable[[Any], Filling]) -> None:
        self._windows, self._window, self._create = windows, window, create
        self.content: Filling | None = None
        """The content; None before it is needed."""

    def filled(self) -> Filling:
        """Returns the content, which is created if it is not there yet."""
        if self.content is None:
            self.content = self._create(self._window.frame)
        return self.content

    @property
    def in_sight(self) -> bool:
        """Whether the tab is the front one."""
        return self._windows.in_sight(self._window)

    def update(self) -> None:
        """Updates the content while it is in front. Called once a frame."""
        if self.in_sight:
            self.filled().update()

    def destroy(self) -> None:
        """Removes the content."""
        if self.content is not None:
            self.content.destroy()


class TabWithKeys[Filling: ContentWithKeys](Tab[Filling]):
    """The same, for content that handles keys."""

    def __init__(self, windows: MainWindow, window: Any, create: Callable[[Any], Filling]) -> None:
        super().__init__(windows, window, create)
        if window is not None:
            windows.on_key(window, self._key_pressed)

    def _key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        if self.content is not None:
            self.content.key_pressed(key, modifier, pressed)
