# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Filters of the task list, behind one button: workflow, library, physics, cameras, and what runs here."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import omni.ui as ui

from ...isaac_lab.tasks import Task, TaskDetails
from ...learners.formats import format_of
from ..widgets.fields import Dropdown, row
from ..widgets.weak import weak_callback

Known = Callable[[str], TaskDetails | None]
"""Returns what is known of a task by its name; None where its configuration has not been read."""

_ANY = ("", "any")
_YES, _NO = "yes", "no"


class TaskFilters:
    """The button, and the choices that it shows. None of them is remembered: a new session lists all tasks.

    Args:
        known: What is known of each task.
        on_change: Called when the user chose another filter.
    """

    def __init__(self, known: Known, on_change: Callable[[], None]) -> None:
        self._known, self._on_change = known, on_change
        self._choices: dict[str, Dropdown] = {}
        self._rows: dict[str, ui.Widget] = {}

    def build_button(self) -> None:
        """Builds the button that shows and hides the choices."""
        self._button = ui.Button(
            "Filter",
            width=56,
            identifier="task_filters",
            tooltip="Shows filters: workflow, library, physics, cameras, and which tasks run here.",
            clicked_fn=weak_callback(self._toggle),
        )

    def build_choices(self) -> None:
        """Builds the choices, which are hidden at first."""
        self._body = ui.VStack(height=0, spacing=4, visible=False)
        with self._body:
            self._add("workflow", "Workflow", "Whether it is written with managers, directly, or for several agents.")
            self._add("library", "Library", "The library that has a configuration for the task.")
            self._add("physics", "Physics", "The physics that the task is configured for.")
            self._add("cameras", "Cameras", "Whether the task needs rendered pictures, which are slow.")
            self._add("runs", "Runs here", "Whether assets are within reach, and the physics is installed.")

    def _add(self, key: str, label: str, tooltip: str) -> None:
        self._rows[key] = ui.VStack(height=0)
        with self._rows[key], row(label, tooltip):
            self._choices[key] = Dropdown(f"filter_{key}", tooltip, self._chosen)

    def _toggle(self) -> None:
        self._body.visible = not self._body.visible
        if not self._body.visible and self.active:
            # a filter that is not to be seen would make tasks vanish
            for choice in self._choices.values():
                choice.set_value("")
            self._chosen()

    def _chosen(self) -> None:
        self._button.name = "primary" if self.active else ""
        self._on_change()

    @property
    def active(self) -> bool:
        """Whether any filter is set."""
        return any(choice.value for choice in self._choices.values())

    def offer(self, tasks: Iterable[Task]) -> None:
        """Offers what these tasks have. Called between frames, when the tasks or what is known of them changed."""
        tasks = list(tasks)
        known = [details for task in tasks if (details := self._known(task.name)) is not None]
        cards = [details.card for details in known if details.card is not None]
        libraries = sorted({library for task in tasks for library in task.libraries})
        self._offer("workflow", [(each, each) for each in sorted({task.workflow for task in tasks} - {""})])
        self._offer("library", [(each, format_of(each).label) for each in libraries])
        self._offer("physics", [(each, each) for each in sorted({name for card in cards for name in card.runs_on})])
        self._offer("cameras", [(_YES, "with"), (_NO, "without")] if cards else [])
        self._offer("runs", [(_YES, "yes"), (_NO, "no")] if known else [])

    def _offer(self, key: str, options: list[tuple[str, str]]) -> None:
        choice = self._choices[key]
        choice.set_options([_ANY, *options], choice.value)
        self._rows[key].visible = len(options) > 1

    def accepts(self, task: Task) -> bool:
        """Returns whether a task passes. What is not known of it yet passes no filter."""
        wanted = {key: choice.value for key, choice in self._choices.items() if choice.value}
        details = self._known(task.name)
        card = None if details is None else details.card
        for key, value in wanted.items():
            if key == "workflow":
                passes = task.workflow == value
            elif key == "library":
                passes = value in task.libraries
            elif key == "physics":
                passes = card is not None and value in card.runs_on
            elif key == "cameras":
                passes = card is not None and card.cameras == (value == _YES)
            else:
                passes = details is not None and (not details.problem) == (value == _YES)
            if not passes:
                return False
        return True
