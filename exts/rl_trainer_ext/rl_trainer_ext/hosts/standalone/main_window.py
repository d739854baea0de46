# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window without Isaac Sim, laid out like Isaac Sim's: a large viewport on the left, the panel on its right."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from .omni_ui import mouse_position

TITLE = "RL Trainer"
VIEWPORT_TITLE = "Viewport"
RUNS_TITLE = "Runs"
QUEUE_TITLE = "Queue"
TERMS_TITLE = "Terms"
SWEEP_TITLE = "Sweep"

SIZE = (1440, 900)
"""Width and height of the window [pixels]."""

PANEL_WIDTH, NARROWEST_PANEL = 420, 240
"""Initial and least width of the panel beside a viewport [pixels]."""

_TAB_FRAMES = 3
"""Number of frames until a window has become a tab of another one."""


class MainWindow:
    """Creates the windows to draw into, and records the last use of mouse or keyboard in them.

    Args:
        has_viewport: Whether there is a viewport beside the panel.
        panel_width: Initial width of the panel beside it [pixels].
    """

    def __init__(self, has_viewport: bool, panel_width: float = PANEL_WIDTH) -> None:
        import omni.ui as ui

        self._ui = ui
        self.last_input = time.perf_counter()
        """Time of the last input, on the clock of :func:`time.perf_counter` [s]."""
        self._mouse: tuple[float, float] | None = None
        self._main: Any = None
        self.viewport: Any = None
        """The window of the viewport, or None."""
        self.runs: Any = None
        """The window of the run browser, a tab beside the viewport; None without a viewport."""
        self.queue: Any = None
        """The window of the queue, likewise."""
        self.terms: Any = None
        """The window of the terms, likewise."""
        self.sweep: Any = None
        """The window of the sweeps, likewise."""
        if has_viewport:
            self._main = ui.MainWindow()
            # empty bars, which would cover the tabs
            self._main.main_menu_bar.visible = self._main.status_bar_frame.visible = False
            self._main.main_frame.set_style({"background_color": 0x00000000})
            self.viewport = self._docked(VIEWPORT_TITLE)
            self.runs = self._docked(RUNS_TITLE)
            self.queue = self._docked(QUEUE_TITLE)
            self.terms = self._docked(TERMS_TITLE)
            self.sweep = self._docked(SWEEP_TITLE)
            self.panel = self._docked(TITLE)
        else:
            # only ovui supports fill_app_window; in Kit the same panel is docked
            self.panel = ui.Window(TITLE, fill_app_window=True)
        self._arranged = not has_viewport
        self._first_width = panel_width
        self._tab_frames = 0
        for window in self._windows():
            self._watch(window)

    def _docked(self, title: str) -> Any:
        ui = self._ui
        flags = ui.WINDOW_FLAGS_NO_CLOSE | ui.WINDOW_FLAGS_NO_COLLAPSE | ui.WINDOW_FLAGS_NO_SCROLLBAR
        # viewport and panel paint their whole frames; without a GPU each layer below costs milliseconds a frame
        flags |= ui.WINDOW_FLAGS_NO_BACKGROUND
        return ui.Window(title, dockPreference=ui.DockPreference.MAIN, flags=flags, padding_x=0, padding_y=0)

    @property
    def _tabs(self) -> tuple[Any, ...]:
        return self.runs, self.queue, self.terms, self.sweep

    def _windows(self) -> list[Any]:
        return [window for window in (self.viewport, *self._tabs, self.panel) if window is not None]

    @property
    def arranged(self) -> bool:
        """Whether all windows are docked. Until then, keys may go to the window that is docked at the moment."""
        return self._arranged

    @property
    def panel_width(self) -> float | None:
        """Present width of the panel beside the viewport [pixels]; None without one, or before it is docked."""
        return float(self.panel.width) if self._main is not None and self._arranged else None

    def in_sight(self, window: Any) -> bool:
        """Returns whether a window is the front one of its tabs."""
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
        """Sets the callback for keys pressed in one of the windows."""

        def used(key: int, modifier: int, down: bool) -> None:
            self.last_input = time.perf_counter()
            pressed(key, modifier, down)

        window.set_key_pressed_fn(used)

    def update(self) -> None:
        """Docks the windows as soon as possible and detects mouse movement. Called once a frame."""
        mouse = mouse_position()
        if mouse != self._mouse:
            self._mouse, self.last_input = mouse, time.perf_counter()
        if not self._arranged:
            self._arrange()

    def _arrange(self) -> None:
        """Docks one window a frame: omni.ui can dock a window only to one that has been drawn."""
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
        elif self._tab_frames < len(self._tabs) * _TAB_FRAMES:
            # a tab that was never in front does not report that it is docked
            tab, frames = divmod(self._tab_frames, _TAB_FRAMES)
            if not frames:
                self._tabs[tab].dock_in(workspace.get_window(VIEWPORT_TITLE), position.SAME)
            self._tab_frames += 1
        else:
            self.viewport.focus()  # the window that was docked last is in front
            self._arranged = True

    def destroy(self) -> None:
        """Removes the windows."""
        for window in self._windows():
            window.destroy()
        self._main = None
