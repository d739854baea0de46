# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A double of the trainer for tests of the panel alone: it trains nothing."""

from __future__ import annotations

import dataclasses
from typing import Any

from rl_trainer_ext.isaac_lab.task_settings import TaskSettings
from rl_trainer_ext.isaac_lab.tasks import Catalogue, PresetGroup, Task, TaskDetails
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Command, Describe
from rl_trainer_ext.training.snapshot import Counts, RunView, Snapshot, State

LONG_NAME = "IsaacContrib-Factory-GearMesh-Direct-With-Contact-Sensors-And-Randomized-Friction-v0"
NO_LIBRARY = "Isaac-Shadow-Hand-Vision-Direct"
ONLY_RSL_RL = "Isaac-Velocity-Rough-Anymal-D"

TASKS = [
    Task("Isaac-Ant", ("rsl_rl", "sb3")),
    Task("Isaac-Ant-Camera-Direct", ("rsl_rl",)),
    Task("Isaac-Ant-Direct", ("rsl_rl",)),
    Task("Isaac-Cartpole", ("rsl_rl", "sb3")),
    Task("Isaac-Cartpole-Direct", ("rsl_rl", "sb3")),
    Task(ONLY_RSL_RL, ("rsl_rl",)),
    Task(NO_LIBRARY, ()),
    Task("Isaac-Ant-Old", ()),
    Task(LONG_NAME, ("rsl_rl",)),
    *[Task(f"Isaac-Reach-Arm-{index:02d}", ("rsl_rl",)) for index in range(30)],
]


class RecordingTrainerDouble:
    """Records the commands, and serves the snapshot that a test made. Answers :class:`Describe` at once.

    Args:
        snapshot: Served until :meth:`serve` changes it.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.served = snapshot
        self.commands: list[Command] = []
        self.problems: dict[str, str] = {}
        """By task: what stands in the way of running it."""
        self.presets: dict[str, tuple[PresetGroup, ...]] = {}
        """By task: the presets that it offers."""
        self.notes: dict[str, str] = {}
        """By task: what is told of how it is trained."""
        self.settings: dict[str, TaskSettings] = {}
        """By task: its settings."""

    def request(self, command: Command) -> None:
        self.commands.append(command)
        if isinstance(command, Describe):
            large = command.task.startswith("Isaac-Ant")
            details = TaskDetails(
                command.task,
                command.library,
                command.device,
                num_envs=8192 if large else 4096,
                max_iterations=1000 if large else 300,
                seed=42,
                problem=self.problems.get(command.task, ""),
                agent=command.agent,
                overrides=command.overrides,
                presets=self.presets.get(command.task, ()),
                note=self.notes.get(command.task, ""),
                settings=self.settings.get(command.task),
            )
            self.serve(details=details)

    def snapshot(self) -> Snapshot:
        return self.served

    def serve(self, **changes: Any) -> None:
        """Changes the snapshot, see :func:`changed`."""
        self.served = changed(self.served, **changes)

    def of(self, kind: type) -> list[Any]:
        """The recorded commands of one kind."""
        return [command for command in self.commands if isinstance(command, kind)]


def idle(**changes: Any) -> Snapshot:
    """The snapshot of a trainer that has loaded its tasks and waits."""
    return changed(Snapshot(State.IDLE, catalogue=Catalogue(TASKS), devices=("cpu", "cuda:0")), **changes)


def changed(snapshot: Snapshot, **changes: Any) -> Snapshot:
    """Returns the snapshot with other values in it, in its run, or in the counts of its run.

    A value that belongs to the run makes one where there is none.
    """
    of_counts, of_run = _taken(Counts, changes), _taken(RunView, changes)
    if of_counts or of_run:
        run = snapshot.run or RunView(RunConfig("Isaac-Cartpole", "rsl_rl"))
        changes["run"] = dataclasses.replace(run, counts=dataclasses.replace(run.counts, **of_counts), **of_run)
    return dataclasses.replace(snapshot, **changes)


def _taken(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """Takes the values that are fields of a data class out of a dictionary."""
    return {field.name: values.pop(field.name) for field in dataclasses.fields(kind) if field.name in values}


def learning_metrics(points: int) -> Metrics:
    """A training that goes well, with the scalars that RSL-RL logs."""
    metrics = Metrics()
    for step in range(points):
        progress = 1 - 2.718 ** (-step / (0.25 * points + 1))
        wave = ((step * 7919) % 101) / 101 - 0.5
        metrics.add(MEAN_REWARD, 290 * progress + 25 * wave, step)
        metrics.add(MEAN_EPISODE_LENGTH, 20 + 280 * progress + 10 * wave, step)
        metrics.add("Loss/value", 3.0 * (1 - progress) + 0.3 * wave, step)
        metrics.add("Loss/surrogate", -0.01 * wave, step)
        metrics.add("Loss/entropy", 1.4 - progress, step)
        metrics.add("Loss/learning_rate", 1e-3 * (1 - 0.5 * progress), step)
        metrics.add("Policy/mean_noise_std", 1.0 - 0.6 * progress, step)
        metrics.add("Perf/total_fps", 98_000 + 4_000 * wave, step)
        metrics.add("Perf/collection time", 0.21 + 0.02 * wave, step)
        metrics.add("Episode_Reward/alive", 0.9 * progress, step)
        metrics.add("Episode_Reward/pole_position_tracking", -0.2 * (1 - progress), step)
        metrics.add("Episode_Termination/time_out", progress, step)
    return metrics


class SettingsInMemory:
    """Settings that live as long as the test."""

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = dict(values)

    def get(self, key: str, default: Any) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value
