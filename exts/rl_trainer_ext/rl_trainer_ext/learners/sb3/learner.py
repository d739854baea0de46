# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stable-Baselines3, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_sb3`` and ``play_sb3``, so that the same
arguments give the same weights.
"""

from __future__ import annotations

import copy
import inspect
import math
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed
from isaaclab_rl.sb3 import Sb3VecEnvWrapper, process_sb3_cfg
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from ...errors import UserError
from ...run_config import RunConfig
from ...runs.damage import find_damage
from ...system.atomic_files import atomic_write_text
from ..base import Job, Learner, Playback, Purpose, Training, gives, is_overridden, mismatch_as_user_error
from ..mini_batches import Batch
from ..policy_files import PolicyNetwork
from ..task_spaces import Spaces, configured_spaces
from ..untrusted import classes_in
from . import vec_normalize
from .checkpoints import BoundsChoice, check_algorithm, check_networks, check_spaces
from .format import LIBRARY
from .pickled import agent_data
from .policy import policy_network
from .state import ResumableAgent, check_resumable, load_agent, ours


class Sb3Learner(Learner):
    """Stable-Baselines3: PPO on NumPy arrays."""

    format = LIBRARY

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        if config.seed is not None:
            agent_cfg["seed"] = resolve_seed(config.seed)
        if config.max_iterations is not None:
            agent_cfg["n_timesteps"] = config.max_iterations * agent_cfg["n_steps"] * env_cfg.scene.num_envs
        # configurations name a GPU even where the simulation runs on the CPU
        if not is_overridden(config, "agent.device"):
            agent_cfg["device"] = config.device
        env_cfg.seed = agent_cfg["seed"]
        return agent_cfg

    def check_training(self, env_cfg: Any, agent_cfg: Any) -> None:
        num_envs, num_steps = env_cfg.scene.num_envs, agent_cfg.get("n_steps", 2048)
        normalized = agent_cfg.get("normalize_advantage", True)
        batch_size = agent_cfg.get("batch_size", 64)
        if "n_minibatches" not in agent_cfg and batch_size < 1 + normalized:
            why = ": the advantages of one sample cannot be normalised" if normalized else ""
            raise UserError(f"agent.batch_size is {batch_size}{why}. Set it to {1 + normalized} or more.")
        Batch(
            num_envs,
            num_steps,
            # without a number of mini-batches their size is fixed, and the last one may be smaller
            agent_cfg.get("n_minibatches", 1),
            least=1 + normalized,
            steps_key="agent.n_steps",
            parts_key="agent.n_minibatches",
        ).check()

    def training_scope(self) -> AbstractContextManager[None]:
        return nullcontext()

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        return config.task

    def run_name(self, agent_cfg: Any) -> str:
        return ""

    def takes_teachers(self, agent_cfg: Any) -> bool:
        return False

    def check_checkpoint(self, path: Path, purpose: Purpose) -> None:
        problem = UserError(f"{path} is not a checkpoint of Stable-Baselines3: choose another, such as a model.zip.")
        if said := find_damage(path):
            raise UserError(said)
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except OSError as error:
            raise problem from error
        if "policy.pth" not in names:
            raise problem
        check_algorithm(path)
        agent_cfg = purpose.agent_cfg
        data = agent_data(path, purpose.playing, _configured_classes(agent_cfg))
        # unknown spaces are compared when the environment is built: ResumableAgent.resume, load_agent
        known = _known_spaces(purpose, data)
        choice = BoundsChoice.of(purpose.env_cfg, purpose.overrides)
        check_spaces(path, data, known, purpose.task, choice)
        _check_normalization(path, purpose, known.observation_space, data.get("observation_space"))
        if not purpose.playing:
            if not purpose.fine_tune:
                check_resumable(path)
            # a playback has the networks of its checkpoint, a training those of the configuration
            policy_kwargs = process_sb3_cfg(copy.deepcopy(dict(agent_cfg)), num_envs=1).get("policy_kwargs") or {}
            with mismatch_as_user_error(path, purpose.task):
                check_networks(path, agent_cfg["policy"], policy_kwargs, agent_cfg.get("use_sde", False), purpose.task)

    def stage(self, checkpoint: Path, agent_cfg: Any) -> Any:
        kept = ours(checkpoint)
        return None if kept is None else kept.get("environment")

    def start_training(self, job: Job) -> Sb3Training:
        return Sb3Training(job)

    def start_playback(self, job: Job) -> Sb3Playback:
        return Sb3Playback(job)


def create_learner() -> Learner:
    """Returns the learner of Stable-Baselines3."""
    return Sb3Learner()


class Sb3Training(ResumableAgent, Training):
    """One training with Stable-Baselines3 in an environment of Isaac Lab."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint_writer is not None
        task_env = job.env
        # before process_sb3_cfg, which puts classes and functions into the configuration
        dump_train_configs(str(job.run_dir), job.env_cfg, job.agent_cfg)
        # as Isaac Lab's command writes its own command line
        atomic_write_text(job.run_dir / "command.txt", job.config.train_command())
        agent_cfg = process_sb3_cfg(job.agent_cfg, job.env.num_envs)
        policy = agent_cfg.pop("policy")
        self._total_timesteps = agent_cfg.pop("n_timesteps")
        normalization = _pop_normalization(agent_cfg)
        env: Any = Sb3VecEnvWrapper(job.env, fast_variant=not job.config.keep_all_info)
        if normalization.get("normalize_input"):
            env = VecNormalize(
                env,
                training=True,
                norm_obs=normalization["normalize_input"],
                norm_reward=normalization.get("normalize_value", False),
                clip_obs=normalization.get("clip_obs", 100.0),
                gamma=agent_cfg["gamma"],
                clip_reward=np.inf,
            )
        agent = PPO(policy, env, verbose=1, tensorboard_log=str(job.run_dir), **agent_cfg)
        super().__init__(
            agent,
            env,
            job.checkpoint_writer,
            job.metrics,
            whole_episodes=lambda: task_env.step_count >= task_env.unwrapped.max_episode_length,
            extras=lambda: task_env.extras,
        )
        if job.checkpoint is not None:
            with mismatch_as_user_error(job.checkpoint, job.config.task):
                choice = BoundsChoice.of(job.env_cfg, job.config.overrides)
                load = self.fine_tune if job.config.fine_tune else self.resume
                load(job.checkpoint, job.config.task, choice)
        self.total_iterations = self.iteration + math.ceil(self._total_timesteps / (agent.n_steps * task_env.num_envs))

    def learn(self) -> None:
        self.learn_more(self._total_timesteps)


