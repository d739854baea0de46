# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Curves: right at any length, redrawn seldom, empty when there is nothing to draw."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from rl_trainer_ext.metrics import Series


class DrawnCurve:
    """A curve in a window, with a clock that the test turns."""

    def __init__(self, ui, driver_class) -> None:
        from rl_trainer_ext.ui.widgets import style
        from rl_trainer_ext.ui.widgets.plot import SeriesPlot

        self.now = 0.0
        self.series = Series("tag")
        self.window = ui.Window("Curve", width=420, height=260, position_x=0, position_y=0)
        with self.window.frame, ui.ZStack(style=style.STYLE):
            self.curve = SeriesPlot("Mean reward", identifier="curve", height=160, clock=lambda: self.now)
        self.driver = driver_class(self.window.frame, lambda: None)
        self.plot = self.driver.find("curve_plot")

    def append(self, *values: float) -> None:
        for value in values:
            self.series.append(len(self.series), value)

    def draw(self) -> bool:
        """Updates until everything is taken in; whether anything was drawn at the end."""
        drew = False
        while True:
            self.now += 1.0
            drew |= self.curve.update(self.series)
            if not self.curve.behind:
                return drew


@pytest.fixture
def drawn(omni_ui):
    from helpers.driver import Driver

    curve = DrawnCurve(omni_ui, Driver)
    yield curve
    curve.window.visible = False
    curve.window.destroy()


def test_without_points_it_says_so(drawn):
    assert drawn.draw()
    assert drawn.driver.shown("curve_empty")
    assert not drawn.plot.visible
    drawn.append(1.0)
    drawn.draw()
    assert not drawn.driver.shown("curve_empty")
    assert drawn.plot.visible


def test_the_axis_holds_all_values_and_the_title_shows_the_newest(drawn):
    drawn.append(-5.0, 300.0, 120.25)
    drawn.draw()
    assert drawn.plot.scale_min < -5.0
    assert drawn.plot.scale_max > 300.0
    assert drawn.driver.text("curve_value") == "120.2"
    assert drawn.driver.text("curve_first") == "0"
    assert drawn.driver.text("curve_last") == "2 steps"


def test_it_is_redrawn_at_most_ten_times_a_second(drawn):
    drew = 0
    for _ in range(240):  # four seconds at 60 frames a second, with a point a frame
        drawn.now += 1 / 60
        drawn.append(1.0)
        drew += drawn.curve.update(drawn.series)
    assert 30 <= drew <= 40


def test_it_is_not_redrawn_without_news(drawn):
    drawn.append(1.0, 2.0)
    assert drawn.draw()
    assert not drawn.draw()
    drawn.append(3.0)
    assert drawn.draw()


def test_the_last_point_is_drawn_however_soon_it_came(drawn):
    drawn.append(1.0)
    drawn.draw()
    drawn.append(7.0)
    drawn.now += 0.01
    assert not drawn.curve.update(drawn.series)
    drawn.now += 0.2
    assert drawn.curve.update(drawn.series)
    assert drawn.driver.text("curve_value") == "7"


@pytest.mark.parametrize(
    "values", [[5.0], [3.0, 3.0, 3.0], [0.0, 0.0], [1e-12, -1e-12], [1e30, -1e30], [1e6, 1e6 + 1e-6]]
)
def test_odd_ranges_have_an_axis(drawn, values):
    drawn.append(*values)
    drawn.draw()
    assert math.isfinite(drawn.plot.scale_min)
    assert drawn.plot.scale_min < min(values)
    assert drawn.plot.scale_max > max(values)


def test_a_value_that_is_not_finite_is_shown_and_the_rest_stays(drawn):
    drawn.append(1.0, 2.0, math.nan)
    drawn.draw()
    assert drawn.driver.text("curve_value") == "not a number"
    assert drawn.plot.visible


def test_another_series_replaces_the_curve(drawn):
    drawn.append(1000.0, 2000.0)
    drawn.draw()
    drawn.series = Series("other")
    drawn.append(1.0)
    drawn.draw()
    assert drawn.plot.scale_max < 10


def column_of_brightest(picture: np.ndarray, rows: slice, left: int, right: int) -> int:
    """Where in these rows the curve's green is strongest, as a column."""
    area = picture[rows, left:right].astype(int)
    green = area[..., 1] - area[..., 2]
    return left + int(green.max(axis=0).argmax())


def test_a_spike_among_a_million_points_is_on_the_screen(drawn, tmp_path: Path):
    from PIL import Image

    values = 0.5 * np.sin(np.arange(1_000_000) / 30_000)
    values[700_000] = 40.0
    drawn.append(*values.tolist())
    drawn.draw()
    drawn.driver.screenshot(tmp_path / "curve.png")
    picture = np.asarray(Image.open(tmp_path / "curve.png").convert("RGB"))
    x, y = drawn.plot.screen_position_x, drawn.plot.screen_position_y
    width, height = drawn.plot.computed_width, drawn.plot.computed_height
    upper_half = slice(int(y + 0.1 * height), int(y + 0.5 * height))
    spike = column_of_brightest(picture, upper_half, int(x) + 1, int(x + width) - 1)
    assert spike == pytest.approx(x + 0.7 * width, abs=0.01 * width)
    assert drawn.driver.text("curve_last") == "1M steps"


def test_a_million_points_do_not_delay_a_frame(drawn, monkeypatch):
    drawn.append(*np.random.default_rng(0).normal(size=1_000_000).tolist())
    copied: list[int] = []
    handed: list[int] = []
    points, set_data = Series.points, type(drawn.plot).set_data

    def noting_points(series: Series, *bounds: int | None) -> tuple[np.ndarray, np.ndarray]:
        found = points(series, *bounds)
        copied.append(len(found[0]))
        return found

    def noting_data(plot: object, *values: float) -> None:
        handed.append(len(values))
        set_data(plot, *values)

    monkeypatch.setattr(Series, "points", noting_points)
    monkeypatch.setattr(type(drawn.plot), "set_data", noting_data)
    updates = 0
    while not updates or drawn.curve.behind:
        drawn.now += 1 / 30
        drawn.curve.update(drawn.series)
        updates += 1
        assert len(copied) <= updates
    assert sum(copied) == 1_000_000
    assert max(copied) <= 5_000
    assert max(handed) <= 512
