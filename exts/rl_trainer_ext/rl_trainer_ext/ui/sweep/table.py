# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The table of a sweep's trials, with the columns that fit and with widgets for visible rows only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.sweep.trials import SweepView, Trial
from ..widgets import keys, style
from ..widgets.column_title import column_title
from ..widgets.layout import dot
from ..widgets.pending import Pending
from ..widgets.row_list import RowList
from .columns import GAP, TrialColumn, columns_of, fitting, parameter_words, sorted_trials

ROW_HEIGHT = 22
_MARGIN, _SCROLL_BAR, _DOT = 8, 10, 14

STATE_COLORS = {
    "waiting": style.TEXT_DISABLED,
    "running": style.BLUE,
    "finished": style.ACCENT,
    "stopped early": style.ACCENT_DIM,
    "stopped": style.WARNING,
    "failed": style.ERROR,
}
"""Colour of the dot beside a trial, by ``TrialState.value``, and beside a sweep, by its state."""


@dataclass
class _Row:
    background: ui.Rectangle
    dot: ui.Circle
    cells: dict[str, ui.Label]


class TrialTable:
    """The table, in the current layout. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        on_select: Called between frames when another trial is selected.
    """

    def __init__(self, on_select: Callable[[], None]) -> None:
        self._on_select = on_select
        self._pending = Pending()
        self._view: SweepView | None = None
        self._all: tuple[TrialColumn, ...] = ()
        self._columns: tuple[TrialColumn, ...] = ()
        self._sorted_by, self._descending = "number", False
        self._selected: str | None = None
        self._best: str | None = None
        self._width = 0.0
        self._root = ui.VStack(spacing=0)
        with self._root:
            self._header = ui.HStack(height=ROW_HEIGHT)
            ui.Line(name="separator", height=1)
            self._list: RowList[Trial, _Row] = RowList("trial_list", self._build_row, self._fill_row, ROW_HEIGHT)

    @property
    def selected(self) -> Trial | None:
        """The selected trial, as it stands now."""
        return next((trial for trial in self._list.items if trial.name == self._selected), None)

    def show(self, view: SweepView | None) -> None:
        """Lists the trials of a sweep, as they stand now. To be called between frames."""
        before, self._view = self._view, view
        if before is None or view is None or before.folder != view.folder:
            self._selected = None
        names = [(column.name, column.heading) for column in self._all]
        self._all = () if view is None else columns_of(view)
        best = None if view is None else view.best
        if (None if best is None else best.name) != self._best:
            self._best = None if best is None else best.name
            self._list.refill()
        if [(column.name, column.heading) for column in self._all] != names:
            self._width = 0.0  # fits the columns again
        self._sort()

    def update(self) -> None:
        """Updates the rows. Called once a frame."""
        self._pending.run()
        width = self._root.computed_width
        if width != self._width and width > 0:
            self._width = width
            columns = fitting(self._all, width - 2 * _MARGIN - _SCROLL_BAR - _DOT)
            if columns != self._columns:
                self._columns = columns
                self._build_header()
                self._list.rebuild()
        if self._columns:
            self._list.update()

    def key_pressed(self, key: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        page, count = self._list.page, len(self._list.items)
        moves = {
            keys.KEYS.up: -1,
            keys.KEYS.down: 1,
            keys.KEYS.page_up: -page,
            keys.KEYS.page_down: page,
            keys.KEYS.home: -count,
            keys.KEYS.end: count,
        }
        if key not in moves:
            return False
        self._pending.add(lambda: self._move(moves[key]))
        return True

    def _move(self, by: int) -> None:
        names = [trial.name for trial in self._list.items]
        if names:
            at = names.index(self._selected) + by if self._selected in names else 0
            index = max(0, min(at, len(names) - 1))
            self._select(names[index])
            self._list.reveal(index)

    def _select(self, name: str) -> None:
        if name != self._selected:
            self._selected = name
            self._list.refill()
            self._on_select()

    def _sort(self) -> None:
        column = next((each for each in self._all if each.name == self._sorted_by), None)
        trials = () if self._view is None else self._view.trials
        self._list.items = trials if column is None else sorted_trials(trials, column, self._descending)

    def _sort_by(self, column: TrialColumn) -> None:
        same = column.name == self._sorted_by
        self._descending = not self._descending if same else column.descending
        self._sorted_by = column.name
        self._sort()
        self._build_header()

    def _build_header(self) -> None:
        self._header.clear()
        with self._header:
            ui.Spacer(width=_MARGIN + _DOT)
            for number, column in enumerate(self._columns):
                if number:
                    ui.Spacer(width=GAP)
                column_title(
                    column.heading,
                    column.explanation,
                    f"trial_sort:{column.name}",
                    width=column.width,
                    right_aligned=column.right_aligned,
                    sorted_by=column.name == self._sorted_by,
                    descending=self._descending,
                    clicked=self._sorting(column),
                )
            ui.Spacer(width=_MARGIN + _SCROLL_BAR)

    def _sorting(self, column: TrialColumn) -> Callable[[], None]:
        return self._pending.adding(lambda: self._sort_by(column))

    def _build_row(self, number: int) -> _Row:
        def pressed(x: float, y: float, button: int, modifier: int) -> None:
            if button == 0:
                self._pending.add(lambda: self._clicked(number))

        background = ui.Rectangle(name="run", identifier=f"trial_row:{number}", mouse_pressed_fn=pressed)
        cells: dict[str, ui.Label] = {}
        with ui.HStack():
            ui.Spacer(width=_MARGIN)
            circle = dot(_DOT)
            for index, column in enumerate(self._columns):
                if index:
                    ui.Spacer(width=GAP)
                alignment = ui.Alignment.RIGHT_CENTER if column.right_aligned else ui.Alignment.LEFT_CENTER
                cells[column.name] = ui.Label(
                    "",
                    alignment=alignment,
                    elided_text=True,
                    identifier=f"trial_{column.name}:{number}",
                    **({"width": column.width} if column.width else {}),
                )
            ui.Spacer(width=_MARGIN)
        return _Row(background, circle, cells)

    def _clicked(self, number: int) -> None:
        index = self._list.index_of_row(number)
        if index is not None:
            self._select(self._list.items[index].name)

    def _fill_row(self, row: _Row, trial: Trial, index: int) -> None:
        best, selected = trial.name == self._best, trial.name == self._selected
        by_name = {column.name: column for column in self._columns}
        for name, cell in row.cells.items():
            cell.text = as_text(by_name[name].text(trial))
            cell.name = "notice" if best and name in ("number", "value") else "" if name == "value" else "dim"
            cell.selected = selected
        if best:
            row.cells["number"].text += " best"
        row.background.selected = selected
        row.dot.set_style({"background_color": STATE_COLORS[trial.state.value]})
        words = (f"Trial {trial.number}: {trial.state.value}", parameter_words(trial.parameters), trial.problem)
        row.background.set_tooltip(as_text("\n".join(filter(None, (*words, trial.run_dir)))))
