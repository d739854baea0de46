# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A text for each task, remembered as one setting: what fits one task may not fit another."""

from __future__ import annotations

import json

from ...runs import as_text


class PerTask:
    """The texts by task; the current task's is the one that :meth:`keep` changes."""

    def __init__(self) -> None:
        self._task = ""
        self._texts: dict[str, str] = {}

    def restore(self, task: str, remembered: str) -> None:
        """Takes the texts of an earlier session, and the task that is shown."""
        self._task, self._texts = task, _texts(remembered)

    def remembered(self) -> str:
        """Returns all texts that are not empty, for :meth:`restore`."""
        return json.dumps({task: text for task, text in self._texts.items() if text})

    def keep(self, task: str, text: str) -> None:
        """Keeps the text of the task that is shown; an empty name keeps none."""
        self._task = task
        if task:
            self._texts[task] = text

    def changed_to(self, task: str) -> str | None:
        """Returns the text of a task that the user chooses; None where it is the one that is shown."""
        return self._texts.get(task, "") if self._task and task != self._task else None


def _texts(remembered: str) -> dict[str, str]:
    """The remembered texts by task; none where the setting is not what this class wrote."""
    try:
        values = json.loads(remembered or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {task: as_text(text) for task, text in values.items() if isinstance(text, str)}
