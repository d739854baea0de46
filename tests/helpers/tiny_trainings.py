# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings of the real libraries in an environment so small that it needs no simulator.

A point on a line is pushed towards 0. Every episode lasts one rollout and begins at the same places: a reset restores
the environment's whole state, so nothing but the library stands between a resumed training and one in one go.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from rl_trainer_ext.learners.checkpoint_writer import CheckpointWriter
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.learners.rsl_rl.state import ResumableRunner
from rl_trainer_ext.learners.sb3.state import ResumableAgent
from rl_trainer_ext.learners.skrl.state import ResumableTraining
from rl_trainer_ext.metrics import Metrics
from rsl_rl.env import VecEnv
from rsl_rl.runners import OnPolicyRunner
from skrl.envs.wrappers.torch import MultiAgentEnvWrapper, Wrapper
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize
from tensordict import TensorDict

NUM_ENVS = 4
EPISODE = 8
"""Length of an episode and of a rollout [steps]."""


def never_held(why: str) -> None:
    """What holds a run that must not be held."""
    raise AssertionError(why)


class TinyVecEnv(VecEnv):
    """For RSL-RL."""

    num_envs, num_actions, max_episode_length, device, cfg = NUM_ENVS, 1, EPISODE, "cpu", {}
    step_dt = 1.0

    def __init__(self) -> None:
        self.unwrapped = self
        self.reward_scale = 1.0
        self._reset()

    def _reset(self) -> None:
        self.episode_length_buf = torch.zeros(NUM_ENVS, dtype=torch.long)
        self._x = torch.linspace(-1.0, 1.0, NUM_ENVS)

    def get_observations(self) -> TensorDict:
        return TensorDict({"policy": torch.stack([self._x, self._x**2], dim=-1)}, batch_size=[NUM_ENVS])

    def step(self, actions: torch.Tensor) -> tuple[TensorDict, torch.Tensor, torch.Tensor, dict]:
        self._x = self._x + 0.1 * actions[:, 0].clamp(-1.0, 1.0)
        self.episode_length_buf += 1
        rewards = -self.reward_scale * self._x**2
        dones = self.episode_length_buf >= EPISODE
        if dones.all():
            self._reset()
        return self.get_observations(), rewards, dones, {}


class TinyEnv(gym.Env):
    """For Stable-Baselines3, ``index`` being the place where it begins."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (2,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def __init__(self, index: int = 0) -> None:
        self._start = -1.0 + 2.0 * index / (NUM_ENVS - 1)

    def _observation(self) -> np.ndarray:
        return np.array([self._x, self._x**2], dtype=np.float32)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        self._x, self._steps, self._return = self._start, 0, 0.0
        return self._observation(), {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        self._x += 0.1 * float(np.clip(action[0], -1.0, 1.0))
        self._steps += 1
        reward = -(self._x**2)
        self._return += reward
        ended = self._steps >= EPISODE
        return (
            self._observation(),
            reward,
            ended,
            False,
            {"episode": {"r": self._return, "l": EPISODE}} if ended else {},
        )


def runner_config(seed: int = 1, model: dict[str, Any] | None = None, **algorithm: Any) -> dict[str, Any]:
    """Configuration of RSL-RL's runner, with observation normalisers and an adaptive learning rate."""
    model = {"class_name": "MLPModel", "hidden_dims": [8], "activation": "elu", "obs_normalization": True} | (
        model or {}
    )
    return {
        "seed": seed,
        "num_steps_per_env": EPISODE,
        "save_interval": 2,
        "obs_groups": {"actor": ["policy"], "critic": ["policy"], "rnd_state": ["policy"]},
        "actor": model | {"distribution_cfg": {"class_name": "GaussianDistribution"}},
        "critic": dict(model),
        "algorithm": {"class_name": "PPO", "num_mini_batches": 2, "num_learning_epochs": 2} | algorithm,
    }


def runner(run_dir: Path, seed: int = 1, **kwargs: Any) -> OnPolicyRunner:
    """RSL-RL's own runner; see :func:`runner_config`."""
    torch.manual_seed(seed)
    run_dir.mkdir(parents=True, exist_ok=True)
    return OnPolicyRunner(TinyVecEnv(), runner_config(seed, **kwargs), log_dir=str(run_dir))


