# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of the queue's entries, with widgets for visible rows only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.queue.model import Entry
from ..widgets import keys, style
from ..widgets.layout import dot
from ..widgets.pending import Pending
from ..widgets.row_list import RowList
from .words import changes, state_words, title

_MARGIN, _NUMBER_WIDTH, _STATE_WIDTH = 8, 24, 88

STATE_COLORS = {
    "waiting": style.TEXT_DISABLED,
    "running": style.BLUE,
    "finished": style.ACCENT,
    "stopped": style.WARNING,
    "failed": style.ERROR,
    "skipped": style.TEXT_DISABLED,
    "interrupted": style.WARNING,
}
"""Colour of the dot beside an entry, by ``RunState.value``."""


@dataclass
class _Row:
    background: ui.Rectangle
    dot: ui.Circle
    number: ui.Label
    title: ui.Label
    state: ui.Label


class EntryList:
    """The list, in the current layout. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        on_select: Called between frames when another entry is selected.
    """

    def __init__(self, on_select: Callable[[], None]) -> None:
        self._on_select = on_select
        self._pending = Pending()
        self._selected: int | None = None
        self._list: RowList[Entry, _Row] = RowList("queue_list", self._build_row, self._fill_row, style.ROW_HEIGHT)

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        return next((entry for entry in self._list.items if entry.number == self._selected), None)

    def show(self, entries: Sequence[Entry]) -> None:
        """Lists the entries. Where the selected one is gone, the one in its place is selected."""
        before = [entry.number for entry in self._list.items]
        self._list.items = entries
        numbers = [entry.number for entry in entries]
        if self._selected in numbers:
            return
        place = before.index(self._selected) if self._selected in before else 0
        self._select(numbers[min(place, len(numbers) - 1)] if numbers else None)

    def select(self, number: int) -> None:
        """Selects an entry and scrolls to it."""
        self._select(number)
        index = next((index for index, entry in enumerate(self._list.items) if entry.number == number), None)
        if index is not None:
            self._list.reveal(index)

    def update(self) -> None:
        """Updates the rows. Called once a frame; costs nothing while nothing changes."""
        self._pending.run()
        self._list.update()

    def key_pressed(self, key: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        count = len(self._list.items)
        moves = {
            keys.KEYS.up: -1,
            keys.KEYS.down: 1,
            keys.KEYS.page_up: -self._list.page,
            keys.KEYS.page_down: self._list.page,
            keys.KEYS.home: -count,
            keys.KEYS.end: count,
        }
        if key not in moves:
            return False
        self._pending.add(lambda: self._move(moves[key]))
        return True

    def _move(self, by: int) -> None:
        numbers = [entry.number for entry in self._list.items]
        if numbers:
            at = numbers.index(self._selected) + by if self._selected in numbers else 0
            self.select(numbers[max(0, min(at, len(numbers) - 1))])

    def _select(self, number: int | None) -> None:
        if number != self._selected:
            self._selected = number
            self._list.refill()
            self._on_select()

    def _build_row(self, number: int) -> _Row:
        def pressed(x: float, y: float, button: int, modifier: int) -> None:
            if button == 0:
                self._pending.add(lambda: self._clicked(number))

        background = ui.Rectangle(name="run", identifier=f"queue_row:{number}", mouse_pressed_fn=pressed)
        with ui.HStack():
            ui.Spacer(width=_MARGIN)
            circle = dot(14)
            place = ui.Label("", name="dim", width=_NUMBER_WIDTH, identifier=f"queue_number:{number}")
            label = ui.Label("", elided_text=True, identifier=f"queue_title:{number}")
            state = ui.Label(
                "",
                name="dim",
                width=_STATE_WIDTH,
                alignment=ui.Alignment.RIGHT_CENTER,
                elided_text=True,
                identifier=f"queue_state:{number}",
            )
            ui.Spacer(width=_MARGIN + 8)
        return _Row(background, circle, place, label, state)

    def _clicked(self, number: int) -> None:
        index = self._list.index_of_row(number)
        if index is not None:
            self._select(self._list.items[index].number)

    def _fill_row(self, row: _Row, entry: Entry, index: int) -> None:
        words = as_text(title(entry))
        row.number.text, row.title.text, row.state.text = str(entry.number), words, state_words(entry)
        row.dot.set_style({"background_color": STATE_COLORS[entry.state.value]})
        row.background.set_tooltip(as_text("\n".join(filter(None, (words, changes(entry), entry.problem)))))
        selected = entry.number == self._selected
        row.background.selected = row.title.selected = row.state.selected = row.number.selected = selected
