# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of RSL-RL without importing it. See :mod:`..formats`."""

from __future__ import annotations

import importlib.util
from typing import Any

from ...errors import UserError
from ...run_config import check_folder_name
from ...system.installation import pip_line
from ..formats import BEST_STEM, ITERATIONS, SECONDS, CheckpointFiles, CheckpointKind, LibraryFormat

_PACKAGES_OF_LOGGERS = {"wandb": "wandb", "neptune": "neptune"}


class RslRlFormat(LibraryFormat):
    """The format of RSL-RL."""

    def check_config(self, agent_cfg: Any) -> None:
        """Checks the names of the run's folders, and that the package of its logger is installed."""
        check_folder_name("agent.experiment_name", agent_cfg.experiment_name)
        if agent_cfg.run_name:
            check_folder_name("agent.run_name", str(agent_cfg.run_name))
        package = _PACKAGES_OF_LOGGERS.get(agent_cfg.logger)
        if package is not None and importlib.util.find_spec(package) is None:
            raise UserError(
                f"agent.logger={agent_cfg.logger} needs {package}, which is not installed: run {pip_line(package)} "
                "in a terminal, or use agent.logger=tensorboard."
            )


LIBRARY = RslRlFormat(
    name="rsl_rl",
    label="RSL-RL",
    distribution="rsl-rl-lib",
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"model_([0-9]+)\.pt"),
        CheckpointFiles(CheckpointKind.BEST, rf"{BEST_STEM}\.pt"),
    ),
    last_is_final=True,
    multi_gpu=True,
    step_unit=ITERATIONS,
    tag_units=((r".*/time", SECONDS),),  # some curves are logged a second time, against the training's seconds
    mean_reward_tag="Train/mean_reward",
    mean_length_tag="Train/mean_episode_length",
    rollout_key="num_steps_per_env",
    length_key="max_iterations",
    save_interval_key="save_interval",
    start_keys=("max_iterations", "device", "run_name", "experiment_name", "resume", "load_run"),
    positive_keys=(
        *("max_iterations", "num_steps_per_env", "save_interval"),
        *("algorithm.num_mini_batches", "algorithm.num_learning_epochs"),
    ),
    experiment_key="experiment_name",
    run_name_key="run_name",
    loggers=("tensorboard", "wandb", "neptune"),
    logger_key="logger",
    log_project_keys=("wandb_project", "neptune_project"),
    fine_tunes=True,
    policy_keys=("actor", "critic", "student", "teacher", "clip_actions"),
    nullable_keys=("algorithm.desired_kl",),
    export_overrides=("agent.device={device}",),
)
