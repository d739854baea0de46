# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The widgets of one row: name, mark of a change, and an editor for each kind of value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...isaac_lab.task_settings import Kind, Setting
from ...runs import as_text
from ..widgets.fields import Dropdown, LabelledCheckBox, TextField
from ..widgets.layout import centred
from ..widgets.weak import weak_callback
from .model import ProblemRow, Row, SettingRow

ROW_HEIGHT = 26
INDENT = 12
"""Offset of the settings in a section [pixels]."""

_EDITED_AS_TEXT = (Kind.NUMBER, Kind.TEXT, Kind.VALUE)

DEFAULT = "default"
"""The name of the alternative that applies unless another is chosen."""


@dataclass(frozen=True)
class RowCallbacks:
    """What a row reports, each within omni.ui's callbacks: they only enqueue actions."""

    select: Callable[[str], None]
    """A row was clicked; its key."""
    toggle: Callable[[str], None]
    """A section is to be opened or closed; its key."""
    change: Callable[[Setting, str], None]
    """The user typed or chose a value."""
    reset: Callable[[str], None]
    """The user takes back the override of a key."""
    explain: Callable[[SettingRowWidgets], None]
    """The mouse is on a row, whose tooltip is wanted."""


class SettingRowWidgets:
    """One row, built into the current layout. It shows one setting after another as the list scrolls.

    Args:
        number: The number of the row, 0 being the topmost.
        callbacks: What it reports.
    """

    def __init__(self, number: int, callbacks: RowCallbacks) -> None:
        self._number, self._callbacks = number, callbacks
        self._row: Row | None = None
        self._edited: SettingRow | None = None
        self._dropdown: Dropdown | None = None
        self._enabled, self._is_hovered = True, False
        self._root = ui.ZStack()
        self._root.set_mouse_hovered_fn(weak_callback(self._hovered))
        with self._root:
            self._background = ui.Rectangle(name="run")
            self._setting = ui.HStack(spacing=4)
            with self._setting:
                self._build_setting()
            self._problem = ui.HStack(visible=False)
            with self._problem:
                ui.Spacer(width=INDENT)
                self._words = ui.Label("", name="error", elided_text=True)

    def _build_setting(self) -> None:
        with ui.ZStack(width=ui.Fraction(11)):
            self._button = ui.InvisibleButton(clicked_fn=weak_callback(self._clicked))
            with ui.HStack(spacing=4):
                self._indent = ui.Spacer(width=0)
                with centred(9):
                    self._arrow = ui.Triangle(width=9, height=8, name="arrow", alignment=ui.Alignment.RIGHT_CENTER)
                self._name = ui.Label("", elided_text=True)
        self._mark = ui.ZStack(width=14)
        with self._mark:
            with centred(8):
                self._square = ui.Rectangle(width=8, height=8, name="changed")
            self._reset = ui.InvisibleButton(
                tooltip="Put back to the value of the task.", clicked_fn=weak_callback(self._reset_clicked)
            )
        with ui.ZStack(width=ui.Fraction(9)):
            with ui.VStack():
                ui.Spacer(height=1)
                self._text_frame = ui.Frame()
                with self._text_frame:
                    self._field = TextField("", "", on_end=weak_callback(self._left))
                ui.Spacer(height=1)
            self._check_frame = ui.HStack()
            with self._check_frame:
                self._check = LabelledCheckBox("", "", "", weak_callback(self._checked))
                ui.Spacer()
            self._choice_frame = ui.VStack()
            self._fixed = ui.Label("", name="dim", elided_text=True)
        self._began = self._field.widget.model.subscribe_begin_edit_fn(weak_callback(self._entered))
        ui.Spacer(width=2)

    def fill(self, row: Row, selected: bool, enabled: bool) -> None:
        """Shows a row of the model. Called between two frames."""
        self._row, self._enabled = row, enabled
        is_setting = isinstance(row, SettingRow)
        self._setting.visible, self._problem.visible = is_setting, not is_setting
        self._background.selected = selected
        if isinstance(row, SettingRow):
            self._fill_setting(row)
        else:
            self._words.text = as_text(row.text)
            self._background.identifier = self._words.identifier = f"setting_problem:{self._number}"
        if self._is_hovered:
            self._callbacks.explain(self)

    def _fill_setting(self, row: SettingRow) -> None:
        setting = row.setting
        self._background.identifier = f"setting:{setting.key}"
        self._button.identifier = f"setting_name:{setting.key}"
        self._words.identifier = ""
        if self._dropdown is not None:
            self._dropdown.identifier = ""
        self._reset.identifier = f"setting_reset:{setting.key}" if row.override else ""
        self._indent.width = ui.Pixel(4 + INDENT * setting.depth)
        self._arrow.visible = bool(setting.size)
        self._arrow.alignment = ui.Alignment.CENTER_BOTTOM if row.is_open else ui.Alignment.RIGHT_CENTER
        self._name.text = as_text(setting.name)
        self._name.name = "" if setting.size or row.override else "dim"
        self._square.visible = self._reset.visible = bool(row.override)
        self._reset.enabled = self._enabled
        self._fill_editor(row)

    def _fill_editor(self, row: SettingRow) -> None:
        setting, kind = row.setting, row.setting.kind
        whole = bool(setting.size) and bool(row.override)  # a section of which an override is refused, or replaces it
        choosing = kind is Kind.CHOICE or (kind is Kind.SECTION and bool(setting.choices))
        checking = kind is Kind.TRUTH and row.value in ("true", "false")
        typing = kind in _EDITED_AS_TEXT or (kind is Kind.TRUTH and not checking) or (whole and not choosing)
        typing = typing or (kind is Kind.CHOICE and row.value not in setting.choices)
        choosing = choosing and not typing
        self._text_frame.visible, self._check_frame.visible = typing, checking
        self._choice_frame.visible = choosing
        self._fixed.visible = not (typing or checking or choosing)
        self._fixed.text = as_text(row.value) if self._fixed.visible else ""
        self._fixed.identifier = f"setting_fixed:{setting.key}" if self._fixed.visible else ""
        self._field.widget.identifier = f"setting_value:{setting.key}" if typing else ""
        if typing:
            self._field.value = row.value
            self._field.enabled = self._enabled
            if self._enabled:
                self._field.widget.name = "invalid" if row.refused else "" if row.override else "default"
        if checking:
            self._check.value, self._check.enabled = row.value == "true", self._enabled
        self._check.identifier = f"setting_check:{setting.key}" if checking else ""
        if choosing:
            self._fill_choice(row)

    def _fill_choice(self, row: SettingRow) -> None:
        if self._dropdown is None:
            with self._choice_frame:
                self._dropdown = Dropdown("", "", weak_callback(self._chosen))
        setting = row.setting
        chosen = row.value if row.override or setting.kind is not Kind.SECTION else DEFAULT
        names = (
            setting.choices if setting.kind is not Kind.SECTION else tuple(dict.fromkeys((DEFAULT, *setting.choices)))
        )
        self._dropdown.identifier = f"setting_choice:{setting.key}"
        self._dropdown.set_options([(name, name) for name in names], chosen)
        self._dropdown.enabled = self._enabled

    def forget(self) -> None:
        """Gives up the identifiers: the list may hide this row, and another may show its setting."""
        for widget in (self._background, self._button, self._words, self._reset, self._field.widget, self._fixed):
            widget.identifier = ""
        self._check.identifier = ""
        if self._dropdown is not None:
            self._dropdown.identifier = ""

    def explain(self, words: str) -> None:
        """Sets the tooltip."""
        widget = self._button if isinstance(self._row, SettingRow) else self._words
        widget.set_tooltip(as_text(words))

    @property
    def row(self) -> Row | None:
        """What it shows."""
        return self._row

    def edit(self) -> None:
        """Moves the keyboard into the text field, if it shows one."""
        if self._text_frame.visible and self._field.enabled:
            self._field.widget.focus_keyboard()

    def _hovered(self, hovered: bool) -> None:
        self._is_hovered = hovered
        if hovered:
            self._callbacks.explain(self)

    def _clicked(self) -> None:
        if isinstance(self._row, SettingRow):
            self._callbacks.select(self._row.setting.key)
            if self._row.setting.size:
                self._callbacks.toggle(self._row.setting.key)

    def _reset_clicked(self) -> None:
        if isinstance(self._row, SettingRow):
            self._callbacks.reset(self._row.setting.key)

    def _entered(self, model: ui.AbstractValueModel) -> None:
        # the list may scroll while the user types: what is typed belongs to this setting
        self._edited = self._row if isinstance(self._row, SettingRow) else None

    def _left(self) -> None:
        row, self._edited = self._edited, None
        if row is not None and self._field.value != row.value:
            self._callbacks.change(row.setting, self._field.value)

    def _checked(self) -> None:
        if isinstance(self._row, SettingRow):
            self._callbacks.change(self._row.setting, "true" if self._check.value else "false")

    def _chosen(self) -> None:
        if isinstance(self._row, SettingRow) and self._dropdown is not None:
            value = self._dropdown.value
            if self._row.setting.kind is Kind.SECTION and value == DEFAULT:
                self._callbacks.reset(self._row.setting.key)
            else:
                self._callbacks.change(self._row.setting, value)


def problem_of(row: Row | None) -> str:
    """Returns the sentence of a row that shows a part of one; empty for another."""
    return row.sentence if isinstance(row, ProblemRow) else ""
