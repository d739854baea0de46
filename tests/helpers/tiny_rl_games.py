# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings of RL-Games in the environment of :mod:`.tiny_trainings`."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch
from rl_games.common.ivecenv import IVecEnv
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.learners.rl_games.state import ResumableAgent
from rl_trainer_ext.metrics import Metrics

from helpers.tiny_trainings import EPISODE, NUM_ENVS, TinyVecEnv, never_held

NAME = "tiny"
"""Name of the experiment, and so of the best checkpoint."""


class TinyRlGamesEnv(IVecEnv):
    """For RL-Games."""

    def __init__(self) -> None:
        self._env = TinyVecEnv()
        self.unwrapped = self

    def get_env_info(self) -> dict[str, Any]:
        space = gym.spaces.Box(-10.0, 10.0, (2,))
        return {"observation_space": space, "state_space": space, "action_space": gym.spaces.Box(-1.0, 1.0, (1,))}

    def reset(self) -> dict[str, torch.Tensor]:
        observed = self._env.get_observations()["policy"]
        return {"obs": observed, "states": observed.clone()}

    def step(self, actions: torch.Tensor) -> tuple[dict, torch.Tensor, torch.Tensor, dict]:
        _, rewards, dones, _ = self._env.step(actions)
        return self.reset(), rewards, dones, {}


NETWORK: dict[str, Any] = {
    "name": "actor_critic",
    "separate": False,
    "space": {
        "continuous": {
            "mu_activation": "None",
            "sigma_activation": "None",
            "mu_init": {"name": "default"},
            "sigma_init": {"name": "const_initializer", "val": 0},
            "fixed_sigma": True,
        }
    },
    "mlp": {"units": [8], "activation": "elu", "initializer": {"name": "default"}},
}


def agent_config(run_dir: Path, seed: int = 1, iterations: int = 12, **config: Any) -> dict[str, Any]:
    """Configuration of RL-Games' agent, with normalised observations and values and an adaptive learning rate."""
    network = config.pop("network", {})
    return {
        "params": {
            "seed": seed,
            "algo": {"name": "a2c_continuous"},
            "model": {"name": "continuous_a2c_logstd"},
            "network": copy.deepcopy(NETWORK) | network,
            "config": {
                "name": NAME,
                "env_name": "rlgpu",
                "device": "cpu",
                "device_name": "cpu",
                "num_actors": NUM_ENVS,
                "train_dir": str(run_dir.parent),
                "full_experiment_name": run_dir.name,
                "torch_compile": False,
                "max_epochs": iterations,
                "save_frequency": 2,
                "save_best_after": 1,
                "print_stats": False,
                "horizon_length": EPISODE,
                "minibatch_size": 16,
                "mini_epochs": 2,
                "seq_length": 4,
                "normalize_input": True,
                "normalize_value": True,
                "normalize_advantage": True,
                "reward_shaper": {"scale_value": 0.1},
                "gamma": 0.99,
                "tau": 0.95,
                "learning_rate": "5e-4",
                "lr_schedule": "adaptive",
                "kl_threshold": 0.008,
                "e_clip": 0.2,
                "clip_value": True,
                "entropy_coef": 0.0,
                "critic_coef": 4,
                "grad_norm": 1.0,
                "truncate_grads": True,
                "bounds_loss_coef": 0.0001,
                "games_to_track": 8,
                **config,
            },
        }
    }


def rl_games_training(
    run_dir: Path, checkpoint: Path | None = None, hold=never_held, iterations: int = 12, **kwargs: Any
) -> Any:
    """A training with RL-Games, see :func:`.tiny_trainings.rsl_rl_training`."""
    training: Any
    per_iteration = EPISODE * NUM_ENVS
    run_dir.mkdir(parents=True, exist_ok=True)
    checkpoint_writer = CheckpointWriter(
        run_dir, lambda: Progress(training.iteration, training.iteration * per_iteration, training.iteration / 4), hold
    )
    metrics, env = Metrics(), TinyRlGamesEnv()
    config = agent_config(run_dir, iterations=iterations, **kwargs)
    training = ResumableAgent(config, env, env, checkpoint_writer, metrics)
    training.metrics = metrics
    if checkpoint is not None:
        training.resume(checkpoint, "Tiny")
    return training


def train_rl_games(run_dir: Path, iterations: int, checkpoint: Path | None = None, **kwargs: Any) -> Any:
    """Trains to the end and closes."""
    training = rl_games_training(run_dir, checkpoint, iterations=iterations, **kwargs)
    training.learn()
    training.path = training.save()
    training.close()
    return training
