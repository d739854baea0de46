# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of the sweeps of a log root, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import omni.ui as ui

from ...runs import as_text
from ...training.sweep.following import KnownSweep
from ..widgets import style
from ..widgets.layout import dot
from ..widgets.selection_list import SelectionList
from .columns import short_status, status_words, title
from .table import STATE_COLORS

ROW_HEIGHT = 22
_MARGIN, _STATUS_WIDTH = 8, 104


@dataclass
class _Row:
    background: ui.Rectangle
    dot: ui.Circle
    title: ui.Label
    status: ui.Label


class SweepRows:
    """The list, in the current layout. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        on_select: Called between frames when another sweep is selected.
    """

    def __init__(self, on_select: Callable[[], None]) -> None:
        self._list: SelectionList[KnownSweep, _Row] = SelectionList(
            "sweep", self._build_row, self._fill_row, lambda sweep: sweep.folder, on_select, ROW_HEIGHT
        )

    @property
    def selected(self) -> KnownSweep | None:
        """The selected sweep, as it stands now."""
        return self._list.selected

    def show(self, sweeps: Sequence[KnownSweep]) -> None:
        """Lists the sweeps. Where the selected one is gone, or none was selected, the newest is selected."""
        self._list.items = sweeps
        if self.selected is None:
            self.select(sweeps[0].folder if sweeps else None)

    def select(self, folder: Path | None) -> None:
        """Selects a sweep and scrolls to it. To be called between frames."""
        self._list.select(folder)

    def update(self) -> None:
        """Updates the rows. Called once a frame."""
        self._list.update()

    def _build_row(self, number: int) -> _Row:
        background = self._list.background(number)
        with ui.HStack():
            ui.Spacer(width=_MARGIN)
            circle = dot(14)
            name = ui.Label("", elided_text=True, identifier=f"sweep_title:{number}")
            status = ui.Label(
                "",
                name="dim",
                width=_STATUS_WIDTH,
                alignment=ui.Alignment.RIGHT_CENTER,
                identifier=f"sweep_status:{number}",
            )
            ui.Spacer(width=_MARGIN)
        return _Row(background, circle, name, status)

    def _fill_row(self, row: _Row, sweep: KnownSweep, index: int) -> None:
        row.title.text, row.status.text = as_text(title(sweep)), short_status(sweep)
        color = style.ERROR if sweep.view is None else STATE_COLORS.get(sweep.view.state, style.TEXT_DISABLED)
        row.dot.set_style({"background_color": color})
        words = (title(sweep), status_words(sweep), "" if sweep.view is None else sweep.view.problem, sweep.folder)
        row.background.set_tooltip(as_text("\n".join(str(each) for each in words if each)))
        selected = self._list.is_selected(sweep)
        row.background.selected = row.title.selected = row.status.selected = selected
