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

LIST_HEIGHT = 196

_WORDS = SearchWords("task", "ant direct", "Choose a task…", "No tasks are registered.")


class TaskPicker(FormField):
    """Shows the chosen task in the current layout; a click opens a filter and a list below it.

    Args:
        on_choose: Called with the name of the task that the user chose.
    """

    def __init__(self, on_choose: Callable[[str], None]) -> None:
        self._catalogue: Catalogue | None = None
        self._tasks: dict[str, Task] = {}
        self._loading: bool | None = None
        with ui.VStack(height=0, spacing=style.SPACING):
            with ui.HStack(height=style.ROW_HEIGHT):
                self._list = SearchList("task", _WORDS, on_choose, self._tooltip, self._trainable)
            self._list.build_list(LIST_HEIGHT)

    @property
    def chosen(self) -> str:
        """Name of the chosen task; empty when none is chosen."""
        return self._list.value

    def update(self, catalogue: Catalogue | None, loading: bool) -> None:
        """Once a frame: lists the tasks of the catalogue, and runs what callbacks enqueued."""
        if catalogue is not self._catalogue or loading is not self._loading:
            self._catalogue, self._loading = catalogue, loading
            self._tasks = {task.name: task for task in catalogue or ()}
            empty = "" if self._tasks else "Loading tasks…" if loading else "No tasks"
            self._list.set_items(tuple(self._tasks), empty)
        self._list.update()

    def key_pressed(self, key: int) -> None:
        """Passes a key to the list."""
        self._list.key_pressed(key)

    def _tooltip(self, name: str) -> str:
        libraries = ", ".join(format_of(library).label for library in self._tasks[name].libraries)
        return f"{name}\n{libraries or 'No library for it is supported here.'}"

    def _trainable(self, name: str) -> bool:
        return bool(self._tasks[name].libraries)

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
