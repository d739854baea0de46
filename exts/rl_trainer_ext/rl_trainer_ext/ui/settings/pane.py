# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The pane with all settings of the chosen task: search, tree, copy and paste of overrides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import omni.ui as ui

from ...errors import UserError
from ...isaac_lab.task_settings import Setting, TaskSettings
from ...runs import as_text
from ..widgets import keys, style
from ..widgets.fields import LabelledCheckBox, TextField
from ..widgets.pending import Pending
from ..widgets.row_list import RowList
from .model import FormOverrides, Row, SettingRow, SettingsModel
from .rows import ROW_HEIGHT, RowCallbacks, SettingRowWidgets, problem_of

_LETTER_WIDTH = 6.0
"""About the width of a letter [pixels], to break sentences into rows."""

_LONGEST_TOOLTIP = 600


class Clipboard(Protocol):
    """The clipboard of the host."""

    def copy(self, text: str) -> None:
        """Puts text on it."""
        ...

    def paste(self) -> str:
        """Returns its text; empty when it has none."""
        ...


class SettingsPane:
    """The settings, built into the current layout. Only the rows in sight have widgets.

    Args:
        form: The overrides of the form.
        clipboard: The host's; None leaves out the buttons.
        on_close: Called when the user closes the pane.
    """

    def __init__(self, form: FormOverrides, clipboard: Clipboard | None, on_close: Callable[[], None]) -> None:
        self._model = SettingsModel(form)
        self._clipboard, self._on_close = clipboard, on_close
        self._pending = Pending()
        self._selected = self._message = self._unknown = ""
        self._stale = self._focus_search = True
        self._enabled = True
        self._width = 0.0
        with ui.VStack(spacing=4):
            self._build_head()
            self._problem = ui.Label("", name="warning", word_wrap=True, height=0, identifier="settings_problem")
            with ui.ZStack():
                callbacks = RowCallbacks(
                    select=self._later(self._select),
                    toggle=self._later(self._toggle),
                    change=lambda setting, typed: self._pending.add(lambda: self._change(setting, typed)),
                    reset=self._later(self._reset),
                    explain=lambda row: self._pending.add(lambda: self._explain(row)),
                )
                self._rows: list[SettingRowWidgets] = []

                def build(number: int) -> SettingRowWidgets:
                    self._rows.append(SettingRowWidgets(number, callbacks))
                    return self._rows[-1]

                self._list: RowList[Row, SettingRowWidgets] = RowList("settings_list", build, self._fill, ROW_HEIGHT)
                self._words = ui.Label(
                    "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="settings_words"
                )

    def _build_head(self) -> None:
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._title = ui.Label("", elided_text=True, identifier="settings_title")
            ui.Button(
                "Close",
                width=52,
                identifier="settings_close",
                tooltip="Back to the form (Escape). What was changed stays in its overrides.",
                clicked_fn=self._pending.adding(self._on_close),
            )
        with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
            self._search = TextField(
                "settings_search",
                "Any parts of a setting's key, in any order, such as: reward weight (Ctrl+F).",
                "Type to search, such as: reward weight",
                self._typed,
            )
            self._only_changed = LabelledCheckBox(
                "Changed", "settings_changed", "Show only what is changed.", self._typed
            )
        with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
            self._count = ui.Label("", name="caption", elided_text=True, identifier="settings_count")
            buttons = [
                ("Reset all", "settings_reset_all", "Put all settings back to the task's values.", self._reset_all)
            ]
            if self._clipboard is not None:
                buttons += [
                    ("Copy", "settings_copy", "Copy what is changed as Hydra overrides (Ctrl+C).", self._copy),
                    ("Paste", "settings_paste", "Add Hydra overrides from the clipboard (Ctrl+V).", self._paste),
                ]
            self._buttons = {
                identifier: ui.Button(
                    label,
                    width=62 if label == "Reset all" else 46,
                    identifier=identifier,
                    tooltip=tooltip,
                    clicked_fn=self._pending.adding(action),
                )
                for label, identifier, tooltip, action in buttons
            }

    def _later(self, action: Callable[[str], None]) -> Callable[[str], None]:
        return lambda key: self._pending.add(lambda: action(key))

    def open(self) -> None:
        """Moves the keyboard into the search when the pane is shown."""
        self._focus_search, self._message = True, ""

    def update(self, title: str, settings: TaskSettings | None, words: str, enabled: bool) -> None:
        """Follows the form. Called once a frame while the pane is visible, between omni.ui's callbacks.

        Args:
            title: The chosen task.
            settings: Its settings; None while they are not known.
            words: Why they are not known.
            enabled: Whether the user may change them.
        """
        self._pending.run()
        if self._model.follow(settings) or words != self._unknown:
            self._unknown, self._stale = words, True
        if abs(self._list.frame.computed_width - self._width) > ROW_HEIGHT:
            self._width, self._stale = self._list.frame.computed_width, True
        if enabled != self._enabled:
            self._enabled, self._stale = enabled, True
        if self._title.text != as_text(title):
            self._title.text = as_text(title)
            self._title.set_tooltip(as_text(title))
        if self._stale:
            self._stale = False
            self._show()
        self._list.update()
        if self._focus_search:
            self._focus_search = False
            self._search.widget.focus_keyboard()

    def _show(self) -> None:
        typed = self._search.value.split()
        letters = int((self._width - 36) / _LETTER_WIDTH)
        rows = self._model.rows(typed, self._only_changed.value, letters)
        for widgets in self._rows:
            widgets.forget()
        self._list.items = rows
        self._list.refill()
        settings, changed = self._model.settings, self._model.changed
        if settings is None:
            self._words.text = as_text(self._unknown)
        elif not rows:
            self._words.text = as_text(f"No setting matches “{' '.join(typed)}”.") if typed else "Nothing is changed."
        self._words.visible = settings is None or not rows
        count = 0 if settings is None else sum(not setting.size for setting in settings.all)
        self._count.text = f"{changed:,} changed of {count:,}" if settings is not None else ""
        problem = self._model.unreadable or self._message
        self._problem.text, self._problem.visible = as_text(problem), bool(problem)
        editable = self._enabled and settings is not None and not self._model.unreadable
        for identifier, button in self._buttons.items():
            button.enabled = (
                editable
                if identifier == "settings_paste"
                else bool(changed) and (editable or identifier == "settings_copy")
            )

    def _fill(self, widgets: SettingRowWidgets, row: Row, index: int) -> None:
        selected = isinstance(row, SettingRow) and row.setting.key == self._selected
        widgets.fill(row, selected, self._enabled and not self._model.unreadable)

    def _typed(self) -> None:
        self._stale = True

    def _explain(self, widgets: SettingRowWidgets) -> None:
        row, settings = widgets.row, self._model.settings
        if problem := problem_of(row):
            widgets.explain(problem)
        elif isinstance(row, SettingRow) and settings is not None:
            setting = row.setting
            usual = f"Task: {setting.text}" if row.override and not setting.size else ""
            said = settings.documentation(setting.key)
            said = said if len(said) <= _LONGEST_TOOLTIP else f"{said[:_LONGEST_TOOLTIP]}…"
            kind = f"{setting.key}: {setting.type}" if setting.type else setting.key
            widgets.explain("\n".join(filter(None, (kind, usual, said))))

    # What the user does

    def _select(self, key: str) -> None:
        self._selected = key
        self._list.refill()

    def _toggle(self, key: str) -> None:
        self._model.toggle(key)
        self._stale = True

    def _change(self, setting: Setting, typed: str) -> None:
        self._message = ""
        self._selected = setting.key
        self._model.change(setting, typed)
        self._stale = True

    def _reset(self, key: str) -> None:
        self._message = ""
        self._model.reset(key)
        self._stale = True

    def _reset_all(self) -> None:
        self._message = ""
        self._model.reset_all()
        self._stale = True

    def _copy(self) -> None:
        if self._clipboard is None or not self._model.changed:
            return
        try:
            self._clipboard.copy(self._model.copied())
            self._message = ""
        except UserError as error:
            self._message = str(error)
        self._stale = True

    def _paste(self) -> None:
        if self._clipboard is None or not self._enabled or self._model.unreadable:
            return
        try:
            self._model.paste(self._clipboard.paste())
            self._message = ""
        except UserError as error:
            self._message = str(error)
        self._stale = True

    def key_pressed(self, key: int, modifier: int) -> bool:
        """Moves through the rows, opens, edits, resets, copies and pastes; returns whether the key does that."""
        control = bool(modifier & keys.CONTROL)
        if keys.is_typing():
            return True  # the field that is edited has it
        action = self._with_control(key) if control else self._action(key)
        if action is not None:
            self._pending.add(action)
        return action is not None

    def _with_control(self, key: int) -> Callable[[], None] | None:
        actions: dict[int, Callable[[], None]] = {
            keys.KEYS.c: self._copy,
            keys.KEYS.v: self._paste,
            keys.KEYS.f: self.open,
        }
        return actions.get(key)

    def _action(self, key: int) -> Callable[[], None] | None:
        known, page, count = keys.KEYS, self._list.page, len(self._list.items)
        moves = {known.up: -1, known.down: 1, known.page_up: -page, known.page_down: page}
        moves |= {known.home: -count, known.end: count}
        if key in moves:
            return lambda: self._move(moves[key])
        actions: dict[int, Callable[[], None]] = {
            known.escape: self._on_close,
            known.right: lambda: self._open_selected(True),
            known.left: lambda: self._open_selected(False),
            known.enter: self._edit_selected,
            known.keypad_enter: self._edit_selected,
            known.delete: lambda: self._reset(self._selected) if self._enabled else None,
        }
        return actions.get(key)

    def _move(self, by: int) -> None:
        rows = [(index, row) for index, row in enumerate(self._list.items) if isinstance(row, SettingRow)]
        if not rows:
            return
        at = next((place for place, (_, row) in enumerate(rows) if row.setting.key == self._selected), None)
        place = min(max(0 if at is None else at + by, 0), len(rows) - 1)
        self._list.reveal(rows[place][0])
        self._select(rows[place][1].setting.key)

    def _open_selected(self, is_open: bool) -> None:
        self._model.set_open(self._selected, is_open)
        self._stale = True

    def _edit_selected(self) -> None:
        row = next((r for r in self._list.items if isinstance(r, SettingRow) and r.setting.key == self._selected), None)
        if row is None:
            return
        if row.setting.size:
            self._toggle(self._selected)
            return
        for widgets in self._rows:
            if widgets.row is row:
                widgets.edit()
