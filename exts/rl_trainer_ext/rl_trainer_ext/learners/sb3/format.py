# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of Stable-Baselines3 without importing it. See :mod:`..formats`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from ..formats import BEST_STEM, ENVIRONMENT_STEPS, CheckpointFiles, CheckpointKind, LibraryFormat, load_module


class Sb3Format(LibraryFormat):
    """The format of Stable-Baselines3."""

    def files(self, checkpoint: Path) -> tuple[Path, ...]:
        """Returns a checkpoint, and the statistics of VecNormalize where Isaac Lab looks for them."""
        return checkpoint, statistics_beside(checkpoint)

    def saved_steps(self, checkpoint: Path) -> int | None:
        """Returns the counter in a checkpoint, which is kept as JSON beside the weights."""
        try:
            with zipfile.ZipFile(checkpoint) as archive:
                return int(json.loads(archive.read("data"))["num_timesteps"])
        except (OSError, zipfile.BadZipFile, ValueError, KeyError, TypeError):
            return None

    def known_options(self, agent_cfg: Any) -> dict[str, dict[str, Any]]:
        """Returns the types of the constructors' parameters: the configuration is a dictionary of these."""
        return load_module(self.name, "options").known_options(agent_cfg)

    def check_config(self, agent_cfg: Any) -> None:
        """Checks the policy, its classes, and the schedules."""
        load_module(self.name, "options").check_config(agent_cfg)


def statistics_beside(checkpoint: Path) -> Path:
    """Returns the file of the statistics of VecNormalize that belong to a checkpoint."""
    return checkpoint.with_name(checkpoint.name.replace("model", "model_vecnormalize", 1)).with_suffix(".pkl")


LIBRARY = Sb3Format(
    name="sb3",
    label="Stable-Baselines3",
    short_label="SB3",
    distribution="stable-baselines3",
    extra="sb3",
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"model_([0-9]+)_steps\.zip"),
        CheckpointFiles(CheckpointKind.FINAL, r"model\.zip"),
        CheckpointFiles(CheckpointKind.BEST, rf"{BEST_STEM}\.zip"),
    ),
    step_unit=ENVIRONMENT_STEPS,
    tag_units=((r"(rollout|train|time)/.*", ENVIRONMENT_STEPS),),
    mean_reward_tag="rollout/ep_rew_mean",
    mean_length_tag="rollout/ep_len_mean",
    rollout_key="n_steps",
    length_key="n_timesteps",
    start_keys=("n_timesteps", "device"),
    positive_keys=("n_timesteps", "n_steps", "n_epochs", "batch_size", "n_minibatches"),
    required_keys=("policy", "n_timesteps", "n_steps", "seed", "gamma"),
    experiment_is_task=True,
    fine_tunes=True,
    policy_keys=("policy", "policy_kwargs", "use_sde", "normalize_input", "normalize_value", "clip_obs"),
    keeps_all_info=True,
)
