# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window without Isaac Sim, laid out like Isaac Sim's: the viewport large at the left, the panel at its right."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .omni_ui import mouse_position

TITLE = "RL Trainer"
VIEWPORT_TITLE = "Viewport"
RUNS_TITLE = "Runs"

SIZE = (1440, 900)
"""Width and height of the window [pixels]."""

PANEL_WIDTH, NARROWEST_PANEL = 420, 240
"""Width of the panel beside a viewport: until somebody changes it, and at least [pixels]."""

_TAB_FRAMES = 3
"""Frames after which a window has become a tab of another one."""


class MainWindow:
    """The windows to draw into, and when somebody last used mouse or keyboard in one of them.

    Args:
        has_viewport: Whether there is a viewport beside the panel.
        panel_width: Width of the panel beside it [pixels].
    """

    def __init__(self, has_viewport: bool, panel_width: float = PANEL_WIDTH) -> None:
        import omni.ui as ui

        self._ui = ui
        self.last_input = time.perf_counter()
        """On the clock of :func:`time.perf_counter` [s]."""
        self._mouse: tuple[float, float] | None = None
        self._main: Any = None
        self.viewport: Any = None
        """The viewport's window, or None."""
        self.runs: Any = None
        """The run browser's window, a tab beside the viewport's; None without a viewport."""
        if has_viewport:
            self._main = ui.MainWindow()
            # empty bars, which would lie over the tabs
            self._main.main_menu_bar.visible = self._main.status_bar_frame.visible = False
            self._main.main_frame.set_style({"background_color": 0x00000000})
            self.viewport = self._docked(VIEWPORT_TITLE)
            self.runs = self._docked(RUNS_TITLE)
            self.panel = self._docked(TITLE)
        else:
            # only ovui fills its window with one of omni.ui's; in Kit the same panel is docked
            self.panel = ui.Window(TITLE, fill_app_window=True)
        self._arranged = not has_viewport
        self._first_width = panel_width
        self._tab_frames = 0
        for window in self._windows():
            self._watch(window)

    def _docked(self, title: str) -> Any:
        ui = self._ui
        flags = ui.WINDOW_FLAGS_NO_CLOSE | ui.WINDOW_FLAGS_NO_COLLAPSE | ui.WINDOW_FLAGS_NO_SCROLLBAR
        # viewport and panel paint all of their frames; without a GPU each layer beneath costs milliseconds a frame
        flags |= ui.WINDOW_FLAGS_NO_BACKGROUND
        return ui.Window(title, dockPreference=ui.DockPreference.MAIN, flags=flags, padding_x=0, padding_y=0)

    def _windows(self) -> list[Any]:
        return [window for window in (self.viewport, self.runs, self.panel) if window is not None]

    @property
    def panel_width(self) -> float | None:
        """Width of the panel beside the viewport [pixels], as somebody has made it; None while it is not there."""
        return float(self.panel.width) if self._main is not None and self._arranged else None

    def in_sight(self, window: Any) -> bool:
        """Whether a window is the one of its tabs that is in front."""
        return window is not None and self._arranged and bool(window.is_selected_in_dock())

    def _watch(self, window: Any) -> None:
        def used(*_: Any) -> None:
            self.last_input = time.perf_counter()

        frame = window.frame
        for listen in (
            frame.set_mouse_pressed_fn,
            frame.set_mouse_released_fn,
            frame.set_mouse_moved_fn,
            frame.set_mouse_wheel_fn,
            frame.set_mouse_hovered_fn,
        ):
            listen(used)

    def on_key(self, window: Any, pressed: Callable[[int, int, bool], None]) -> None:
        """Whom to tell of the keys pressed in one of the windows."""

        def used(key: int, modifier: int, down: bool) -> None:
            self.last_input = time.perf_counter()
            pressed(key, modifier, down)

        window.set_key_pressed_fn(used)

    def update(self) -> None:
        """Once a frame: docks the windows as soon as they can be, and notices a mouse that merely moves."""
        mouse = mouse_position()
        if mouse != self._mouse:
            self._mouse, self.last_input = mouse, time.perf_counter()
        if not self._arranged:
            self._arrange()

    def _arrange(self) -> None:
        """Docks one window a frame: where it can be docked is known only when what it docks to has been drawn."""
        workspace, position = self._ui.Workspace, self._ui.DockPosition
        space = workspace.get_window("DockSpace")
        if space is None or not space.dock_id:
            return
        if not self.viewport.docked:
            self.viewport.dock_in(space, position.SAME)
        elif not self.panel.docked:
            width = max(self._first_width, NARROWEST_PANEL)
            share = width / max(workspace.get_main_window_width(), 2 * width)
            self.panel.dock_in(workspace.get_window(VIEWPORT_TITLE), position.RIGHT, share)
        elif self._tab_frames < _TAB_FRAMES:
            # a tab that has not been in front yet does not say that it is docked
            if not self._tab_frames:
                self.runs.dock_in(workspace.get_window(VIEWPORT_TITLE), position.SAME)
            self._tab_frames += 1
        else:
            self.viewport.focus()  # whichever was docked last is in front
            self._arranged = True

    def destroy(self) -> None:
        """Takes the windows away."""
        for window in self._windows():
            window.destroy()
        self._main = None
