# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The catalogue of tasks and the libraries that each can be trained with."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import UserError, shortened
from ..learners.formats import OUTSIDE, trainable, unknown_library
from ..run_config import RunConfig
from .registration import register_external, register_tasks
from .task_card import TaskCard
from .task_settings import TaskSettings


@dataclass(frozen=True)
class Task:
    """One registered task."""

    name: str
    libraries: tuple[str, ...]
    """The libraries that train here and that the task has a configuration for."""
    default_library: str = ""
    """The one that its registration names as ``default_agent``, if it is one of :attr:`libraries`; empty otherwise."""
    agents: tuple[str, ...] = ()
    """The keys of all agent configurations in its registration, such as ``rsl_rl_cfg_entry_point``."""
    deprecated: bool = False
    """Whether it is registered under an old name, which is accepted and not listed."""
    workflow: str = ""
    """``manager-based``, ``direct`` or ``multi-agent``."""
    package: str = ""
    """The package that registers it, such as ``isaaclab_tasks``."""
    family: str = ""
    """The folder of its configuration that similar tasks share, such as ``velocity``."""

    @property
    def usual_library(self) -> str:
        """The library that it names, or else the first that it has; empty where none trains here."""
        return self.default_library or next(iter(self.libraries), "")

    def agents_of(self, library: str) -> tuple[str, ...]:
        """Returns the keys of its agent configurations for a library."""
        return tuple(key for key in self.agents if key.startswith(f"{library}_"))


@dataclass(frozen=True)
class PresetGroup:
    """Alternatives of which a run has one.

    Args:
        selector: What chooses among them: ``physics``, ``renderer``, or ``presets``, which takes one of each group.
        names: Their names.
        changes: The keys that they change, such as ``env.sim.physics``.
        usual: The one that applies here unless another is chosen; empty where it has no name.
    """

    selector: str
    names: tuple[str, ...]
    changes: tuple[str, ...] = ()
    usual: str = ""


@dataclass(frozen=True)
class TaskDetails:
    """The defaults of a task with a library, and why it cannot run here."""

    task: str
    library: str
    device: str
    num_envs: int
    max_iterations: int
    seed: int | None
    problem: str = ""
    """One sentence that says why it cannot run, such as unreachable assets; empty if it can."""
    agent: str | None = None
    """The key of the agent configuration; None for the library's usual one."""
    overrides: tuple[str, ...] = ()
    """The presets that are chosen, such as ``physics=newton_mjwarp``."""
    presets: tuple[PresetGroup, ...] = ()
    """The choices of presets that there are."""
    note: str = ""
    """One sentence about how the library trains the task that a user may not expect; empty for nothing."""
    card: TaskCard | None = None
    """More about the task; None where it cannot be read."""
    settings: TaskSettings | None = field(default=None, compare=False, repr=False)
    """All of its configuration; None where it cannot be read."""


class Catalogue:
    """All registered Isaac Lab tasks, by name.

    Args:
        tasks: The registered tasks.
        problems: One line for each package of tasks that could not be imported, with the cause.
    """

    def __init__(self, tasks: list[Task], problems: tuple[str, ...] = ()) -> None:
        self._tasks = {task.name: task for task in sorted(tasks, key=lambda task: task.name)}
        self._listed = [task for task in self._tasks.values() if not task.deprecated]
        self.problems = problems

    def __iter__(self) -> Iterator[Task]:
        return iter(self._listed)

    def __len__(self) -> int:
        return len(self._listed)

    def __contains__(self, name: str) -> bool:
        return name in self._tasks

    def matching(self, text: str) -> list[Task]:
        """Returns the tasks whose names contain every word of ``text``, in any order and case."""
        words = re.split(r"[\s\-_]+", text.lower().strip())
        return [task for task in self if all(word in task.name.lower() for word in words)]

    def get(self, name: str) -> Task:
        """Returns the task of a name.

        Raises:
            UserError: When there is none; names the nearest.
        """
        # Isaac Lab accepts a namespace in front of the name
        task = self._tasks.get(name.split(":")[-1])
        if task is None:
            lowered = {known.name.lower(): known.name for known in self}
            near = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.5)]
            hint = f"did you mean {' or '.join(near)}?" if near else "see the task list for the names."
            broken = "".join(f" {problem}" for problem in self.problems)
            raise UserError(f"There is no task '{shortened(name)}': {hint}{broken}")
        return task

    def complete(self, config: RunConfig) -> RunConfig:
        """Returns a configuration with the task's default library if it names none.

        Raises:
            UserError: When the task does not exist, or has no such library or agent configuration; names those it has.
        """
        task = self.get(config.task)
        library = config.library or task.usual_library
        if library in OUTSIDE:
            raise UserError(unknown_library(library))
        if library not in task.libraries:
            has = (
                f"it has one for {', '.join(task.libraries)}" if task.libraries else "it has none that can be used here"
            )
            asked = f"for '{shortened(library)}'" if library else "of a library"
            raise UserError(f"{task.name} has no configuration {asked}: {has}.")
        if config.agent is not None:
            _check_agent(task, library, config.agent)
        formats = trainable()
        if config.keep_all_info and not formats[library].keeps_all_info:
            those = " and ".join(each.label for each in formats.values() if each.keeps_all_info)
            raise UserError(f"--keep_all_info is for {those}, not for {formats[library].label}: leave it out.")
        if config.experiment_name is not None and not formats[library].experiment_key:
            raise UserError(
                f"{formats[library].label} names the experiment by the task, as with Isaac Lab's command: leave "
                "--experiment_name out."
            )
        loggers = formats[library].loggers
        if config.logger is not None and config.logger not in loggers:
            offered = f"choose {' or '.join(loggers)}." if loggers else "leave --logger out."
            raise UserError(f"{formats[library].label} has no logger '{shortened(config.logger)}': {offered}")
        if config.fine_tune and not formats[library].fine_tunes:
            those = " and ".join(each.label for each in formats.values() if each.fine_tunes)
            raise UserError(
                f"Fine-tuning is for {those}, not for {formats[library].label}: resume the training instead."
            )
        return config.replace(library=library)

    def for_preview(self, config: RunConfig) -> RunConfig:
        """Returns a configuration with the library that would train the task, or none if there is no such library.

        Raises:
            UserError: When the task does not exist.
        """
        task = self.get(config.task)
        library = config.library or task.usual_library
        if library not in task.libraries:
            return config.replace(library="", agent=None)
        return config.replace(library=library, agent=config.agent if config.agent in task.agents_of(library) else None)


