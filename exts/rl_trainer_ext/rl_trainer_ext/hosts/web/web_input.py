# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Injects the input of a viewer into omni.ui, as its own testing module does, a few events a frame."""

from __future__ import annotations

from collections.abc import Callable

from .bridge import Bridge
from .messages import Input, Key, MouseButton, MouseMoved, MouseWheel, Paste, ReleaseAll, Resize, Text

CONTROL, V = 341, 86


class WebInput:
    """Empties the queue of inputs, in order. Called between frames.

    A press that comes in the frame in which the mouse arrives can be lost, and so can a release in the frame of its
    press. So a frame gets either one movement, or one event of another kind.

    Args:
        bridge: Where inputs come from.
        resize: Changes the size of the picture.
    """

    def __init__(self, bridge: Bridge, resize: Callable[[int, int], None]) -> None:
        from omni.ui import _ui

        self._ui, self._bridge, self._resize = _ui, bridge, resize
        self._waiting: Input | None = None
        self._buttons: set[int] = set()
        self._keys: set[int] = set()
        self._steps: list[Callable[[], None]] = []

    def update(self) -> bool:
        """Injects what fits into the next frame; returns whether that was anything."""
        if self._steps:
            self._steps.pop(0)()
            return True
        event = self._next()
        if isinstance(event, MouseMoved):
            # only the last of several movements matters
            while isinstance(following := self._next(), MouseMoved):
                event = following
            self._waiting = following
        if event is None:
            return False
        self._inject(event)
        return True

    def _next(self) -> Input | None:
        event, self._waiting = self._waiting, None
        return self._bridge.get() if event is None else event

    def _inject(self, event: Input) -> None:
        match event:
            case MouseMoved(x, y):
                self._ui._inject_mouse_move(x, y)
            case MouseButton(button, down):
                self._button(button, down)
            case MouseWheel(x, y):
                self._ui._inject_mouse_scroll(x, y)
            case Key(number, down):
                self._key(number, down)
            case Text(text):
                self._ui._inject_text_input(text)
            case Paste(text):
                self._ui._set_clipboard_text(text)
                for key, down in ((CONTROL, True), (V, True), (V, False), (CONTROL, False)):
                    self._steps.append(lambda key=key, down=down: self._key(key, down))  # type: ignore[misc]
            case Resize(width, height):
                self._resize(width, height)
            case ReleaseAll():
                for button in tuple(self._buttons):
                    self._button(button, False)
                for key in tuple(self._keys):
                    self._key(key, False)

    def _button(self, button: int, down: bool) -> None:
        (self._buttons.add if down else self._buttons.discard)(button)
        self._ui._inject_mouse_button(button, down)

    def _key(self, number: int, down: bool) -> None:
        (self._keys.add if down else self._keys.discard)(number)
        self._ui._inject_key_event(number, down)