class Sb3Playback(Playback):
    """A policy of Stable-Baselines3."""

    def __init__(self, job: Job) -> None:
        self._bare_env = Sb3VecEnvWrapper(job.env, fast_variant=not job.config.keep_all_info)
        self.load(job)
        self._observations = self._env.reset()

    def load(self, job: Job) -> None:
        checkpoint, agent_cfg, overrides = job.checkpoint, job.agent_cfg, job.config.overrides
        assert checkpoint is not None
        needed = bool(agent_cfg.get("normalize_input"))
        # the statistics in a checkpoint are used, unless the user leaves them out
        wanted = needed or not gives(overrides, "agent.normalize_input")
        env: Any = self._bare_env
        with mismatch_as_user_error(checkpoint, job.config.task):
            if needed or (wanted and vec_normalize.exists(checkpoint)):
                env = vec_normalize.load(checkpoint, env)
                env.training = False
                env.norm_reward = False
                if gives(overrides, "agent.clip_obs"):
                    env.clip_obs = agent_cfg["clip_obs"]
            device, classes = agent_cfg.get("device", "auto"), _configured_classes(agent_cfg)
            choice = BoundsChoice.of(job.env_cfg, overrides)
            agent = load_agent(checkpoint, env, device, job.config.task, classes, choice)
        self._agent, self._env = agent, env

    def export(self, folder: Path) -> str:
        """Writes nothing: Isaac Lab's playback writes no policy with this library."""
        return ""

    def step(self) -> None:
        self._actions, _ = self._agent.predict(self._observations, deterministic=True)
        self._observations, _, self._dones, _ = self._env.step(self._actions)

    def network(self, agent: str = "") -> PolicyNetwork:
        return policy_network(self._agent, self._env)

    def network_inputs(self, agent: str = "") -> list[torch.Tensor]:
        env = self._env
        bare = env.get_original_obs() if isinstance(env, VecNormalize) else self._observations
        return [torch.as_tensor(bare)]

    def outcome(self, agent: str = "") -> tuple[torch.Tensor, Sequence[Any]]:
        return torch.as_tensor(self._actions), self._dones


def _configured_classes(agent_cfg: Any) -> set[type]:
    """Returns the classes in the configuration of an agent, such as a features extractor."""
    return classes_in(process_sb3_cfg(copy.deepcopy(dict(agent_cfg)), num_envs=1))


def _known_spaces(purpose: Purpose, data: Mapping[str, Any]) -> Spaces:
    """Returns the environment's spaces as far as they are known before it is built, as Isaac Lab's wrapper has them."""
    if purpose.env_cfg is None:
        return Spaces()
    known = configured_spaces(purpose.task, purpose.env_cfg, data.get("action_space"))
    observations, actions = known.observation_space, known.action_space
    if isinstance(observations, spaces.Dict):
        observations = None  # the wrapper changes the spaces of images
    if isinstance(actions, spaces.Box) and not actions.is_bounded("both"):
        low, high = inspect.signature(Sb3VecEnvWrapper).parameters["action_bounds"].default
        actions = spaces.Box(low, high, actions.shape, actions.dtype.type)
    return Spaces(observations, actions)


def _check_normalization(path: Path, purpose: Purpose, ours: Any, theirs: Any) -> None:
    """Checks the statistics that a run needs, and that none are dropped unless the user asks for it.

    Args:
        path: The checkpoint.
        purpose: The run.
        ours: The space of the task's observations; None where it is not known yet.
        theirs: The space of the checkpoint's observations; None where it cannot be read.
    """
    needed = bool(purpose.agent_cfg.get("normalize_input"))
    if not needed and gives(purpose.overrides, "agent.normalize_input"):
        return
    if not needed and not purpose.playing and vec_normalize.exists(path):
        raise UserError(
            f"{path} was trained with normalised observations, which the configuration of {purpose.task} does not "
            "have: add agent.normalize_input=True to the overrides, or agent.normalize_input=False to drop them."
        )
    space, whose = (ours, "the task") if ours is not None else (theirs, "its own policy")
    vec_normalize.check(path, space, whose, needed=needed)


def _pop_normalization(agent_cfg: dict[str, Any]) -> dict[str, Any]:
    keys = ("normalize_input", "normalize_value", "clip_obs")
    return {key: agent_cfg.pop(key) for key in keys if key in agent_cfg}
