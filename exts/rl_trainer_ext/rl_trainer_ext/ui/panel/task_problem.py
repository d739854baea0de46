# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the form says about the chosen task: a note, or why it cannot be trained here."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...isaac_lab.tasks import Task, TaskDetails
from ...learners.formats import trainable
from ...runs import as_text
from ..widgets import style


class TaskProblem:
    """Two texts in the current layout, hidden while they are empty, and the button that checks again.

    Args:
        check_again: Called when the user wants to know whether the problem is still there.
    """

    def __init__(self, check_again: Callable[[], None]) -> None:
        self._note = ui.Label("", name="dim", word_wrap=True, visible=False, identifier="task_note")
        self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="problem")
        self._again = ui.Button(
            "Check again",
            identifier="check_again",
            tooltip="Check again whether the task can run here.",
            visible=False,
            height=style.ROW_HEIGHT,
            clicked_fn=check_again,
        )

    @property
    def text(self) -> str:
        """The problem; empty when there is none."""
        return self._problem.text if self._problem.visible else ""

    def show(self, task: Task | None, unknown: str, details: TaskDetails | None) -> None:
        """Shows what is known.

        Args:
            task: The chosen task; None while there is none.
            unknown: Why there is no such task; or empty.
            details: What Isaac Lab says of it with the chosen options; None while it is not known.
        """
        if unknown:
            problem = unknown
        elif task is not None and not task.libraries:
            labels = " or ".join(each.label for each in trainable().values())
            problem = f"{task.name} has no configuration for {labels}: choose another task."
        else:
            problem = details.problem if details is not None else ""
        note = details.note if details is not None else ""
        self._note.text, self._note.visible = as_text(note), bool(note)
        self._problem.text, self._problem.visible = as_text(problem), bool(problem)
        self._again.visible = bool(problem) and task is not None and bool(task.libraries)
