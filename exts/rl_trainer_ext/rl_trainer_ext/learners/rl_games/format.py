# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of RL-Games without importing it. See :mod:`..formats`."""

from __future__ import annotations

from typing import Any

from ..formats import (
    ENVIRONMENT_STEPS,
    ITERATIONS,
    SECONDS,
    CheckpointFiles,
    CheckpointKind,
    LibraryFormat,
    load_module,
)

FOLDER = "nn"
"""The folder of a run that holds its checkpoints."""


class RlGamesFormat(LibraryFormat):
    """The format of RL-Games."""

    def known_options(self, agent_cfg: Any) -> dict[str, dict[str, Any]]:
        """Returns the types of the names that the library reads: the configuration is a dictionary of these."""
        return load_module(self.name, "options").known_options()

    def check_config(self, agent_cfg: Any) -> None:
        """Checks the algorithm, the name of the experiment, and the numbers that are written as texts."""
        load_module(self.name, "options").check_config(agent_cfg)


_CONFIG = "params.config"

LIBRARY = RlGamesFormat(
    name="rl_games",
    label="RL-Games",
    distribution="rl-games",
    # without their dependencies: rl-games asks for a psutil before 6 and for two other packages, and imports none
    requirements=("rl-games==1.6.5", "gym==0.26.2", "tensorboardX==2.6.5"),
    modules=("rl_games", "gym", "tensorboardX"),
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"last_.*_ep_(\d+)_.*\.pth", FOLDER),
        CheckpointFiles(CheckpointKind.BEST, r"(?!last_).*\.pth", FOLDER),
    ),
    last_is_final=True,
    multi_gpu=True,
    step_unit=ITERATIONS,
    first_iteration=1,
    tag_units=(
        (r".*/time", SECONDS),
        (r"(Episode|diagnostics)/.*|.*/iter", ITERATIONS),
        (r"(losses|info|performance)/.*|.*/(step|frame)|scores/mean", ENVIRONMENT_STEPS),
    ),
    mean_reward_tag="rewards/iter",
    mean_length_tag="episode_lengths/iter",
    rollout_key=f"{_CONFIG}.horizon_length",
    length_key=f"{_CONFIG}.max_epochs",
    length_is_total=True,
    seed_key="params.seed",
    save_interval_key=f"{_CONFIG}.save_frequency",
    start_keys=(
        *(f"{_CONFIG}.{name}" for name in ("max_epochs", "max_frames", "device", "device_name", "num_actors")),
        *(f"{_CONFIG}.{name}" for name in ("train_dir", "full_experiment_name", "save_frequency", "save_best_after")),
        *("params.load_checkpoint", "params.load_path"),
    ),
    positive_keys=tuple(
        f"{_CONFIG}.{name}"
        for name in ("horizon_length", "minibatch_size", "mini_epochs", "seq_length", "games_to_track")
    ),
    export_overrides=(f"agent.{_CONFIG}.device={{device}}", f"agent.{_CONFIG}.device_name={{device}}"),
    experiment_key=f"{_CONFIG}.name",
    fine_tunes=True,
    policy_keys=(
        *("params.network", "params.model", "params.env", f"{_CONFIG}.central_value_config.network"),
        *(f"{_CONFIG}.{name}" for name in ("normalize_input", "normalize_value", "clip_actions")),
    ),
    required_keys=(
        *("params", "params.seed", "params.algo", "params.model", "params.network", _CONFIG),
        *(
            f"{_CONFIG}.{name}"
            for name in (
                *("name", "env_name", "reward_shaper", "horizon_length", "mini_epochs", "max_epochs", "learning_rate"),
                *("lr_schedule", "e_clip", "clip_value", "normalize_input", "normalize_advantage", "critic_coef"),
                *("grad_norm", "gamma", "tau", "entropy_coef", "device", "device_name"),
            )
        ),
    ),
)
