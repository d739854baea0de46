# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A list that scrolls through any number of rows, with widgets for those in sight only."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import omni.ui as ui

from . import keys, style

_SPARE = 2
"""Rows beyond those that fit: one is cut off above, one below."""


class RowList[Item, Row]:
    """A scrolling frame in the current layout. As it scrolls, the same few rows move along and show other items.

    Widgets are made in :meth:`update` alone, which the host calls between frames.

    Args:
        identifier: Of the scrolling frame.
        build: Builds the widgets of one row; called with its number, 0 being the topmost.
        fill: Shows an item, at an index of the items, in a row.
        row_height: Height of every row [pixels].
    """

    def __init__(
        self,
        identifier: str,
        build: Callable[[int], Row],
        fill: Callable[[Row, Item, int], None],
        row_height: int = 22,
    ) -> None:
        self._build, self._fill, self._row_height = build, fill, row_height
        self._items: Sequence[Item] = ()
        self._rows: list[tuple[ui.ZStack, Row]] = []
        self._shown: list[tuple[int, Item] | None] = []
        self._first, self._visible = -1, 0
        self._wanted: int | None = None
        self._stale = True
        self.frame = ui.ScrollingFrame(identifier=identifier, **style.NO_HORIZONTAL)
        with self.frame:
            self._content = ui.ZStack(height=0)
            with self._content:
                self._placer = ui.Placer()
                with self._placer:
                    self._stack = ui.VStack(height=0)

    @property
    def items(self) -> Sequence[Item]:
        """The listed items. Rows whose item changed are filled again."""
        return self._items

    @items.setter
    def items(self, items: Sequence[Item]) -> None:
        self._items = items
        self._stale = True

    def refill(self) -> None:
        """Fills all rows again: what they show of their items has changed."""
        self._shown = [None] * len(self._shown)
        self._stale = True

    def rebuild(self) -> None:
        """Builds all rows again: their columns have changed."""
        self._stack.clear()
        self._rows.clear()
        self._shown.clear()
        self._stale = True

    def reveal(self, index: int) -> None:
        """Scrolls as little as brings an item into sight."""
        self._wanted = index

    @property
    def page(self) -> int:
        """How many whole rows fit."""
        return max(1, int(self.frame.computed_height // self._row_height))

    def step_of(self, key: int) -> int | None:
        """Returns by how many items a key moves a selection; None for a key that does not."""
        count = len(self._items)
        steps = {
            keys.KEYS.up: -1,
            keys.KEYS.down: 1,
            keys.KEYS.page_up: -self.page,
            keys.KEYS.page_down: self.page,
            keys.KEYS.home: -count,
            keys.KEYS.end: count,
        }
        return steps.get(key)

    def update(self) -> None:
        """Once a frame: follows the scroll bar, the size and the items; costs nothing while none of them changes."""
        height, total = self.frame.computed_height, len(self._items) * self._row_height
        if self._wanted is not None and height > 0:
            top = self._wanted * self._row_height
            self._wanted = None
            if top < self.frame.scroll_y:
                self.frame.scroll_y = float(top)
            elif top + self._row_height > self.frame.scroll_y + height:
                self.frame.scroll_y = float(top + self._row_height - height)
        count = min(len(self._items), math.ceil(height / self._row_height) + _SPARE)
        # a list that has become shorter may not have been scrolled back yet
        lowest = max(0, len(self._items) - count)
        first = min(max(0, int(self.frame.scroll_y // self._row_height)), lowest)
        if first == self._first and count == self._visible and not self._stale:
            return
        self._stale = False
        if self._content.height.value != total:
            self._content.height = ui.Pixel(total)
        if first != self._first:
            self._first = first
            self._placer.offset_y = ui.Pixel(first * self._row_height)
        self._show(first, count)

    def _show(self, first: int, count: int) -> None:
        self._visible = count  # asking every row whether it is visible took 0.1 ms of each frame
        with self._stack:
            while len(self._rows) < count:
                root = ui.ZStack(height=self._row_height)
                with root:
                    self._rows.append((root, self._build(len(self._rows))))
                self._shown.append(None)
        for number, (root, row) in enumerate(self._rows):
            shown = number < count
            if root.visible is not shown:
                root.visible = shown
            if not shown:
                continue
            index = first + number
            item = self._items[index]
            known = self._shown[number]
            if known is None or known[0] != index or known[1] is not item:
                self._shown[number] = (index, item)
                self._fill(row, item, index)

    def index_of_row(self, number: int) -> int | None:
        """Returns the index of the item that a row shows, or None when it shows none."""
        index = self._first + number
        return index if 0 <= index < len(self._items) else None
