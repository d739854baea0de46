# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The choice of the scalar that is drawn: one of thousands, found by typing any part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import omni.ui as ui

from . import style
from .fields import TextField
from .keys import KEYS
from .layout import centred
from .pending import Pending
from .row_list import RowList
from .weak import weak_callback


@dataclass
class _Row:
    background: ui.Rectangle
    label: ui.Label


class TagPicker:
    """Shows the chosen tag, in the current layout; a click opens the list that :meth:`build_list` builds.

    Up and Down move through the list while typing, Enter chooses, Escape closes. Callbacks only take notes; everything
    happens in :meth:`update`.

    Args:
        on_chosen: Called with the tag that the user chose.
    """

    def __init__(self, on_chosen: Callable[[str], None]) -> None:
        self._on_chosen = on_chosen
        self._tags: Sequence[str] = ()
        self._lowered: list[str] = []
        self._value = ""
        self._at = 0
        self._focus = self._refilter = self._editing = self._ended = False
        self._pending = Pending()
        self.is_open = False
        """Whether the list is in sight."""
        with ui.ZStack():
            ui.Rectangle(name="field")
            self._button = ui.InvisibleButton(identifier="compare_tag", clicked_fn=self._pending.adding(self._toggle))
            with ui.HStack():
                ui.Spacer(width=8)
                self._name = ui.Label("", elided_text=True, identifier="compare_tag_name")
                with centred(11):
                    self._arrow = ui.Triangle(width=11, height=9, name="arrow", alignment=ui.Alignment.CENTER_BOTTOM)
                ui.Spacer(width=7)
        self._show()

    def build_list(self) -> None:
        """Builds the filter and the list into the current layout, which it fills while it is open."""
        self._body = ui.VStack(spacing=4, visible=False)
        with self._body:
            with ui.HStack(height=style.ROW_HEIGHT):
                self._filter = TextField(
                    "compare_tag_filter",
                    "Any words of the tag, in any order, such as: reward mean.\n"
                    "Up and Down move, Enter chooses, Escape closes.",
                    "Type to filter, such as: reward mean",
                    self._typed,
                )
            self._count = ui.Label("", height=16, name="caption", identifier="compare_tag_count")
            with ui.ZStack():
                self._list: RowList[str, _Row] = RowList("compare_tag_list", self._build_row, self._fill_row)
                self._empty = ui.Label("", name="dim", alignment=ui.Alignment.CENTER, identifier="compare_tag_empty")
        model = self._filter.widget.model
        self._subscriptions = [
            model.subscribe_begin_edit_fn(weak_callback(self._edit_began)),
            model.subscribe_end_edit_fn(weak_callback(self._edit_ended)),
        ]

    @property
    def value(self) -> str:
        """The chosen tag; empty when there is none to choose from."""
        return self._value

    def set_tags(self, tags: Sequence[str], wanted: str) -> None:
        """Sets what can be chosen, and which tag is: the first, if not ``wanted``."""
        if tags is not self._tags:
            self._tags, self._lowered = tags, [tag.lower() for tag in tags]
            self._refilter = True
        self._value = wanted if wanted in tags else tags[0] if tags else ""
        self._show()

    def update(self) -> None:
        """Once a frame: does what a callback must not, and follows the scroll bar of the list."""
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
        """Moves, chooses or closes while the cursor is in the filter; returns whether it was for this list."""
        if not self.is_open or not self._editing:
            return False
        if key in (KEYS.up, KEYS.down):
            step = 1 if key == KEYS.down else -1
            self._pending.add(lambda: self._move_to(self._at + step))
            self._focus = True
        elif key in (KEYS.enter, KEYS.keypad_enter):
            self._pending.add(self._choose_marked)
        elif key == KEYS.escape:
            self._pending.add(self._close)
        return True

    def _toggle(self) -> None:
        if self.is_open:
            self._close()
            return
        self.is_open = self._body.visible = True
        self._arrow.alignment = ui.Alignment.CENTER_TOP
        self._filter.value = ""
        self._refilter = self._focus = True

    def _close(self) -> None:
        self.is_open = self._body.visible = False
        self._arrow.alignment = ui.Alignment.CENTER_BOTTOM

    def _typed(self) -> None:
        self._refilter, self._at = True, 0

    def _apply_filter(self) -> None:
        self._refilter = False
        said = self._filter.value
        words = said.lower().split()
        found = [tag for tag, low in zip(self._tags, self._lowered, strict=True) if all(word in low for word in words)]
        self._list.items = found
        self._count.text = f"{len(found):,} of {len(self._tags):,} scalars"
        self._empty.visible = not found
        self._empty.text = f"No scalar matches “{said.strip()}”." if self._tags else "No scalars were logged yet."
        at = found.index(self._value) if not words and self._value in found else self._at
        self._move_to(at)

    def _move_to(self, index: int) -> None:
        self._at = max(0, min(index, len(self._list.items) - 1))
        self._list.reveal(self._at)
        self._list.refill()

    def _build_row(self, number: int) -> _Row:
        background = ui.Rectangle(
            name="row",
            identifier=f"compare_tag_row:{number}",
            mouse_pressed_fn=lambda x, y, button, modifier: self._row_pressed(number) if button == 0 else None,
        )
        with ui.HStack():
            ui.Spacer(width=8)
            label = ui.Label("", elided_text=True, identifier=f"compare_tag_label:{number}")
            ui.Spacer(width=12)
        return _Row(background, label)

    def _fill_row(self, row: _Row, tag: str, index: int) -> None:
        row.label.text = tag
        row.background.set_tooltip(tag)
        row.background.selected = row.label.selected = index == self._at

    def _row_pressed(self, number: int) -> None:
        index = self._list.index_of_row(number)
        if index is not None:
            tag = self._list.items[index]
            self._pending.add(lambda: self._choose(tag))

    def _choose_marked(self) -> None:
        if self._refilter:  # typed in this very frame
            self._apply_filter()
        if self._list.items:
            self._choose(self._list.items[self._at])
        else:
            self._focus = True  # Enter has left the field

    def _choose(self, tag: str) -> None:
        self._value = tag
        self._show()
        self._close()
        self._on_chosen(tag)

    def _show(self) -> None:
        self._name.text, self._name.name = (self._value, "") if self._value else ("No scalars", "dim")
        self._button.set_tooltip(f"{self._value}\nClick to choose which scalar is drawn." if self._value else "")

    def _edit_began(self, model: ui.AbstractValueModel) -> None:
        self._editing, self._ended = True, False

    def _edit_ended(self, model: ui.AbstractValueModel) -> None:
        self._ended = True
