# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of skrl without importing it. See :mod:`..formats`."""

from __future__ import annotations

from typing import Any

from ..formats import (
    STEPS_OF_EACH_ENVIRONMENT,
    CheckpointFiles,
    CheckpointKind,
    LibraryFormat,
    load_module,
    setting,
)

FOLDER = "checkpoints"
"""The folder of a run that holds its checkpoints."""

MULTI_AGENT = ("ippo", "mappo")
"""The algorithms that train each agent of a task with a policy of its own, in lower case."""


class SkrlFormat(LibraryFormat):
    """The format of skrl."""

    def trains_each_agent(self, agent_cfg: Any) -> bool:
        """Returns whether the algorithm is one for several agents."""
        return str(setting(agent_cfg, "agent.class")).lower() in MULTI_AGENT

    def known_options(self, agent_cfg: Any) -> dict[str, dict[str, Any]]:
        """Returns the types of the fields of the library's configurations, which Isaac Lab keeps as dictionaries."""
        return load_module(self.name, "options").known_options(agent_cfg)

    def check_config(self, agent_cfg: Any) -> None:
        """Checks algorithm, networks, names of classes, and all texts that the library would evaluate as code."""
        load_module(self.name, "options").check_config(agent_cfg)


LIBRARY = SkrlFormat(
    name="skrl",
    label="skrl",
    distribution="skrl",
    extra="skrl",
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"agent_(\d+)\.pt", FOLDER),
        CheckpointFiles(CheckpointKind.BEST, r"best_agent\.pt", FOLDER),
    ),
    last_is_final=True,
    multi_gpu=True,
    step_unit=STEPS_OF_EACH_ENVIRONMENT,
    tag_units=((r".* / .*", STEPS_OF_EACH_ENVIRONMENT),),
    mean_reward_tag="Reward / Total reward (mean)",
    mean_length_tag="Episode / Total timesteps (mean)",
    rollout_key="agent.rollouts",
    length_key="trainer.timesteps",
    start_keys=(
        *(f"trainer.{name}" for name in ("timesteps", "close_environment_at_exit", "disable_progressbar")),
        "agent.experiment",
    ),
    positive_keys=("trainer.timesteps", "agent.rollouts", "agent.learning_epochs", "agent.mini_batches"),
    required_keys=("agent", "models", "memory", "trainer", "seed", "agent.class", "agent.rollouts"),
    experiment_key="agent.experiment.directory",
    run_name_key="agent.experiment.experiment_name",
    fine_tunes=True,
    policy_keys=(
        "models",
        *(f"agent.{what}_preprocessor" for what in ("observation", "state", "value", "amp_observation")),
    ),
)
