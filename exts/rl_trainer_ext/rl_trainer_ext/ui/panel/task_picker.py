# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The choice of the task: 142 long names, found by typing any part of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import omni.ui as ui

from ...isaac_lab.tasks import LIBRARIES, Catalogue, Task
from ...run_config import RunConfig
from ...runs import as_text
from ..widgets import style
from ..widgets.fields import TextField
from ..widgets.keys import KEYS
from ..widgets.layout import centred
from ..widgets.settings import Settings, remembered_text
from ..widgets.weak import weak_callback
from .form_fields import FormField

LIST_HEIGHT = 196
ROW_HEIGHT = 22


@dataclass
class _Row:
    task: Task
    stack: ui.ZStack
    background: ui.Rectangle
    label: ui.Label


class TaskPicker(FormField):
    """Shows the chosen task; a click opens a filter and a list below it.

    Up and Down move through the list while typing, Enter chooses, Escape closes.

    Args:
        on_choose: Called with the name of the task that the user chose.
    """

    def __init__(self, on_choose: Callable[[str], None]) -> None:
        self._on_choose = on_choose
        self._catalogue: Catalogue | None = None
        self._loading = True
        self._chosen = ""
        self._open = False
        self._enabled = True
        self._rows: list[_Row] = []
        self._matches: list[_Row] = []
        self._at = 0
        self._focus = False
        self._reveal = False
        self._refilter = False
        self._editing = self._ended = False
        with ui.VStack(height=0, spacing=style.SPACING):
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING), ui.ZStack():
                self._box = ui.Rectangle(name="field")
                self._button = ui.InvisibleButton(identifier="task", clicked_fn=self.toggle)
                with ui.HStack():
                    ui.Spacer(width=8)
                    self._name = ui.Label("", elided_text=True, identifier="task_name")
                    with centred(11):
                        self._arrow = ui.Triangle(
                            width=11, height=9, name="arrow", alignment=ui.Alignment.CENTER_BOTTOM
                        )
                    ui.Spacer(width=7)
            self._body = ui.VStack(height=0, spacing=4, visible=False)
            with self._body:
                with ui.HStack(height=style.ROW_HEIGHT):
                    self._filter = TextField(
                        "task_filter",
                        "Any words of the name, in any order, such as: ant direct.\n"
                        "Up and Down move, Enter chooses, Escape closes.",
                        "Type to filter, such as: ant direct",
                        self._typed,
                    )
                self._count = ui.Label("", height=16, name="caption", identifier="task_count")
                self._frame = ui.ZStack(height=LIST_HEIGHT)
                with self._frame:
                    with ui.ScrollingFrame(name="list", identifier="task_list", **style.NO_HORIZONTAL):
                        self._list = ui.VStack(height=0)
                    self._empty = ui.Label(
                        "", name="dim", alignment=ui.Alignment.CENTER, word_wrap=True, identifier="task_empty"
                    )
        model = self._filter.widget.model
        self._subscriptions = [
            model.subscribe_begin_edit_fn(weak_callback(self._edit_began)),
            model.subscribe_end_edit_fn(weak_callback(self._edit_ended)),
        ]
        self._show_chosen()

    @property
    def chosen(self) -> str:
        """Name of the chosen task, or an empty string. Setting it does not call ``on_choose``."""
        return self._chosen

    @chosen.setter
    def chosen(self, name: str) -> None:
        if name != self._chosen:
            self._chosen = name
            self._show_chosen()

    def restore(self, settings: Settings) -> None:
        self.chosen = remembered_text(settings, "task")

    def remembered(self) -> dict[str, Any]:
        return {"task": self.chosen}

    def values(self, playing: bool) -> dict[str, Any]:
        return {"task": self.chosen}

    def show(self, config: RunConfig, playing: bool) -> None:
        self.chosen = config.task

    def enable(self, idle: bool) -> None:
        if idle != self._enabled:
            self._enabled = idle
            self._button.enabled = self._name.enabled = self._arrow.enabled = idle
            self._box.name = "field" if idle else "field_disabled"
            if not idle:
                self.close()

    def toggle(self) -> None:
        """Opens the list, or closes it."""
        if self._open:
            self.close()
        else:
            self.open()

    def open(self) -> None:
        """Shows all tasks, with the cursor in the filter."""
        if self._catalogue is None or self._open:
            return
        self._open = self._body.visible = True
        self._arrow.alignment = ui.Alignment.CENTER_TOP
        self._filter.value = ""
        self._refilter = self._focus = True

    def close(self) -> None:
        """Hides the list; what was chosen stays."""
        self._open = self._body.visible = False
        self._arrow.alignment = ui.Alignment.CENTER_BOTTOM

    def update(self, catalogue: Catalogue | None, loading: bool) -> None:
        """Once a frame: takes over the catalogue and does what a callback must not, as it may change what is drawn."""
        if catalogue is not self._catalogue or loading is not self._loading:
            self._loading = loading
            if catalogue is not self._catalogue:
                self._catalogue = catalogue
                self._build_rows()
            self._show_chosen()
        if self._ended:  # only now: the key that ended the editing may be reported after the end
            self._ended = self._editing = False
        if not self._open:
            return
        if self._refilter:
            self._refilter = False
            self._apply_filter()
        if self._reveal and self._matches:
            self._reveal = False
            self._matches[self._at].stack.scroll_here_y(0.5)
        if self._focus:  # Up and Down leave the field, as they move between widgets
            self._focus = False
            self._filter.widget.focus_keyboard()

    def _build_rows(self) -> None:
        self._list.clear()
        self._rows = []
        with self._list:
            for task in self._catalogue or ():
                self._rows.append(self._build_row(task))
        self._matches = self._rows
        self._refilter = True

    def _build_row(self, task: Task) -> _Row:
        libraries = ", ".join(LIBRARIES[library] for library in task.libraries) or "no library that can be used here"
        stack = ui.ZStack(height=ROW_HEIGHT)
        with stack:
            background = ui.Rectangle(
                name="row",
                identifier=f"task:{task.name}",
                tooltip=f"{task.name}\n{libraries}",
                mouse_pressed_fn=lambda x, y, button, modifier: self._choose(task.name) if button == 0 else None,
            )
            with ui.HStack():
                ui.Spacer(width=8)
                label = ui.Label(task.name, elided_text=True, name="" if task.libraries else "unusable")
                ui.Spacer(width=4)
        return _Row(task, stack, background, label)

    def _typed(self) -> None:
        self._refilter = True

    def _apply_filter(self) -> None:
        text = self._filter.value
        names = {task.name for task in self._catalogue.matching(text)} if self._catalogue else set()
        for row in self._rows:
            row.stack.visible = row.task.name in names
        self._matches = [row for row in self._rows if row.task.name in names]
        self._count.text = f"{len(self._matches)} of {len(self._rows)} tasks"
        self._frame.height = ui.Pixel(min(LIST_HEIGHT, ROW_HEIGHT * max(2, len(self._matches))))
        self._empty.visible = not self._matches
        self._empty.text = f"No task matches “{text.strip()}”." if self._rows else "No tasks are registered."
        self._move_to(self._closest() if text.strip() else self._index_of_chosen())

    def _closest(self) -> int:
        """Index of what Enter chooses at first: the shortest match that can be trained, as it holds the least else."""
        matches = [row.task for row in self._matches]
        return min(range(len(matches)), key=lambda i: (not matches[i].libraries, len(matches[i].name)), default=0)

    def _index_of_chosen(self) -> int:
        return next((index for index, row in enumerate(self._matches) if row.task.name == self._chosen), 0)

    def _move_to(self, index: int) -> None:
        self._at = max(0, min(index, len(self._matches) - 1))
        marked = self._matches[self._at] if self._matches else None
        for row in self._rows:
            row.background.selected = row.label.selected = row is marked
        self._reveal = True

    def _edit_began(self, model: ui.AbstractValueModel) -> None:
        self._editing, self._ended = True, False

    def _edit_ended(self, model: ui.AbstractValueModel) -> None:
        self._ended = True

    def key_pressed(self, key: int) -> None:
        """Moves, chooses or closes, while the cursor is in the filter."""
        if not self._open or not self._editing:
            return
        if key in (KEYS.up, KEYS.down):
            self._move_to(self._at + (1 if key == KEYS.down else -1))
            self._focus = True
        elif key in (KEYS.enter, KEYS.keypad_enter):
            if self._refilter:  # typed in this very frame
                self._refilter = False
                self._apply_filter()
            if self._matches:
                self._choose(self._matches[self._at].task.name)
        elif key == KEYS.escape:
            self.close()

    def _choose(self, name: str) -> None:
        self.chosen = name
        self.close()
        self._on_choose(name)

    def _show_chosen(self) -> None:
        if self._chosen:
            self._name.text, self._name.name = as_text(self._chosen), ""
        else:
            empty = "Choose a task…" if self._catalogue else "Loading tasks…" if self._loading else "No tasks"
            self._name.text, self._name.name = empty, "dim"
        self._button.set_tooltip(as_text(self._chosen) or "The Isaac Lab task to train: click to search all of them.")
