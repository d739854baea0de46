# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a training would go on from, and in which settings it would differ: told before it is started."""

from __future__ import annotations

from ..errors import UserError
from ..isaac_lab import task_config
from ..learners.base import load_learner
from ..learners.resuming import changed_settings
from ..run_config import RunConfig
from ..runs.checkpoints import checkpoints
from .run_settings import as_dumped, settle
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
    asked = config.replace(device=task_config.resolve_device(config.device))
    settled = settle(asked, learner, playing=False)
    path = settled.checkpoint
    if path is None:
        return CheckpointDetails(config)
    listed = checkpoints(path.parent)
    iteration = next((one.iteration for one in listed if one.path == path), None)
    changes = changed_settings(path, as_dumped(settled.resolved.agent_cfg))
    return CheckpointDetails(config, path, iteration, changes)
