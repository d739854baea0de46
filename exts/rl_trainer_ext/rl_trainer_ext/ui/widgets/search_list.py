# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The choice of one text among many, found by typing any words of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from . import style
from .fields import TextField
from .keys import KEYS
from .layout import centred
from .pending import Pending
from .row_list import RowList
from .weak import weak_callback

ROW_HEIGHT = 22


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class SearchWords:
    """The names of a list's items.

    Args:
        item: One of them, such as ``task``.
        example: Words to search for, such as ``ant direct``.
        none_chosen: Shown while none is chosen.
        no_items: Shown in the list while there are none.
    """

    item: str
    example: str
    none_chosen: str
    no_items: str


@dataclass(frozen=True)
class _Heading:
    """Stands in the list above the items of a group."""

    text: str


@dataclass
class _Row:
    background: ui.Rectangle
    label: ui.Label


class SearchList:
    """Shows the chosen item in the current layout; a click opens the list that :meth:`build_list` builds.

    Up and Down move through the list while typing, Enter chooses, Escape closes.

    Args:
        identifier: Of the field; those of its parts begin with it.
        words: What the items are called.
        on_chosen: Called with the item that the user chose, between omni.ui's callbacks.
        tooltip: Returns the tooltip of an item in the list.
        usable: Returns whether an item can be used; the others are dim and never the first choice.
        group: Returns the name of an item's group, which is its heading in the list; empty for none. Items of a group
            have to follow one another.
    """

    def __init__(
        self,
        identifier: str,
        words: SearchWords,
        on_chosen: Callable[[str], None],
        tooltip: Callable[[str], str] = str,
        usable: Callable[[str], bool] = bool,
        group: Callable[[str], str] = lambda item: "",
    ) -> None:
        self._identifier, self._words, self._on_chosen = identifier, words, on_chosen
        self._tooltip, self._usable, self._group = tooltip, usable, group
        self.accepts: Callable[[str], bool] = lambda item: True
        """Which of the items are listed, whatever is typed; call :meth:`refilter` when its answers change."""
        self._items: Sequence[str] = ()
        self._lowered: list[str] = []
        self._value = ""
        self._none_chosen = words.none_chosen
        self._at: int | None = None
        self._highest: int | None = None
        self._rows: list[_Row] = []
        self._focus = self._refilter = self._editing = self._ended = False
        self._enabled = True
        self._pending = Pending()
        self.is_open = False
        """Whether the list is visible."""
        with ui.ZStack():
            self._box = ui.Rectangle(name="field")
            self._button = ui.InvisibleButton(identifier=identifier, clicked_fn=self._pending.adding(self._toggle))
            with ui.HStack():
                ui.Spacer(width=8)
                self._name = ui.Label("", elided_text=True, identifier=f"{identifier}_name")
                with centred(11):
                    self._arrow = ui.Triangle(width=11, height=9, name="arrow", alignment=ui.Alignment.CENTER_BOTTOM)
                ui.Spacer(width=7)
        self._show()

    def build_list(
        self, highest: int | None = None, beside: Callable[[], None] = _nothing, below: Callable[[], None] = _nothing
    ) -> None:
        """Builds the filter and the list into the current layout.

        Args:
            highest: Height of the list at most [pixels]; None fills the layout.
            beside: Builds widgets on the right of the filter.
            below: Builds widgets between the filter and the list.
        """
        name, words = self._identifier, self._words
        self._highest = highest
        self._body = ui.VStack(spacing=4, visible=False, **({} if highest is None else {"height": 0}))
        with self._body:
            with ui.HStack(height=style.ROW_HEIGHT):
                self._filter = TextField(
                    f"{name}_filter",
                    f"Any words of the {words.item}'s name, in any order, such as: {words.example}.\n"
                    "Up and Down move, Enter chooses, Escape closes.",
                    f"Type to filter, such as: {words.example}",
                    self._typed,
                )
                beside()
            below()
            self._count = ui.Label("", height=16, name="caption", identifier=f"{name}_count")
            self._frame = ui.ZStack()
            with self._frame:
                self._list: RowList[str | _Heading, _Row] = RowList(
                    f"{name}_list", self._build_row, self._fill_row, ROW_HEIGHT
                )
                self._list.frame.name = "list"
                self._empty = ui.Label(
                    "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier=f"{name}_empty"
                )
        model = self._filter.widget.model
        self._subscriptions = [
            model.subscribe_begin_edit_fn(weak_callback(self._edit_began)),
            model.subscribe_end_edit_fn(weak_callback(self._edit_ended)),
        ]

    @property
    def value(self) -> str:
        """The chosen item; empty when none is chosen. Setting it does not call ``on_chosen``."""
        return self._value

    @value.setter
    def value(self, value: str) -> None:
        if value != self._value:
            self._value = value
            self._show()

    def set_items(self, items: Sequence[str], none_chosen: str = "") -> None:
        """Sets what can be chosen, and optionally what is shown while nothing is."""
        if items is not self._items:
            self._items, self._lowered = items, [item.lower() for item in items]
            self._refilter = True
        self._none_chosen = none_chosen or self._words.none_chosen
        self._show()

    def refilter(self) -> None:
        """Lists the items again in the next :meth:`update`: what is accepted or usable has changed."""
        self._refilter = True

    @property
    def enabled(self) -> bool:
        return self._enabled

    @enabled.setter
    def enabled(self, enabled: bool) -> None:
        if enabled != self._enabled:
            self._enabled = enabled
            self._button.enabled = self._name.enabled = self._arrow.enabled = enabled
            self._box.name = "field" if enabled else "field_disabled"
            if not enabled:
                self.close()

    def update(self) -> None:
        """Once a frame: runs what callbacks enqueued, and follows the scroll bar of the list."""
        self._pending.run()
        if self._ended:  # only now: the key that ended the editing may be reported after the end
            self._ended = self._editing = False
        if not self.is_open:
            return
        if self._refilter:
            self._apply_filter()
        self._list.update()
        if self._focus:  # Up and Down leave the field, as they move between widgets
            self._focus = False
            self._filter.widget.focus_keyboard()

    def key_pressed(self, key: int) -> bool:
        """Moves, chooses or closes while the cursor is in the filter; returns whether the key was for this list."""
        if not self.is_open or not self._editing:
            return False
        if key in (KEYS.up, KEYS.down):
            step = 1 if key == KEYS.down else -1
            self._pending.add(lambda: self._move_by(step))
        elif key in (KEYS.enter, KEYS.keypad_enter):
            self._pending.add(self._choose_marked)
        elif key == KEYS.escape:
            self._pending.add(self.close)
        return True

    def _toggle(self) -> None:
        if self.is_open:
            self.close()
        else:
            self.is_open = self._body.visible = True
            self._arrow.alignment = ui.Alignment.CENTER_TOP
            self._filter.value = ""
            self._refilter = self._focus = True
            self._at = None

    def close(self) -> None:
        """Hides the list; the chosen item stays."""
        self.is_open = self._body.visible = False
        self._arrow.alignment = ui.Alignment.CENTER_BOTTOM

    def _typed(self) -> None:
        self._refilter, self._at = True, None

    def _apply_filter(self) -> None:
        self._refilter = False
        typed = self._filter.value.strip()
        words = re.split(r"[\s\-_]+", typed.lower())
        pairs = zip(self._items, self._lowered, strict=True)
        found = [item for item, lowered in pairs if all(word in lowered for word in words) and self.accepts(item)]
        rows = self._with_headings(found)
        self._list.items = rows
        for row in self._rows:  # rows that become hidden show no item
            row.background.identifier = row.label.identifier = ""
        if self._highest is not None:
            self._frame.height = ui.Pixel(min(self._highest, ROW_HEIGHT * max(2, len(rows))))
        self._count.text = f"{len(found):,} of {len(self._items):,} {self._words.item}s"
        self._empty.visible = not found
        none = f"No {self._words.item} matches “{typed}”." if typed else f"No {self._words.item} matches."
        self._empty.text = none if self._items else self._words.no_items
        if not typed and self._value in found:
            self._move_to(rows.index(self._value))
        else:
            self._move_to(rows.index(self._closest(found)) if typed and self._at is None and found else self._at or 0)

    def _with_headings(self, found: Sequence[str]) -> list[str | _Heading]:
        rows: list[str | _Heading] = []
        group = ""
        for item in found:
            if (own := self._group(item)) != group:
                group = own
                rows.append(_Heading(group))
            rows.append(item)
        return rows

    def _closest(self, found: Sequence[str]) -> str:
        """The shortest match that can be used, as it contains the least else."""
        return min(found, key=lambda item: (not self._usable(item), len(item)))

    def _move_by(self, step: int) -> None:
        self._move_to((self._at or 0) + step, step)
        self._focus = True

    def _move_to(self, index: int, step: int = 1) -> None:
        """Marks the item at an index, or beyond a heading the next one in the direction of a step."""
        last = len(self._list.items) - 1
        index = max(0, min(index, last))
        if last >= 0 and isinstance(self._list.items[index], _Heading):
            # a heading is never the last row; above the first one there is no item
            index += step if index + step >= 0 else 1
        self._at = index
        self._list.reveal(index)
        if index == 1:  # with the heading above it
            self._list.reveal(0)
        self._list.refill()

    def _build_row(self, number: int) -> _Row:
        background = ui.Rectangle(
            name="row",
            mouse_pressed_fn=lambda x, y, button, modifier: self._row_pressed(number) if button == 0 else None,
        )
        with ui.HStack():
            ui.Spacer(width=8)
            label = ui.Label("", elided_text=True)
            ui.Spacer(width=12)
        self._rows.append(_Row(background, label))
        return self._rows[-1]

    def _fill_row(self, row: _Row, item: str | _Heading, index: int) -> None:
        if isinstance(item, _Heading):
            row.background.name, row.label.text, row.label.name = "clear", item.text, "caption"
            row.background.identifier = row.label.identifier = ""
            row.background.set_tooltip("")
            row.background.selected = row.label.selected = False
            return
        row.background.name = "row"
        row.label.text, row.label.name = item, "" if self._usable(item) else "unusable"
        row.background.identifier = f"{self._identifier}:{item}"
        row.label.identifier = f"{self._identifier}_label:{item}"
        row.background.set_tooltip(self._tooltip(item))
        row.background.selected = row.label.selected = index == self._at

    def _row_pressed(self, number: int) -> None:
        index = self._list.index_of_row(number)
        if index is not None:
            item = self._list.items[index]
            if isinstance(item, str):
                self._pending.add(lambda: self._choose(item))

    def _choose_marked(self) -> None:
        if self._refilter:  # typed in this very frame
            self._apply_filter()
        item = self._list.items[self._at or 0] if self._list.items else None
        if isinstance(item, str):
            self._choose(item)
        else:
            self._focus = True  # Enter has left the field

    def _choose(self, item: str) -> None:
        self.value = item
        self.close()
        self._on_chosen(item)

    def _show(self) -> None:
        shown = as_text(self._value)
        self._name.text, self._name.name = (shown, "") if shown else (self._none_chosen, "dim")
        self._button.set_tooltip(shown or f"Click to search all {self._words.item}s.")

    def _edit_began(self, model: ui.AbstractValueModel) -> None:
        self._editing, self._ended = True, False

    def _edit_ended(self, model: ui.AbstractValueModel) -> None:
        self._ended = True
