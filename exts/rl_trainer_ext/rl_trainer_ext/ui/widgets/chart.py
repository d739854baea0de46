# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Draws a chart of several curves with axes and a line under the mouse, when something changed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import omni.ui as ui

from ...metrics import Curve
from . import style, text
from .chart_picture import draw, extent
from .plot import axis_range
from .plot_marks import MOST, MarkLines

Mouse = Callable[[], tuple[float, float]]
"""Returns the mouse's position in the application's window [points]."""

_AXIS_WIDTH, _AXIS_HEIGHT = 50, 18
_LABEL_WIDTH, _LABEL_HEIGHT = 48, 14
_MARGIN = 12

_TICKS_ACROSS, _TICKS_UP = 10, 8
_SMALLEST = 24


_DOT_MARGIN = 0.04
"""Share of the axis that is left free beyond the first and the last dot."""


class Chart:
    """Fills the current layout.

    Args:
        mouse: The host's mouse; None if omni.ui reports every mouse move, as in Kit.
    """

    def __init__(self, mouse: Mouse | None) -> None:
        self._mouse = mouse
        self._curves: Sequence[Curve] = ()
        self._x_label: Callable[[list[float]], list[str]] = text.tick_labels
        self._y_label: Callable[[list[float]], list[str]] = text.tick_labels
        self._axes: tuple[tuple[float, float], tuple[float, float]] | None = None
        self._size = (0, 0)
        self._stale = True
        self._hovered = False
        self._pointer: float | None = None
        self.at: float | None = None
        """The x under the mouse, or None."""
        with ui.VStack(spacing=0):
            with ui.HStack(spacing=4):
                # without the frame, a label at an edge would keep the chart from shrinking
                with ui.Frame(width=_AXIS_WIDTH, **style.CLIPPED), ui.ZStack():
                    self._y_labels = [self._label(_AXIS_WIDTH, ui.Alignment.RIGHT_CENTER) for _ in range(_TICKS_UP)]
                self._area = ui.Frame(
                    mouse_hovered_fn=self._hover,
                    mouse_moved_fn=self._moved,
                    identifier="chart_area",
                    **style.CLIPPED,
                )
                with self._area, ui.ZStack():
                    self._provider = ui.ByteImageProvider()
                    self._image = ui.ImageWithProvider(
                        self._provider, fill_policy=ui.IwpFillPolicy.IWP_STRETCH, visible=False, identifier="chart"
                    )
                    self._marks = MarkLines("chart")
                    self._hair = ui.Placer(visible=False)
                    with self._hair:
                        ui.Rectangle(width=1, style={"background_color": style.TEXT_DIM})
                    self._words = ui.Label(
                        "", name="placeholder", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="chart_words"
                    )
                ui.Spacer(width=_MARGIN - 4)
            with ui.HStack(height=_AXIS_HEIGHT):
                ui.Spacer(width=_AXIS_WIDTH + 4 - _LABEL_WIDTH / 2)
                with ui.Frame(**style.CLIPPED), ui.ZStack():
                    self._x_labels = [self._label(_LABEL_WIDTH, ui.Alignment.CENTER_TOP) for _ in range(_TICKS_ACROSS)]

    def _label(self, width: int, alignment: ui.Alignment) -> tuple[ui.Placer, ui.Label]:
        placer = ui.Placer(visible=False)
        with placer:
            return placer, ui.Label("", name="caption", width=width, height=_LABEL_HEIGHT, alignment=alignment)

    def show(
        self,
        curves: Sequence[Curve],
        words: str,
        x_label: Callable[[list[float]], list[str]] = text.tick_labels,
        y_label: Callable[[list[float]], list[str]] = text.tick_labels,
    ) -> None:
        """Draws these curves at the next update.

        Args:
            curves: The curves; later ones are drawn over earlier ones.
            words: The text if there is nothing to draw.
            x_label: Returns the labels of the ticks of the x axis.
            y_label: Likewise of the y axis.
        """
        self._curves, self._x_label, self._y_label = curves, x_label, y_label
        self._words.text = words
        self._stale = True

    def update(self) -> bool:
        """Draws what changed, once a frame; returns whether the mouse points at another x."""
        scale = ui.Workspace.get_dpi_scale()
        size = (round(self._area.computed_width * scale), round(self._area.computed_height * scale))
        if size != self._size or self._stale:
            self._size, self._stale = size, False
            self._draw(*size)
        return self._point()

    def _draw(self, width: int, height: int) -> None:
        found = extent(self._curves)
        drawable = found is not None and min(width, height) >= _SMALLEST
        self._image.visible = drawable
        self._words.visible = found is None
        self._axes = None
        y_ticks: list[float] = []
        x_ticks: list[float] = []
        if found is not None and drawable:
            (left, right), values = found
            if not right > left:
                left, right = left - 0.5, right + 0.5
            if any(curve.dot for curve in self._curves):  # so that those at the ends are whole
                left, right = left - _DOT_MARGIN * (right - left), right + _DOT_MARGIN * (right - left)
            x_axis, y_axis = (left, right), axis_range(*values)
            self._axes = x_axis, y_axis
            across, up = self._area.computed_width, self._area.computed_height
            x_ticks = text.nice_ticks(*x_axis, max(2, min(_TICKS_ACROSS, int(across // 90))))
            y_ticks = text.nice_ticks(*y_axis, max(2, min(_TICKS_UP, int(up // 28))))
            picture = draw(self._curves, width, height, x_axis, y_axis, style.PLOT, style.GRID, x_ticks, y_ticks)
            self._provider.set_data_array(picture, [width, height])
            self._place_ticks(x_ticks, y_ticks, across, up)
            marks = sorted(mark for curve in self._curves for mark in curve.marks)[-MOST:]
            self._marks.place([((x - left) / (right - left), words) for x, words in marks], across)
        else:
            self._marks.place([], 0.0)
        for placer, _ in (*self._x_labels[len(x_ticks) :], *self._y_labels[len(y_ticks) :]):
            placer.visible = False

    def _place_ticks(self, x_ticks: list[float], y_ticks: list[float], across: float, up: float) -> None:
        assert self._axes is not None
        (left, right), (low, high) = self._axes
        for (placer, label), tick, shown in zip(self._x_labels, x_ticks, self._x_label(x_ticks), strict=False):
            x = (tick - left) / (right - left) * across - _LABEL_WIDTH / 2
            placer.offset_x = ui.Pixel(min(x, across + _MARGIN - _LABEL_WIDTH) + _LABEL_WIDTH / 2)
            label.text = shown
            placer.visible = True
        for (placer, label), tick, shown in zip(self._y_labels, y_ticks, self._y_label(y_ticks), strict=False):
            y = (high - tick) / (high - low) * up - _LABEL_HEIGHT / 2
            placer.offset_y = ui.Pixel(min(max(y, 0), up - _LABEL_HEIGHT))
            label.text = shown
            placer.visible = True

    def _hover(self, hovered: bool) -> None:
        self._hovered = hovered

    def _moved(self, x: float, y: float, modifier: int, button: object) -> None:
        self._pointer = x

    def _point(self) -> bool:
        """Moves the line under the mouse; returns whether it points at another x."""
        at = None
        if self._hovered and self._axes is not None:
            x = self._mouse()[0] if self._mouse is not None else self._pointer
            width = self._area.computed_width
            share = math.nan if x is None or not width else (x - self._area.screen_position_x) / width
            if 0 <= share <= 1:
                left, right = self._axes[0]
                at = left + share * (right - left)
                self._hair.offset_x = ui.Pixel(share * width)
        if at == self.at:
            return False
        self.at = at
        self._hair.visible = at is not None
        return True
