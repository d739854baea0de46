# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Plots a series with ``omni.ui``, at a cost that does not grow with the length of the training."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import omni.ui as ui

from ... import wording
from ...metrics import Envelope, Series
from . import style, text
from .layout import centred
from .plot_marks import PlotMarks
from .weak import weak_callback

REDRAW_INTERVAL = 0.1
"""The time between two redraws of a curve [s]."""

POINTS_A_FRAME = 5_000
"""The most points that are added in one frame, so that a long curve does not delay it."""

_AXIS_WIDTH = 46
_MAX_TICKS = 6


def axis_range(lowest: float, highest: float) -> tuple[float, float]:
    """Returns the axis for these values: a little wider, and never empty."""
    margin = 0.06 * (highest - lowest)
    if margin <= 1e-9 * max(abs(lowest), abs(highest)) or margin == 0:
        margin = 0.5 * abs(highest) or 1.0
    return lowest - margin, highest + margin


class SeriesLine:
    """The line of one series. It fills the current layout.

    Args:
        color: The colour of the line, 0xAABBGGRR.
        identifier: The plot is called ``<identifier>_plot``, the text without points ``<identifier>_empty``.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(self, color: int, identifier: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.envelope = Envelope(256)
        self._drawn_at = -math.inf
        self._stale = self._catching_up = False
        self.plot = ui.Plot(
            ui.Type.LINE,
            0.0,
            1.0,
            0.0,
            style={"Plot": {"color": color}},
            visible=False,
            identifier=f"{identifier}_plot",
        )
        self.empty = ui.Label(
            "No data yet", name="placeholder", alignment=ui.Alignment.CENTER, identifier=f"{identifier}_empty"
        )
        """The text while there are no points."""

    def update(self, series: Series | None) -> bool:
        """Follows the series; draws when something changed and the last drawing is old enough.

        Returns:
            True if it drew.
        """
        now = self._clock()
        if now - self._drawn_at < REDRAW_INTERVAL and not self._catching_up:
            return False
        if self.envelope.follow(series, POINTS_A_FRAME):
            self._stale = True
        self._catching_up = self.envelope.behind
        if not self._stale or now - self._drawn_at < REDRAW_INTERVAL:
            return False
        self._stale = False
        self._drawn_at = now
        self._draw()
        return True

    @property
    def axis(self) -> tuple[float, float] | None:
        """The lowest and the highest value of the axis; None before the first point."""
        values = self.envelope.range
        return None if values is None else axis_range(*values)

    def _draw(self) -> None:
        axis = self.axis
        self.plot.visible = axis is not None
        self.empty.visible = axis is None
        if axis is not None:
            line = self.envelope.polyline()
            self.plot.scale_min, self.plot.scale_max = axis
            self.plot.set_data(*(line if len(line) > 1 else line.repeat(2)).tolist())


class SeriesPlot:
    """One series with its axes, title and newest value. Built into the current layout.

    Args:
        title: The caption.
        tooltip: Explains the series, with its unit.
        color: The colour of the line, 0xAABBGGRR.
        height: The height of the drawing area [pixels].
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        title: str,
        tooltip: str = "",
        color: int = style.ACCENT,
        height: int = 120,
        identifier: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._title, self._tooltip, self._height = title, tooltip, height
        self._in_sight = True
        self._axis: tuple[float, float] | None = None
        self._details = ""
        self._hovered = False
        full_height = 18 + 2 + height + 2 + 14
        self.root = ui.ZStack(height=full_height, identifier=identifier)
        with self.root:
            ui.Spacer(height=full_height)  # keeps the height, which a stack without visible widgets does not have
            self._body = ui.VStack(height=0, spacing=2)
        with self._body:
            with ui.HStack(height=18, spacing=style.SPACING):
                with centred(10):
                    ui.Rectangle(width=10, height=3, style={"background_color": color})
                ui.Label(title, elided_text=True, tooltip=tooltip or title)
                self._value = ui.Label(wording.UNKNOWN, width=0, identifier=f"{identifier}_value")
            with ui.HStack(height=height, spacing=4):
                self._labels, self._label_placers = self._build_labels()
                with ui.ZStack():
                    ui.Rectangle(name="plot")
                    self._grid = []
                    for _ in range(_MAX_TICKS):
                        placer = ui.Placer(visible=False)
                        with placer:
                            ui.Line(name="grid", height=1, alignment=ui.Alignment.V_CENTER)
                        self._grid.append(placer)
                    self._line = SeriesLine(color, identifier, clock)
                    self._line.plot.set_mouse_hovered_fn(weak_callback(self._hover))
                    self._marks = PlotMarks(identifier)
            with ui.HStack(height=14):
                ui.Spacer(width=_AXIS_WIDTH + 4)
                self._first = ui.Label(
                    "", name="caption", alignment=ui.Alignment.LEFT_TOP, identifier=f"{identifier}_first"
                )
                self._last = ui.Label(
                    "", name="caption", alignment=ui.Alignment.RIGHT_TOP, identifier=f"{identifier}_last"
                )

    def _build_labels(self) -> tuple[list[ui.Label], list[ui.Placer]]:
        labels, placers = [], []
        with ui.ZStack(width=_AXIS_WIDTH):
            for _ in range(_MAX_TICKS):
                placer = ui.Placer(visible=False)
                with placer:
                    labels.append(ui.Label("", name="caption", height=14, alignment=ui.Alignment.RIGHT_CENTER))
                placers.append(placer)
        return labels, placers

    def update(self, series: Series | None) -> bool:
        """Follows the series; draws when something changed and the last drawing is old enough.

        Returns:
            True if it drew.
        """
        drawn = self._line.update(series)
        if drawn:
            self._draw(series)
        self._marks.update(series, self._line.envelope.steps, self._line.plot.computed_width)
        return drawn

    @property
    def in_sight(self) -> bool:
        """Whether it is visible. If it is scrolled away, it keeps its place and costs nothing."""
        return self._in_sight

    @in_sight.setter
    def in_sight(self, in_sight: bool) -> None:
        if in_sight != self._in_sight:
            self._in_sight = self._body.visible = in_sight

    def say_without_data(self, words: str) -> None:
        """Sets the text that is shown while there is no point."""
        self._line.empty.text = words

    @property
    def behind(self) -> bool:
        """Whether there are points left for the next update."""
        return self._line.envelope.behind

    def _draw(self, series: Series | None) -> None:
        self._value.text = wording.number(None if series is None else series.last)
        values, axis = self._line.envelope.range, self._line.axis
        if axis != self._axis:
            self._axis = axis
            self._draw_ticks(axis)
        if values is None:
            self._first.text = self._last.text = ""
            return
        first, last = self._line.envelope.steps
        unit = "" if series is None else series.step_unit
        self._first.text, self._last.text = wording.short_count(first), f"{wording.short_count(last)} {unit}"
        self._details = (
            f"{self._title}: {wording.number(values[0])} to {wording.number(values[1])}\n"
            f"{first:,.0f} to {last:,.0f} {unit}" + (f"\n{self._tooltip}" if self._tooltip else "")
        )
        if self._hovered:
            self._line.plot.set_tooltip(self._details)

    def _hover(self, hovered: bool) -> None:
        # a tooltip costs as much as the rest of a redraw, so it is set only under the mouse
        self._hovered = hovered
        if hovered:
            self._line.plot.set_tooltip(self._details)

    def _draw_ticks(self, axis: tuple[float, float] | None) -> None:
        if axis is None:
            for placer in (*self._grid, *self._label_placers):
                placer.visible = False
            return
        low, high = axis
        ticks = text.nice_ticks(low, high, max(2, min(_MAX_TICKS, self._height // 20)))
        labels = text.tick_labels(ticks)
        for index in range(_MAX_TICKS):
            shown = index < len(ticks)
            self._grid[index].visible = self._label_placers[index].visible = shown
            if shown:
                y = (high - ticks[index]) / (high - low) * self._height
                self._grid[index].offset_y = ui.Pixel(y)
                self._label_placers[index].offset_y = ui.Pixel(min(max(y - 7, 0), self._height - 14))
                self._labels[index].text = labels[index]