def agent_label(key: str, library: str) -> str:
    """Returns the words of an agent configuration's key, such as ``with symmetry``; those of the usual one: default."""
    return key.removeprefix(f"{library}_").removesuffix("cfg_entry_point").replace("_", " ").strip() or "default"


def _check_agent(task: Task, library: str, agent: str) -> None:
    usable = task.agents_of(library)
    if agent in usable:
        return
    if agent in task.agents:
        raise UserError(f"{agent} is not a configuration for {library}: choose {' or '.join(usable)}.")
    near = difflib.get_close_matches(agent, usable, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"choose {' or '.join(usable)}."
    raise UserError(f"{task.name} has no agent configuration '{shortened(agent)}': {hint}")


def load_catalogue(external: Sequence[str] = ()) -> Catalogue:
    """Imports all tasks, and those of modules without an entry point, and lists them."""
    return list_tasks((*register_tasks(), *register_external(external)))


def list_tasks(problems: tuple[str, ...] = ()) -> Catalogue:
    """Lists the tasks that are registered now.

    Args:
        problems: One line for each package of tasks that could not be imported.
    """
    import gymnasium

    tasks = [
        _task(name, str(spec.entry_point), spec.kwargs)
        for name, spec in gymnasium.registry.items()
        if "env_cfg_entry_point" in spec.kwargs
    ]
    return Catalogue(tasks, problems)


def _task(name: str, environment: str, registered: Mapping[str, Any]) -> Task:
    libraries = tuple(library for library in trainable() if f"{library}_cfg_entry_point" in registered)
    default = registered.get("default_agent", "")
    agents = tuple(key for key in registered if key.endswith("_cfg_entry_point") and key != "env_cfg_entry_point")
    package, family = _place(registered["env_cfg_entry_point"])
    return Task(
        name,
        libraries,
        default if default in libraries else "",
        agents,
        bool(registered.get("deprecated")),
        _workflow(environment, agents),
        package,
        family,
    )


def _workflow(environment: str, agents: tuple[str, ...]) -> str:
    """Returns the workflow of a task by its registration, without importing its environment."""
    if environment.startswith("isaaclab.envs:ManagerBased"):
        return "manager-based"
    # only tasks with several agents have configurations for algorithms that train several
    return "multi-agent" if any("_ippo_" in key or "_mappo_" in key for key in agents) else "direct"


def _place(configuration: Any) -> tuple[str, str]:
    """Returns the package and the family of a task by where its configuration is."""
    module = configuration if isinstance(configuration, str) else getattr(configuration, "__module__", "")
    parts = module.partition(":")[0].split(".")
    after = next((index + 1 for index, part in enumerate(parts[:-1]) if part in _FOLDERS_OF_FAMILIES), None)
    family = parts[max(len(parts) - 2, 0)] if after is None else parts[after]
    return parts[0], family


_FOLDERS_OF_FAMILIES = ("core", "contrib", "benchmark", "tasks")
"""Folders of Isaac Lab, and of the projects that it lays out, whose folders are families of tasks."""
