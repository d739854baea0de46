# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The choice of the task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...isaac_lab.tasks import Catalogue, Task
from ...learners.formats import format_of
from ...run_config import RunConfig
from ..widgets import style
from ..widgets.search_list import SearchList, SearchWords
from ..widgets.settings import Settings, remembered_text
from .form_fields import FormField
from .task_cards import NO_CARDS, TaskCards
from .task_filters import TaskFilters

LIST_HEIGHT = 240

_WORDS = SearchWords("task", "ant direct", "Choose a task…", "No tasks are registered.")


class TaskPicker(FormField):
    """Shows the chosen task in the current layout; a click opens a filter and a list below it.

    Args:
        on_choose: Called with the name of the task that the user chose.
        cards: What is known of each task.
    """

    def __init__(self, on_choose: Callable[[str], None], cards: TaskCards = NO_CARDS) -> None:
        self._cards = cards
        self._catalogue: Catalogue | None = None
        self._tasks: dict[str, Task] = {}
        self._loading: bool | None = None
        self._known = -1
        self._filters = TaskFilters(cards.get, self._filtered)
        with ui.VStack(height=0, spacing=style.SPACING):
            with ui.HStack(height=style.ROW_HEIGHT):
                self._list = SearchList("task", _WORDS, on_choose, self._tooltip, self._usable, self._group)
            self._list.build_list(LIST_HEIGHT, self._filters.build_button, self._below)
        self._list.accepts = lambda name: self._filters.accepts(self._tasks[name])

    def _below(self) -> None:
        self._filters.build_choices()
        self._progress = ui.Label("", height=16, name="caption", visible=False, identifier="task_progress")

    @property
    def chosen(self) -> str:
        """Name of the chosen task; empty when none is chosen."""
        return self._list.value

    @property
    def is_open(self) -> bool:
        """Whether the list is visible."""
        return self._list.is_open

    def update(self, catalogue: Catalogue | None, loading: bool) -> None:
        """Once a frame: lists the tasks of the catalogue, and runs what callbacks enqueued."""
        if catalogue is not self._catalogue or loading is not self._loading:
            self._catalogue, self._loading = catalogue, loading
            self._tasks = {task.name: task for task in sorted(catalogue or (), key=_order)}
            empty = "" if self._tasks else "Loading tasks…" if loading else "No tasks"
            self._list.set_items(tuple(self._tasks), empty)
            self._known = -1
        if self._list.is_open and self._cards.serial != self._known:
            self._known = self._cards.serial
            self._filters.offer(self._tasks.values())
            self._list.refilter()
        if self._list.is_open:
            self._progress.text, self._progress.visible = self._cards.progress, bool(self._cards.progress)
        self._list.update()

    def key_pressed(self, key: int) -> None:
        """Passes a key to the list."""
        self._list.key_pressed(key)

    def _filtered(self) -> None:
        self._list.refilter()

    def _tooltip(self, name: str) -> str:
        task, details = self._tasks[name], self._cards.get(name)
        libraries = ", ".join(format_of(library).label for library in task.libraries)
        card = None if details is None else details.card
        lines = [
            name,
            "" if card is None else card.about,
            libraries or "No library for it is supported here.",
            details.problem if details is not None and task.libraries else "",
        ]
        return "\n".join(filter(None, lines))

    def _usable(self, name: str) -> bool:
        details = self._cards.get(name)
        return bool(self._tasks[name].libraries) and (details is None or not details.problem)

    def _group(self, name: str) -> str:
        task = self._tasks[name]
        family = task.family.replace("_", " ")
        return family if _is_isaac_lab(task) or not family else f"{task.package}: {family}"

    def restore(self, settings: Settings) -> None:
        self._list.value = remembered_text(settings, "task")

    def remembered(self) -> dict[str, Any]:
        return {"task": self.chosen}

    def values(self, playing: bool) -> dict[str, Any]:
        return {"task": self.chosen}

    def show(self, config: RunConfig, playing: bool) -> None:
        self._list.value = config.task

    def enable(self, idle: bool) -> None:
        self._list.enabled = idle


def _is_isaac_lab(task: Task) -> bool:
    return task.package.startswith("isaaclab_") or not task.package


def _order(task: Task) -> tuple[bool, str, str, str]:
    """The user's own tasks before those of Isaac Lab, each by family."""
    own = not _is_isaac_lab(task)
    return not own, task.package if own else "", task.family, task.name
