# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A list of rows, one of which is selected by a click or by keys."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import omni.ui as ui

from .pending import Pending
from .row_list import RowList


class SelectionList[Item, Row]:
    """A :class:`RowList` in the current layout. Callbacks enqueue actions; :meth:`update` runs them.

    What is selected is kept by its key, so that it stays selected when the list has other objects for the same items.

    Args:
        name: The list is ``<name>_list``, the backgrounds of its rows are ``<name>_row:<number>``.
        build: Builds the widgets of one row, which begin with :meth:`background`; called with its number.
        fill: Shows an item, at an index of the items, in a row.
        key: Identifies an item.
        on_select: Called between frames when another item is selected.
        row_height: Height of every row [pixels].
    """

    def __init__(
        self,
        name: str,
        build: Callable[[int], Row],
        fill: Callable[[Row, Item, int], None],
        key: Callable[[Item], Hashable],
        on_select: Callable[[], None],
        row_height: int,
    ) -> None:
        self._name, self._key, self._on_select = name, key, on_select
        self._pending = Pending()
        self._selected: Hashable = None
        self.rows: RowList[Item, Row] = RowList(f"{name}_list", build, fill, row_height)
        """The rows."""

    @property
    def items(self) -> Sequence[Item]:
        """The listed items. Rows whose item changed are filled again."""
        return self.rows.items

    @items.setter
    def items(self, items: Sequence[Item]) -> None:
        self.rows.items = items

    @property
    def keys(self) -> list[Hashable]:
        """The keys of the listed items, in order."""
        return [self._key(item) for item in self.items]

    @property
    def selected(self) -> Item | None:
        """The selected item, if it is listed."""
        return next((item for item in self.items if self.is_selected(item)), None)

    def is_selected(self, item: Item) -> bool:
        """Returns whether an item is the selected one."""
        return self._selected is not None and self._key(item) == self._selected

    def select(self, key: Hashable) -> None:
        """Selects an item and scrolls to it; None selects nothing. To be called between frames."""
        if key != self._selected:
            self._selected = key
            self.rows.refill()
            self._on_select()
        index = next((index for index, item in enumerate(self.items) if self.is_selected(item)), None)
        if index is not None:
            self.rows.reveal(index)

    def forget(self) -> None:
        """Selects nothing, without a call of ``on_select``."""
        self._selected = None

    def background(self, number: int) -> ui.Rectangle:
        """Builds what is behind a row, and selects its item when it is clicked."""

        def pressed(x: float, y: float, button: int, modifier: int) -> None:
            if button == 0:
                self._pending.add(lambda: self._clicked(number))

        return ui.Rectangle(name="run", identifier=f"{self._name}_row:{number}", mouse_pressed_fn=pressed)

    def _clicked(self, number: int) -> None:
        index = self.rows.index_of_row(number)
        if index is not None:
            self.select(self._key(self.items[index]))

    def key_pressed(self, key: int) -> bool:
        """Moves the selection; returns whether the key does that."""
        step = self.rows.step_of(key)
        if step is None:
            return False
        self._pending.add(lambda: self._move(step))
        return True

    def _move(self, by: int) -> None:
        listed = self.keys
        if listed:
            at = listed.index(self._selected) + by if self._selected in listed else 0
            self.select(listed[max(0, min(at, len(listed) - 1))])

    def update(self) -> None:
        """Updates the rows. Called once a frame; costs nothing while nothing changes."""
        self._pending.run()
        self.rows.update()
