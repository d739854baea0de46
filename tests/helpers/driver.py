# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives a panel as a person does: finds widgets by identifier, clicks, types, looks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

from .drawing import drawn

ENTER, ESCAPE, TAB, UP, DOWN, BACKSPACE, CONTROL, A, C = 257, 256, 258, 265, 264, 259, 341, 65, 67
ALT, F, H, V, SPACE, PERIOD, RIGHT, END = 342, 70, 72, 86, 32, 46, 262, 269

SCREEN = (720, 720)
"""Width and height of the screen that tests draw on [pixels]."""


def let_frames_pass(frames: int = 3) -> None:
    """Lets omni.ui notice that windows are gone: a next main window has windows, and tabs, of the same names."""
    Driver(None, lambda: None).tick(frames)


class Driver:
    """Ticks frames and injects input into one window. Frames are drawn for screenshots only, see ``drawing.py``.

    Args:
        frame: The root to search.
        update: Called once a frame, as a host does.
    """

    def __init__(self, frame: Any, update: Callable[[], None]) -> None:
        # imported here as the tests of this folder are collected before omni.ui is loaded
        import omni.ui as ui
        from omni.ui import testing

        self._ui, self._testing = ui, testing
        self._frame, self._update = frame, update
        self._has_clicked = False

    def tick(self, frames: int = 3) -> None:
        """Lets frames pass."""
        self.act(self._testing.wait_frames(frames))

    def act(self, actions: Coroutine[Any, Any, None]) -> None:
        """Does what ``omni.ui.testing`` offers. Each step of the coroutine is a frame, with an update before it."""
        while True:
            self._update()
            try:
                actions.send(None)
            except StopIteration:
                return

    def _walk(self, widget: Any, seen: bool = False) -> Iterator[Any]:
        for child in self._ui.Inspector.get_children(widget):
            if not seen or child.visible:
                yield child
                yield from self._walk(child, seen)

    def identifiers(self) -> set[str]:
        """All identifiers there are; a widget without one of its own answers with its name."""
        return {widget.identifier for widget in self._walk(self._frame) if widget.identifier}

    def widgets(self) -> Iterator[Any]:
        """All widgets that are not hidden."""
        return self._walk(self._frame, seen=True)

    def widgets_in(self, widget: Any) -> Iterator[Any]:
        """All widgets within another, seen or not."""
        return self._walk(widget)

    def find(self, identifier: str) -> Any:
        """The widget of that identifier, seen or not."""
        return self._only(self._walk(self._frame), identifier)

    def _only(self, widgets: Iterator[Any], identifier: str) -> Any:
        found = [widget for widget in widgets if widget.identifier == identifier]
        if len(found) != 1:
            raise LookupError(f"{len(found)} widgets are called '{identifier}'")
        return found[0]

    def shown(self, identifier: str) -> bool:
        """Whether the widget and everything around it is visible."""

        return any(widget.identifier == identifier for widget in self.widgets())

    def text(self, identifier: str) -> str:
        """What a label, a button or a field says."""
        widget = self.find(identifier)
        return widget.model.as_string if isinstance(widget, self._ui.AbstractField) else widget.text

    def reveal(self, identifier: str) -> Any:
        """Scrolls a widget into sight."""
        try:
            widget = self._only(self.widgets(), identifier)
        except LookupError:
            self.find(identifier)
            raise LookupError(f"'{identifier}' is hidden") from None
        bottom = self._frame.screen_position_y + self._frame.computed_height
        inside = self._frame.screen_position_y <= widget.screen_position_y
        if not inside or widget.screen_position_y + widget.computed_height > bottom:
            widget.scroll_here_y(0.5)
            self.tick()
        return widget

    def click(self, identifier: str, right: float = 0.5) -> None:
        """Clicks into the middle of a widget, or elsewhere across its width."""
        widget = self.reveal(identifier)
        x = widget.screen_position_x + widget.computed_width * right
        y = widget.screen_position_y + widget.computed_height / 2
        if not self._has_clicked:
            # a user's mouse is over the window before it is pressed; a press in the frame of its arrival can be lost
            self._has_clicked = True
            self.act(self._testing.mouse_move(x, y))
            self.tick()
        self.act(self._testing.mouse_click(x, y))
        self.tick(2)

    def hover(self, identifier: str, frames: int = 60) -> None:
        """Rests the mouse on a widget, long enough for its tooltip."""
        widget = self.reveal(identifier)
        self.act(
            self._testing.mouse_move(
                widget.screen_position_x + widget.computed_width / 2,
                widget.screen_position_y + widget.computed_height / 2,
            )
        )
        self.tick(frames)

    def type(self, text: str) -> None:
        """Types into whatever has the keyboard."""
        self.act(self._testing.type_text(text))
        self.tick(2)

    def press(self, key: int) -> None:
        """Presses a key."""
        self.act(self._testing.press_key(key))
        self.tick(3)

    def write(self, identifier: str, text: str) -> None:
        """Replaces what a field holds, by typing, and leaves it with Enter."""
        self.click(identifier)
        self._select_all()
        if text:
            self.type(text)
        else:
            self.press(BACKSPACE)
        self.press(ENTER)

    def _select_all(self) -> None:
        self._with_control(A)

    def copy_all(self) -> None:
        """Copies all text of the field that has the keyboard."""
        self._with_control(A)
        self._with_control(C)

    def _with_control(self, key: int) -> None:
        self.hold(CONTROL, True)
        self.press(key)
        self.hold(CONTROL, False)

    def hold(self, key: int, down: bool) -> None:
        """Presses a modifier key, or lets it go."""
        from omni.ui import _ui

        _ui._inject_key_event(key, down)
        self.tick(2)

    def choose(self, identifier: str, label: str) -> None:
        """Chooses an entry of a combo box through its model, as a click does: the entries are no widgets."""
        combo = self.reveal(identifier)
        if not combo.enabled:
            raise LookupError(f"'{identifier}' is disabled")
        labels = self.options(identifier)
        combo.model.get_item_value_model().set_value(labels.index(label))
        self.tick()

    def options(self, identifier: str) -> list[str]:
        """The entries of a combo box."""
        model = self.find(identifier).model
        return [model.get_item_value_model(item).as_string for item in model.get_item_children()]

    def chosen(self, identifier: str) -> str:
        """The chosen entry of a combo box."""
        return self.options(identifier)[self.find(identifier).model.get_item_value_model().as_int]

    def screenshot(self, path: Path) -> None:
        """Writes what is on the screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with drawn():
            self.tick()
            # which draws once more
            assert self._testing.capture_screenshot(str(path)), f"no picture was written to {path}"
