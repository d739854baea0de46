# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Answers before a run: the defaults of a task, and the checkpoint that a training would resume from."""

from __future__ import annotations

import contextlib

from ..errors import UserError
from ..isaac_lab import task_config
from ..isaac_lab.presets import task_presets
from ..isaac_lab.tasks import PresetGroup, TaskDetails
from ..learners.base import load_learner
from ..learners.resuming import changed_settings
from ..run_config import RunConfig
from ..runs.checkpoints import list_checkpoints, run_dir_of
from .commands import Describe
from .run_settings import configure_run
from .settings_of_run import as_dumped
from .snapshot import CheckpointDetails


class TaskDescriptions:
    """Reads the defaults of tasks, and caches them."""

    def __init__(self) -> None:
        self._known: dict[Describe, TaskDetails] = {}

    def get(self, asked: Describe) -> TaskDetails:
        """Returns the answer to a question. Never raises."""
        details = self._known.get(asked) or _describe_task(asked)
        if not details.problem:  # a problem may pass: a server becomes reachable, a package is installed
            self._known[asked] = details
        return details


def _describe_task(asked: Describe) -> TaskDetails:
    try:
        return task_config.describe(
            asked.task, asked.library, asked.device, asked.agent, asked.overrides, elsewhere=asked.elsewhere
        )
    except UserError as error:
        problem = str(error)
    except (Exception, SystemExit) as error:
        problem = _unreadable(asked.task, error)
    presets: tuple[PresetGroup, ...] = ()
    with contextlib.suppress(Exception):  # that a preset is unknown must not hide those that there are
        presets = task_presets(asked.task, asked.agent or f"{asked.library}_cfg_entry_point")
    return TaskDetails(
        asked.task, asked.library, asked.device, 0, 0, None, problem, asked.agent, asked.overrides, presets
    )


def _unreadable(task: str, error: BaseException) -> str:
    # a task whose configuration does not load is reported, and the others stay usable
    return f"The configuration of {task} cannot be read: {type(error).__name__}: {error}".splitlines()[0]


def describe_checkpoint(config: RunConfig) -> CheckpointDetails:
    """Returns the answer to :class:`.snapshot.DescribeCheckpoint`. Reads the task's configuration, which takes time."""
    try:
        return _describe_checkpoint(config)
    except UserError as error:
        return CheckpointDetails(config, problem=str(error))
    except Exception as error:
        return CheckpointDetails(config, problem=_unreadable(config.task, error))


def _describe_checkpoint(config: RunConfig) -> CheckpointDetails:
    learner = load_learner(config.library)
    asked = config.replace(device=task_config.resolve_device(config.device))
    settings = configure_run(asked, learner, playing=False)
    path = settings.checkpoint
    if path is None:
        return CheckpointDetails(config)
    run_dir = run_dir_of(path, config.library)
    listed = list_checkpoints(run_dir)
    iteration = next((one.iteration for one in listed if one.path == path), None)
    changes = changed_settings(run_dir, as_dumped(settings.resolved.agent_cfg))
    return CheckpointDetails(config, path, iteration, changes)
