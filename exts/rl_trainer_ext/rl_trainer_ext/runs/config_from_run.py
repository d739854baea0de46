# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configures a run as an earlier run was configured, to play or resume that one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..run_config import RunConfig
from .manifest import Manifest
from .model import Run
from .record import RunRecord


def config_from_run(run: Run, checkpoint: Path) -> RunConfig:
    """Returns the configuration that plays a checkpoint of a run, or resumes its training.

    It is the configuration in the run's record or, for a run of ``isaaclab train``, that in its manifest, without the
    limit of iterations and other rules for its end.

    Raises:
        UserError: When the task of the run is unknown.
    """
    record = RunRecord.read(run.path)
    if record is not None:
        config = record.config
    else:
        manifest = Manifest.read(run.path)
        config = RunConfig(run.task, run.library, agent=None if manifest is None else manifest.agent)
    if not config.task:
        raise UserError(
            f"{run.path.name} has no manifest, so its task is unknown: choose the task in the panel, "
            f"and enter the path of the checkpoint in its field: {checkpoint}"
        )
    return config.replace(
        library=run.library,
        checkpoint=str(checkpoint),
        log_root=str(run.path.parent.parent.parent),
        max_iterations=None,
        stop_reward=None,
        stop_patience=None,
        stop_minutes=None,
        eval_interval=None,
        eval_episodes=None,
        num_steps=None,
        speed=1.0,
        fine_tune=False,
        video=False,
    )


@dataclass(frozen=True)
class Origin:
    """What a run was started with, as far as its files say.

    Args:
        task: Its task; empty where unknown.
        agent: The key of its agent configuration; None where unknown.
        overrides: Its overrides; None where unknown, as for a run of ``isaaclab train``.
    """

    task: str
    agent: str | None
    overrides: tuple[str, ...] | None


def read_origin(run_dir: Path, library: str) -> Origin:
    """Reads what a run of a library was started with."""
    manifest = Manifest.read(run_dir)
    task = "" if manifest is None else manifest.task
    record = RunRecord.read(run_dir)
    if record is None:
        return Origin(task, None if manifest is None else manifest.agent, None)
    config = record.config
    return Origin(config.task or task, config.agent or f"{library}_cfg_entry_point", config.overrides)
