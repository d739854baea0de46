# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of Dummy without importing it."""

from __future__ import annotations

from rl_trainer_ext.learners.formats import ITERATIONS, CheckpointFiles, CheckpointKind, LibraryFormat

LIBRARY = LibraryFormat(
    name="dummy",
    label="Dummy",
    distribution="dummy-rl",
    checkpoints=(CheckpointFiles(CheckpointKind.PERIODIC, r"weights_([0-9]+)\.pt"),),
    last_is_final=True,
    step_unit=ITERATIONS,
    mean_reward_tag="dummy/return",
    mean_length_tag="dummy/length",
    rollout_key="trainer.rollout",
    length_key="trainer.iterations",
    start_keys=("trainer.iterations",),
    positive_keys=("trainer.rollout",),
    no_export="Isaac Lab cannot export policies of Dummy: play them here.",
)
