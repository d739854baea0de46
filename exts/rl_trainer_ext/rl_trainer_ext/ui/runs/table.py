# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the table of runs, with the columns that fit and with widgets for visible rows only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ...runs import Run
from ...runs.columns import Column, sorted_runs
from ...runs.description import caption, problem, summary
from ..widgets import keys, style
from ..widgets.layout import dot
from ..widgets.pending import Pending
from ..widgets.row_list import RowList
from ..widgets.settings import Settings
from ..widgets.table_head import TableHead
from ..widgets.table_sizes import DOT, GAP, MARGIN
from .columns import fitting, width_of
from .selection import Selection

ROW_HEIGHT = 24
AGE_INTERVAL = 20.0
"""The time after which texts such as "5 min ago" are updated [s]."""


@dataclass
class _Row:
    background: ui.Rectangle
    dot: ui.Circle
    cells: dict[str, ui.Label]
    sparkline: ui.Plot | None


class RunTable:
    """The table, in the current layout. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        settings: Stores the order.
        selection: The selected runs. The table changes them; other code that does so calls :meth:`show_selection`.
        on_select: Called between frames when the user changed the selection.
        now: Returns the time [unix s].
    """

    def __init__(
        self, settings: Settings, selection: Selection, on_select: Callable[[], None], now: Callable[[], float]
    ) -> None:
        self._settings, self._selection, self._on_select, self._now = settings, selection, on_select, now
        self._runs: Sequence[Run] = ()
        self._aged_at = -math.inf
        self._pending = Pending()
        self._root = ui.VStack(spacing=0)
        with self._root:
            sorted_by, descending = settings.get("runs_sort", "created"), settings.get("runs_descending", True)
            self._head: TableHead[Column] = TableHead(
                "run",
                ROW_HEIGHT,
                fitting,
                width_of,
                self._sorted,
                str(sorted_by),
                bool(descending),
                sortable=lambda column: column.text is not None,
            )
            self._list: RowList[Run, _Row] = RowList("run_list", self._build_row, self._fill_row, ROW_HEIGHT)

    @property
    def runs(self) -> Sequence[Run]:
        """The listed runs, in order."""
        return self._list.items

    @property
    def order(self) -> list[Path]:
        """The directories of the listed runs, in order."""
        return [run.path for run in self._list.items]

    def show(self, runs: Sequence[Run]) -> None:
        """Lists these runs."""
        self._runs = runs
        self._sort()

    def show_selection(self) -> None:
        """Marks the selected rows, and scrolls to the last one."""
        self._list.refill()
        cursor = self._selection.cursor
        index = next((index for index, run in enumerate(self._list.items) if run.path == cursor), None)
        if index is not None:
            self._list.reveal(index)

    def update(self) -> None:
        """Updates the rows. Called once a frame, between omni.ui's callbacks."""
        self._pending.run()
        if self._head.update(self._root.computed_width):
            self._list.rebuild()
        now = self._now()
        if now - self._aged_at >= AGE_INTERVAL:
            self._aged_at = now
            self._list.refill()
        if self._head.columns:
            self._list.update()

    def key_pressed(self, key: int, modifier: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        shift, step = bool(modifier & keys.SHIFT), self._list.step_of(key)
        if step is not None:
            self._pending.add(lambda: self._selected(lambda: self._selection.move(self.order, step, shift=shift)))
        elif key == keys.KEYS.a and modifier & keys.CONTROL:
            self._pending.add(lambda: self._selected(lambda: self._selection.all(self.order)))
        else:
            return False
        return True

    def _sort(self) -> None:
        self._list.items = sorted_runs(self._runs, self._head.sorted_by, self._head.descending)

    def _selected(self, act: Callable[[], None]) -> None:
        before = self._selection.paths
        act()
        self.show_selection()
        if self._selection.paths != before:
            self._on_select()

    def _sorted(self) -> None:
        self._settings.set("runs_sort", self._head.sorted_by)
        self._settings.set("runs_descending", self._head.descending)
        self._sort()

    def _build_row(self, number: int) -> _Row:
        def pressed(x: float, y: float, button: int, modifier: int) -> None:
            if button == 0:
                self._pending.add(lambda: self._clicked(number, modifier))

        background = ui.Rectangle(name="run", identifier=f"run_row:{number}", mouse_pressed_fn=pressed)
        cells: dict[str, ui.Label] = {}
        sparkline = None
        with ui.HStack():
            ui.Spacer(width=MARGIN)
            circle = dot(DOT)
            for index, column in enumerate(self._head.columns):
                if index:
                    ui.Spacer(width=GAP)
                if column.name == "sparkline":
                    with ui.VStack(width=width_of(column)):
                        ui.Spacer(height=4)
                        sparkline = ui.Plot(
                            ui.Type.LINE, 0.0, 1.0, 0.0, style={"Plot": {"color": style.CURVE_COLORS[0]}}
                        )
                        ui.Spacer(height=4)
                    continue
                alignment = ui.Alignment.RIGHT_CENTER if column.right_aligned else ui.Alignment.LEFT_CENTER
                name = "" if column.name in ("name", "last_reward", "best_reward") else "dim"
                cells[column.name] = ui.Label(
                    "",
                    name=name,
                    alignment=alignment,
                    elided_text=not column.right_aligned,
                    identifier=f"run_{column.name}:{number}",
                    **_width_argument(column),
                )
            ui.Spacer(width=MARGIN)
        return _Row(background, circle, cells, sparkline)

    def _clicked(self, number: int, modifier: int) -> None:
        index = self._list.index_of_row(number)
        if index is None:
            return
        path = self._list.items[index].path
        control, shift = bool(modifier & keys.CONTROL), bool(modifier & keys.SHIFT)
        self._selected(lambda: self._selection.click(self.order, path, control=control, shift=shift))

    def _fill_row(self, row: _Row, run: Run, index: int) -> None:
        now = self._now()
        for column in self._head.columns:
            if column.text is not None:
                row.cells[column.name].text = column.text(run, now)
        selected = run.path in self._selection
        row.background.selected = selected
        for cell in row.cells.values():
            cell.selected = selected
        row.dot.set_style({"background_color": style.STATUS_COLORS[run.status.value]})
        row.background.set_tooltip(tooltip(run))
        if row.sparkline is not None:
            _draw_sparkline(row.sparkline, run.sparkline)


def tooltip(run: Run) -> str:
    """Describes a run in a few lines."""
    lines = [caption(run), *summary(run), f"Folder {run.experiment}/{run.folder}", problem(run)]
    return "\n".join(filter(None, lines))


def _width_argument(column: Column) -> dict[str, int]:
    return {"width": width_of(column)} if width_of(column) else {}


def _draw_sparkline(plot: ui.Plot, values: Sequence[float]) -> None:
    finite = [value for value in values if math.isfinite(value)]
    plot.visible = len(finite) > 1
    if len(finite) > 1:
        low, high = min(finite), max(finite)
        margin = 0.08 * (high - low) or 1.0
        plot.scale_min, plot.scale_max = low - margin, high + margin
        plot.set_data(*finite)