def rsl_rl_training(
    run_dir: Path,
    checkpoint: Path | None = None,
    hold=never_held,
    seed: int = 1,
    logger: dict[str, Any] | str = "tensorboard",
    **kwargs: Any,
) -> Any:
    """A training with RSL-RL, its metrics as attribute ``metrics``."""
    training: Any
    per_iteration = EPISODE * NUM_ENVS
    run_dir.mkdir(parents=True, exist_ok=True)
    checkpoint_writer = CheckpointWriter(
        run_dir, lambda: Progress(training.iteration, training.iteration * per_iteration, training.iteration / 4), hold
    )
    metrics = Metrics()
    torch.manual_seed(seed)
    config = runner_config(seed, **kwargs) | {"logger": logger}
    training = ResumableRunner(TinyVecEnv(), config, checkpoint_writer, metrics, whole_episodes=lambda: True)
    training.metrics = metrics
    if checkpoint is not None:
        training.resume(checkpoint, "Tiny")
    return training


def train_rsl_rl(run_dir: Path, iterations: int, checkpoint: Path | None = None, **kwargs: Any) -> Any:
    """Trains to the end and closes."""
    training = rsl_rl_training(run_dir, checkpoint, **kwargs)
    training.learn_more(iterations, init_at_random_ep_len=False)
    training.save()
    training.close()
    return training


def sb3_training(
    run_dir: Path, checkpoint: Path | None = None, hold=never_held, normalize_reward: bool = True, **kwargs: Any
) -> Any:
    """A training with Stable-Baselines3, observations and rewards normalised; see :func:`rsl_rl_training`."""
    run_dir.mkdir(parents=True, exist_ok=True)
    environments = DummyVecEnv([lambda index=index: TinyEnv(index) for index in range(NUM_ENVS)])
    env = VecNormalize(environments, norm_reward=normalize_reward)
    settings = {"n_steps": EPISODE, "batch_size": 16, "n_epochs": 2, "seed": 1, "device": "cpu"} | kwargs
    agent = PPO("MlpPolicy", env, tensorboard_log=str(run_dir), policy_kwargs={"net_arch": [8]}, **settings)
    training: Any
    checkpoint_writer = CheckpointWriter(
        run_dir, lambda: Progress(training.iteration, training.agent.num_timesteps, training.iteration / 4), hold
    )
    metrics = Metrics("environment steps")
    training = ResumableAgent(agent, env, checkpoint_writer, metrics, whole_episodes=lambda: True)
    training.metrics = metrics
    if checkpoint is not None:
        training.resume(checkpoint, "Tiny")
    return training


def train_sb3(run_dir: Path, iterations: int, checkpoint: Path | None = None, **kwargs: Any) -> Any:
    """Trains to the end and closes."""
    training = sb3_training(run_dir, checkpoint, **kwargs)
    training.learn_more(iterations * EPISODE * NUM_ENVS)
    training.save()
    training.close()
    return training


