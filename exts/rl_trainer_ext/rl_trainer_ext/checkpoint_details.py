# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a training would go on from, and in which settings it would differ: told before it is started."""

from __future__ import annotations

import tempfile
from pathlib import Path

from . import runs, task_config
from .errors import UserError
from .learners.base import load_learner
from .resuming import changed_settings
from .run_config import RunConfig
from .runs.checkpoints import checkpoints
from .runs.parameters import parameters
from .snapshot import CheckpointDetails


def describe_checkpoint(config: RunConfig) -> CheckpointDetails:
    """The answer to :class:`.snapshot.DescribeCheckpoint`. Takes as long as reading the task's configuration does."""
    try:
        return _describe(config)
    except UserError as error:
        return CheckpointDetails(config, problem=str(error))
    except Exception as error:
        # a task whose configuration does not load is reported, and the others stay usable
        problem = f"The configuration of {config.task} cannot be read: {type(error).__name__}: {error}"
        return CheckpointDetails(config, problem=problem.splitlines()[0])


def _describe(config: RunConfig) -> CheckpointDetails:
    learner = load_learner(config.library)
    resolved = task_config.resolve(config.replace(device=task_config.resolve_device(config.device)))
    agent_cfg = learner.configure(config, resolved.env_cfg, resolved.agent_cfg)
    experiment, any_task = learner.experiment(config, agent_cfg), learner.takes_teachers(agent_cfg)
    path = runs.find_checkpoint(config, experiment, learner.checkpoint_pattern, any_task=any_task)
    listed = checkpoints(path.parent)
    iteration = next((one.iteration for one in listed if one.path == path), None)
    return CheckpointDetails(config, path, iteration, changed_settings(path, _as_dumped(agent_cfg)))


def _as_dumped(agent_cfg: object) -> dict:
    """An agent's configuration in the plain values that the files of a run hold."""
    from isaaclab_rl.entrypoints.common import dump_train_configs

    with tempfile.TemporaryDirectory() as folder:
        dump_train_configs(folder, {}, agent_cfg)
        return parameters(Path(folder))[1]
