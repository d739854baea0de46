# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The table of a sweep's trials, with the columns that fit and with widgets for visible rows only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.sweep.trials import SweepView, Trial
from ..widgets import style
from ..widgets.layout import dot
from ..widgets.selection_list import SelectionList
from ..widgets.table_head import TableHead
from ..widgets.table_sizes import DOT, GAP, MARGIN
from .columns import TrialColumn, columns_of, fitting, parameter_words, sorted_trials

ROW_HEIGHT = 22

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
        self._view: SweepView | None = None
        self._all: tuple[TrialColumn, ...] = ()
        self._best: str | None = None
        self._root = ui.VStack(spacing=0)
        with self._root:
            self._head: TableHead[TrialColumn] = TableHead(
                "trial",
                ROW_HEIGHT,
                lambda width: fitting(self._all, width),
                lambda column: column.width,
                self._sort,
                "number",
                False,
            )
            self._list: SelectionList[Trial, _Row] = SelectionList(
                "trial", self._build_row, self._fill_row, lambda trial: trial.name, on_select, ROW_HEIGHT
            )

    @property
    def selected(self) -> Trial | None:
        """The selected trial, as it stands now."""
        return self._list.selected

    def show(self, view: SweepView | None) -> None:
        """Lists the trials of a sweep, as they stand now. To be called between frames."""
        before, self._view = self._view, view
        if before is None or view is None or before.folder != view.folder:
            self._list.forget()
        names = [(column.name, column.heading) for column in self._all]
        self._all = () if view is None else columns_of(view)
        best = None if view is None else view.best
        if (None if best is None else best.name) != self._best:
            self._best = None if best is None else best.name
            self._list.rows.refill()
        if [(column.name, column.heading) for column in self._all] != names:
            self._head.refit()
        self._sort()

    def update(self) -> None:
        """Updates the rows. Called once a frame."""
        if self._head.update(self._root.computed_width):
            self._list.rows.rebuild()
        if self._head.columns:
            self._list.update()

    def key_pressed(self, key: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        return self._list.key_pressed(key)

    def _sort(self) -> None:
        head = self._head
        column = next((each for each in self._all if each.name == head.sorted_by), None)
        trials = () if self._view is None else self._view.trials
        self._list.items = trials if column is None else sorted_trials(trials, column, head.descending)

    def _build_row(self, number: int) -> _Row:
        background = self._list.background(number)
        cells: dict[str, ui.Label] = {}
        with ui.HStack():
            ui.Spacer(width=MARGIN)
            circle = dot(DOT)
            for index, column in enumerate(self._head.columns):
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
            ui.Spacer(width=MARGIN)
        return _Row(background, circle, cells)

    def _fill_row(self, row: _Row, trial: Trial, index: int) -> None:
        best, selected = trial.name == self._best, self._list.is_selected(trial)
        by_name = {column.name: column for column in self._head.columns}
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
