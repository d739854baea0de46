# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window without Isaac Sim: the places of viewport and panel, and the time of the last input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from helpers.driver import SCREEN, F, let_frames_pass


class Laid:
    """A main window with a plain rectangle in each part, and what drives it."""

    def __init__(self, ui: Any, has_viewport: bool, **remembered: float) -> None:
        from helpers.driver import Driver
        from rl_trainer_ext.hosts.standalone.main_window import MainWindow

        self.windows = MainWindow(has_viewport, **remembered)
        self.keys: list[tuple] = []
        self.areas = {}
        for name in ("viewport", "runs", "panel"):
            window = getattr(self.windows, name)
            if window is not None:
                with window.frame:
                    self.areas[name] = ui.Rectangle()
                self.windows.on_key(window, lambda *key, name=name: self.keys.append((name, *key)))
        self.driver = Driver(self.windows.panel.frame, self.windows.update)
        self.driver.tick(20)  # one window is docked at a time

    def span(self, name: str) -> tuple[float, float]:
        """Left and right edge of a part."""
        area = self.areas[name]
        return area.screen_position_x, area.screen_position_x + area.computed_width

    def noticed(self) -> bool:
        """Whether input was noticed since the last call."""
        noticed, self.windows.last_input = self.windows.last_input > 0, 0.0
        return noticed


@pytest.fixture
def laid(omni_ui: Any) -> Iterator[Laid]:
    laid = Laid(omni_ui, has_viewport=True)
    yield laid
    laid.windows.destroy()
    let_frames_pass()


def test_the_viewport_lies_left_of_the_panel_and_both_fill_the_window(laid):
    (left, middle), (beside, right) = laid.span("viewport"), laid.span("panel")
    assert left <= 4
    assert middle < beside <= middle + 8
    assert right >= SCREEN[0] - 4
    for name in ("viewport", "panel"):
        assert laid.areas[name].computed_height > 0.9 * SCREEN[1]


def test_the_runs_are_a_tab_beside_the_viewport_which_is_in_front_at_first(laid):
    windows = laid.windows
    assert (windows.in_sight(windows.viewport), windows.in_sight(windows.runs)) == (True, False)
    windows.runs.focus()
    laid.driver.tick()
    assert (windows.in_sight(windows.viewport), windows.in_sight(windows.runs)) == (False, True)
    assert laid.span("runs") == pytest.approx(laid.span("viewport"), abs=2)


def test_the_splitter_resizes_both(laid):
    from omni.ui import testing

    (_, middle), (beside, right) = laid.span("viewport"), laid.span("panel")
    x = (middle + beside) / 2
    laid.driver.act(testing.mouse_drag(x, 300, x - 100, 300))
    laid.driver.tick()
    assert laid.span("viewport")[1] == pytest.approx(middle - 100, abs=6)
    assert laid.span("panel") == pytest.approx((beside - 100, right), abs=6)


def test_the_panel_is_as_wide_as_it_was_last_time(laid, omni_ui):
    from omni.ui import testing

    x = laid.span("panel")[0]
    laid.driver.act(testing.mouse_drag(x - 2, 300, x - 82, 300))
    laid.driver.tick()
    left, right = laid.span("panel")
    width = laid.windows.panel_width
    assert width == pytest.approx(right - left, abs=6)
    laid.windows.destroy()
    let_frames_pass()
    again = Laid(omni_ui, has_viewport=True, panel_width=width)
    try:
        assert again.span("panel") == pytest.approx((left, right), abs=6)
        assert again.windows.panel_width == pytest.approx(width, abs=1)
    finally:
        again.windows.destroy()
        let_frames_pass()


def test_without_a_viewport_the_panel_fills_the_window(omni_ui):
    laid = Laid(omni_ui, has_viewport=False)
    left, right = laid.span("panel")
    laid.windows.destroy()
    let_frames_pass()
    assert right - left > 0.95 * SCREEN[0]


@pytest.mark.parametrize("name", ["viewport", "panel"])
def test_mouse_and_keyboard_are_noticed_and_nothing_else(laid, name):
    from omni.ui import testing

    left, right = laid.span(name)
    x = (left + right) / 2
    laid.driver.act(testing.mouse_move(x, 300))
    laid.driver.tick()
    assert laid.noticed()
    laid.driver.tick(20)
    assert not laid.noticed()
    laid.driver.act(testing.mouse_move(x + 1, 300))
    laid.driver.tick()
    assert laid.noticed()
    laid.driver.act(testing.mouse_click(x + 1, 300))
    laid.driver.tick()
    assert laid.noticed()
    laid.driver.act(testing.mouse_scroll(x + 1, 300, 0, 1))
    assert laid.noticed()
    laid.driver.press(F)
    assert laid.noticed()
    assert {key[:2] for key in laid.keys} == {(name, F)}