class TinySkrlEnv(Wrapper):
    """For skrl."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (2,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)
    state_space = None

    def __init__(self) -> None:
        super().__init__(TinyVecEnv())

    def reset(self) -> tuple[torch.Tensor, dict]:
        return self._env.get_observations()["policy"], {}

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, dict]:
        observations, rewards, dones, _ = self._env.step(actions)
        dones = dones.view(-1, 1)
        return observations["policy"], rewards.view(-1, 1), dones, torch.zeros_like(dones), {}

    def state(self) -> None:
        return None

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


class TinyAmpEnv(TinySkrlEnv):
    """For AMP, which imitates motions: here those of a point that stands at 0."""

    amp_observation_space = gym.spaces.Box(-10.0, 10.0, (2,), np.float32)

    def collect_reference_motions(self, num_samples: int) -> torch.Tensor:
        return torch.zeros(num_samples, 2)

    def step(self, actions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, dict]:
        observations, *rest, infos = super().step(actions)
        return observations, *rest, infos | {"amp_obs": observations}


class TinyTeamEnv(MultiAgentEnvWrapper):
    """For IPPO and MAPPO: two agents push the same point."""

    possible_agents = agents = ["left", "right"]  # noqa: RUF012 - as the library declares it
    observation_spaces = dict.fromkeys(possible_agents, TinySkrlEnv.observation_space)
    action_spaces = dict.fromkeys(possible_agents, TinySkrlEnv.action_space)
    state_spaces = observation_spaces

    def __init__(self) -> None:
        super().__init__(TinyVecEnv())

    def _of_each(self, value: Any) -> dict[str, Any]:
        return {agent: value.clone() for agent in self.possible_agents}

    def reset(self) -> tuple[dict[str, torch.Tensor], dict]:
        return self._of_each(self._env.get_observations()["policy"]), {}

    def step(self, actions: dict[str, torch.Tensor]) -> Any:
        observations, rewards, dones, _ = self._env.step(sum(actions.values()) / 2.0)
        dones = dones.view(-1, 1)
        values = (observations["policy"], rewards.view(-1, 1), dones, torch.zeros_like(dones))
        return *map(self._of_each, values), {}

    def state(self) -> dict[str, torch.Tensor]:
        return self._of_each(self._env.get_observations()["policy"])

    def render(self) -> None:
        return None

    def close(self) -> None:
        pass


SKRL_ENVIRONMENTS = {"PPO": TinySkrlEnv, "AMP": TinyAmpEnv, "IPPO": TinyTeamEnv, "MAPPO": TinyTeamEnv}
"""The environment of each algorithm of skrl."""


def skrl_config(iterations: int = 12, seed: int = 1, layers: tuple[int, ...] = (8,), **agent: Any) -> dict[str, Any]:
    """Configuration of skrl's runner, with normalisers and an adaptive learning rate."""

    def network(kind: str, output: str) -> dict[str, Any]:
        container = {"name": "net", "input": "OBSERVATIONS", "layers": list(layers), "activations": "elu"}
        return {"class": kind, "network": [container], "output": output}

    algorithm = agent.get("class", "PPO")
    settings = {"class": algorithm, "rollouts": EPISODE, "learning_epochs": 2, "mini_batches": 2}
    settings |= dict.fromkeys(("observation_preprocessor", "value_preprocessor"), "RunningStandardScaler")
    settings |= {"learning_rate_scheduler": "KLAdaptiveLR", "experiment": {}}
    settings |= {"learning_rate_scheduler_kwargs": {"kl_threshold": 0.008}}
    models = {"policy": network("GaussianMixin", "ACTIONS"), "value": network("DeterministicMixin", "ONE")}
    more = {}
    if algorithm == "AMP":
        models["discriminator"] = network("DeterministicMixin", "ONE")
        settings |= {"amp_batch_size": 16, "discriminator_batch_size": 16}
        settings |= {"amp_observation_preprocessor": "RunningStandardScaler"}
        more = {name: {"class": "RandomMemory", "memory_size": 64} for name in ("motion_dataset", "reply_buffer")}
    return more | {
        "seed": seed,
        "models": {"separate": True, **models},
        "memory": {"class": "RandomMemory", "memory_size": -1},
        "agent": settings | agent,
        "trainer": {
            "class": "SequentialTrainer",
            "timesteps": iterations * EPISODE,
            "close_environment_at_exit": False,
        },
    }


def skrl_training(run_dir: Path, checkpoint: Path | None = None, hold=never_held, **kwargs: Any) -> Any:
    """A training with skrl; see :func:`rsl_rl_training`, and :func:`skrl_config` for its length."""
    run_dir.mkdir(parents=True, exist_ok=True)
    per_iteration = EPISODE * NUM_ENVS
    training: Any
    checkpoint_writer = CheckpointWriter(
        run_dir, lambda: Progress(training.iteration, training.iteration * per_iteration, training.iteration / 4), hold
    )
    metrics = Metrics("steps of each environment")
    config = skrl_config(**kwargs)
    env = SKRL_ENVIRONMENTS[config["agent"]["class"]]()
    training = ResumableTraining(env, config, checkpoint_writer, metrics, whole_episodes=lambda: True)
    training.metrics = metrics
    if checkpoint is not None:
        training.resume(checkpoint, "Tiny")
    return training


def train_skrl(run_dir: Path, iterations: int, checkpoint: Path | None = None, **kwargs: Any) -> Any:
    """Trains to the end and closes."""
    training = skrl_training(run_dir, checkpoint, iterations=iterations, **kwargs)
    training.learn()
    training.save()
    training.close()
    return training


def rl_games_training(*args: Any, **kwargs: Any) -> Any:
    """A training with RL-Games: see :mod:`.tiny_rl_games`."""
    from helpers import tiny_rl_games

    return tiny_rl_games.rl_games_training(*args, **kwargs)


TRAININGS = {
    "rsl_rl": rsl_rl_training,
    "sb3": sb3_training,
    "skrl": skrl_training,
    "rl_games": rl_games_training,
}
"""What makes a training, by library."""

LIBRARIES = tuple(TRAININGS)


def learn(library: str, training: Any, iterations: int = 12) -> None:
    """Trains; with skrl and RL-Games for as long as the training was made for."""
    if library == "rsl_rl":
        training.learn_more(iterations, init_at_random_ep_len=False)
    elif library == "sb3":
        training.learn_more(iterations * EPISODE * NUM_ENVS)
    else:
        training.learn()
