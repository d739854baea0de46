# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The catalogue: which tasks there are, with which libraries, and whether their assets are within reach."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import UserError

LIBRARIES = {"rsl_rl": "RSL-RL", "sb3": "Stable-Baselines3"}
"""The libraries that this extension trains with: Isaac Lab's name, and the one for people."""


@dataclass(frozen=True)
class Task:
    """One registered task."""

    name: str
    libraries: tuple[str, ...]
    """Those of :data:`LIBRARIES` that the task has a configuration for."""


@dataclass(frozen=True)
class TaskDetails:
    """The defaults of a task with a library, and what stands in the way of running it here."""

    task: str
    library: str
    device: str
    num_envs: int
    max_iterations: int
    seed: int | None
    problem: str = ""
    """One sentence about what stands in the way, such as assets out of reach; empty when nothing does."""


class Catalogue:
    """All registered Isaac Lab tasks, by name."""

    def __init__(self, tasks: list[Task]) -> None:
        self._tasks = {task.name: task for task in sorted(tasks, key=lambda task: task.name)}

    def __iter__(self) -> Iterator[Task]:
        return iter(self._tasks.values())

    def __len__(self) -> int:
        return len(self._tasks)

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    def matching(self, text: str) -> list[Task]:
        """The tasks whose name holds every word of ``text``, in any order and case."""
        words = re.split(r"[\s\-_]+", text.lower().strip())
        return [task for task in self if all(word in task.name.lower() for word in words)]

    def get(self, name: str) -> Task:
        """The task of that name.

        Raises:
            UserError: When there is none; names the nearest ones.
        """
        # Isaac Lab accepts a namespace in front of the name
        task = self._tasks.get(name.split(":")[-1])
        if task is None:
            lowered = {known.lower(): known for known in self._tasks}
            near = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
            hint = f"did you mean {' or '.join(near)}?" if near else "see the task list for the names."
            raise UserError(f"There is no task '{name}': {hint}")
        return task

    def check_library(self, name: str, library: str) -> None:
        """Checks that a task can be trained with a library.

        Raises:
            UserError: When it has no configuration for it; names those it has.
        """
        task = self.get(name)
        if library not in task.libraries:
            has = (
                f"it has one for {', '.join(task.libraries)}" if task.libraries else "it has none that can be used here"
            )
            raise UserError(f"{task.name} has no configuration for '{library}': {has}.")


def load_catalogue() -> Catalogue:
    """Imports Isaac Lab's tasks, which takes seconds, and lists them."""
    import gymnasium
    import isaaclab_tasks  # noqa: F401 - registers the tasks

    tasks = []
    for name, spec in gymnasium.registry.items():
        if "env_cfg_entry_point" in spec.kwargs:
            libraries = tuple(library for library in LIBRARIES if f"{library}_cfg_entry_point" in spec.kwargs)
            tasks.append(Task(name, libraries))
    return Catalogue(tasks)
