# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of the queue's entries, with widgets for visible rows only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.queue.model import Entry
from ..widgets import style
from ..widgets.layout import dot
from ..widgets.selection_list import SelectionList
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
        self._list: SelectionList[Entry, _Row] = SelectionList(
            "queue", self._build_row, self._fill_row, lambda entry: entry.number, on_select, style.ROW_HEIGHT
        )

    @property
    def selected(self) -> Entry | None:
        """The selected entry."""
        return self._list.selected

    def show(self, entries: Sequence[Entry]) -> None:
        """Lists the entries. Where the selected one is gone, the one in its place is selected."""
        before, selected = self._list.keys, self._list.selected
        self._list.items = entries
        if self._list.selected is not None:
            return
        place = 0 if selected is None else before.index(selected.number)
        self._list.select(entries[min(place, len(entries) - 1)].number if entries else None)

    def select(self, number: int) -> None:
        """Selects an entry and scrolls to it."""
        self._list.select(number)

    def update(self) -> None:
        """Updates the rows. Called once a frame; costs nothing while nothing changes."""
        self._list.update()

    def key_pressed(self, key: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        return self._list.key_pressed(key)

    def _build_row(self, number: int) -> _Row:
        background = self._list.background(number)
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

    def _fill_row(self, row: _Row, entry: Entry, index: int) -> None:
        words = as_text(title(entry))
        row.number.text, row.title.text, row.state.text = str(entry.number), words, state_words(entry)
        row.dot.set_style({"background_color": STATE_COLORS[entry.state.value]})
        row.background.set_tooltip(as_text("\n".join(filter(None, (words, changes(entry), entry.problem)))))
        selected = self._list.is_selected(entry)
        row.background.selected = row.title.selected = row.state.selected = row.number.selected = selected
