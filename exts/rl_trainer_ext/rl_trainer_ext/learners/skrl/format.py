# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of skrl without importing it. See :mod:`..formats`."""

from __future__ import annotations

from ..formats import STEPS_OF_EACH_ENVIRONMENT, CheckpointFiles, CheckpointKind, LibraryFormat

LIBRARY = LibraryFormat(
    name="skrl",
    label="skrl",
    distribution="skrl",
    trains=False,
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"agent_(\d+)\.pt", "checkpoints"),
        CheckpointFiles(CheckpointKind.BEST, r"best_agent\.pt", "checkpoints"),
    ),
    last_is_final=True,
    step_unit=STEPS_OF_EACH_ENVIRONMENT,
    tag_units=((r".* / .*", STEPS_OF_EACH_ENVIRONMENT),),
    mean_reward_tag="Reward / Total reward (mean)",
    mean_length_tag="Episode / Total timesteps (mean)",
    rollout_key="agent.rollouts",
    length_key="trainer.timesteps",
    start_keys=("trainer.timesteps", "agent.experiment"),
)
