# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Vertical lines over a curve, where the user changed something in its training; each with a tooltip."""

from __future__ import annotations

from collections.abc import Sequence

import omni.ui as ui

from ...metrics import Mark, Series
from ...runs import as_text

MOST = 20
"""The most marks that are drawn, the newest: more would hide the curve."""

_WIDTH = 7
"""The width that the mouse finds [pixels]; the line is one pixel wide."""


class MarkLines:
    """Vertical lines, built into the current layout.

    Args:
        identifier: The lines are called ``<identifier>_mark:<number>``.
    """

    def __init__(self, identifier: str) -> None:
        self._identifier = identifier
        self._placers: list[tuple[ui.Placer, ui.ZStack]] = []
        self._frame = ui.ZStack(visible=False)

    @property
    def visible(self) -> bool:
        """Whether there is a line."""
        return bool(self._frame.visible)

    def place(self, marks: Sequence[tuple[float, str]], width: float) -> None:
        """Shows these lines and no others. Called between two frames.

        Args:
            marks: The place of each, as a share of the width, and its tooltip.
            width: The width of the drawing area [pixels]; unknown before it was drawn.
        """
        self._frame.visible = bool(marks)
        self._build(len(marks))
        for number, (placer, area) in enumerate(self._placers):
            shown = number < len(marks)
            if placer.visible is not shown:
                placer.visible = shown
            if shown:
                share, text = marks[number]
                placer.offset_x = ui.Pixel(min(max(share, 0.0), 1.0) * max(width - 1, 0) - _WIDTH // 2)
                area.set_tooltip(as_text(text))

    def _build(self, count: int) -> None:
        with self._frame:
            while len(self._placers) < count:
                placer = ui.Placer(draggable=False)
                with placer:
                    area = ui.ZStack(width=_WIDTH, identifier=f"{self._identifier}_mark:{len(self._placers)}")
                    with area:
                        ui.Rectangle(name="clear")
                        with ui.HStack():
                            ui.Spacer()
                            ui.Rectangle(width=1, name="mark")
                            ui.Spacer()
                self._placers.append((placer, area))


class PlotMarks:
    """The marks of one plot, built into the current layout. They cost nothing while a training has none.

    Args:
        identifier: Of the plot; the marks are called ``<identifier>_mark:<number>``.
    """

    def __init__(self, identifier: str) -> None:
        self._steps: dict[Mark, float] = {}
        self._shown: tuple[Series | None, int, tuple[float, float], float] | None = None
        self._lines = MarkLines(identifier)

    def update(self, series: Series | None, steps: tuple[float, float], width: float) -> None:
        """Places the marks of a series where anything about them has changed. Called between two frames.

        Args:
            series: The series, with the marks of its training.
            steps: The steps at the left and at the right edge.
            width: The width of the drawing area [pixels]; unknown before it was drawn.
        """
        count = len(series.marks) if series is not None and len(series) else 0
        state = (series, count, steps, width)
        if (not count and not self._lines.visible) or state == self._shown:
            return
        self._shown = state
        if series is None or not count:
            self._steps.clear()
            self._lines.place([], width)
            return
        first, last = steps
        marks = series.marks[-MOST:]
        for mark in marks:
            if mark not in self._steps:  # what was logged before does not change
                step = series.step_at(mark.time)
                self._steps[mark] = first if step is None else step
        span = last - first
        shares = [(self._steps[mark] - first) / span if span > 0 else 0.0 for mark in marks]
        self._lines.place(list(zip(shares, (mark.text for mark in marks), strict=True)), width)
