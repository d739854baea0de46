# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stable-Baselines3, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_sb3`` and ``play_sb3``, so that the same
arguments give the same weights.
"""

from __future__ import annotations

import math
import zipfile
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed
from isaaclab_rl.sb3 import Sb3VecEnvWrapper, process_sb3_cfg
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, CheckpointCallback
from stable_baselines3.common.logger import KVWriter
from stable_baselines3.common.save_util import load_from_zip_file
from stable_baselines3.common.vec_env import VecNormalize

from ..errors import UserError
from ..metrics import Metrics, canonical_tag
from ..run_config import RunConfig
from .base import Job

CHECKPOINT_INTERVAL = 1000
"""Vectorised steps between two checkpoints, as Isaac Lab's command has it."""


class Sb3Learner:
    """Stable-Baselines3: PPO on NumPy arrays."""

    library = "sb3"
    checkpoint_pattern = r"model(?:_.*)?\.zip"
    step_unit = "environment steps"

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        """See :meth:`.base.Learner.configure`."""
        if config.seed is not None:
            agent_cfg["seed"] = resolve_seed(config.seed)
        if config.max_iterations is not None:
            agent_cfg["n_timesteps"] = config.max_iterations * agent_cfg["n_steps"] * env_cfg.scene.num_envs
        # the configurations name a GPU of their own, whatever the simulation runs on
        if not any(override.startswith("agent.device=") for override in config.overrides):
            agent_cfg["device"] = config.device
        env_cfg.seed = agent_cfg["seed"]
        return agent_cfg

    def training_scope(self) -> AbstractContextManager[None]:
        """See :meth:`.base.Learner.training_scope`."""
        return nullcontext()

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        """See :meth:`.base.Learner.experiment`."""
        return config.task

    def run_name(self, agent_cfg: Any) -> str:
        """See :meth:`.base.Learner.run_name`."""
        return ""

    def check_checkpoint(self, path: Path) -> None:
        """See :meth:`.base.Learner.check_checkpoint`."""
        problem = UserError(
            f"{path} is not a checkpoint of Stable-Baselines3, or it is damaged: choose another, such as a model.zip."
        )
        try:
            with zipfile.ZipFile(path) as archive:
                names, damaged = archive.namelist(), archive.testzip()
        except (OSError, zipfile.BadZipFile) as error:
            raise problem from error
        # of a truncated file the archive within it, which holds the weights, may be taken for the whole
        if damaged or "policy.pth" not in names:
            raise problem

    def start_training(self, job: Job) -> Sb3Training:
        """See :meth:`.base.Learner.start_training`."""
        return Sb3Training(job)

    def start_playback(self, job: Job) -> Sb3Playback:
        """See :meth:`.base.Learner.start_playback`."""
        return Sb3Playback(job)


class Sb3Training:
    """One training with Stable-Baselines3. See :class:`.base.Training`."""

    def __init__(self, job: Job) -> None:
        self._run_dir = job.run_dir
        self._mirror = _Mirror(job.metrics)
        # before process_sb3_cfg, which puts classes and functions into the configuration
        dump_train_configs(str(job.run_dir), job.env_cfg, job.agent_cfg)
        agent_cfg = process_sb3_cfg(job.agent_cfg, job.env.num_envs)
        policy = agent_cfg.pop("policy")
        self._total_timesteps = agent_cfg.pop("n_timesteps")
        normalization = _pop_normalization(agent_cfg)
        env: Any = Sb3VecEnvWrapper(job.env)
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
            if job.checkpoint is not None:
                # the running means; what is normalised, and how, stays as it is configured now
                saved = _load_normalization(job.checkpoint, env.venv)
                env.obs_rms, env.ret_rms = saved.obs_rms, saved.ret_rms
        self._env = env
        self._agent = PPO(policy, env, verbose=1, tensorboard_log=str(job.run_dir), **agent_cfg)
        self._from_scratch = job.checkpoint is None
        if job.checkpoint is not None:
            _load_parameters(self._agent, job.checkpoint, job.config.task)
        self._rollout_steps = self._agent.n_steps * job.env.num_envs
        self.total_iterations = math.ceil(self._total_timesteps / self._rollout_steps)

    @property
    def iteration(self) -> int:
        """See :meth:`.base.Training.iteration`."""
        return self._mirror.iteration

    def learn(self) -> None:
        """See :meth:`.base.Training.learn`."""
        callbacks = [
            # play looks for the statistics of VecNormalize beside each checkpoint, by this callback's names
            CheckpointCallback(
                save_freq=CHECKPOINT_INTERVAL,
                save_path=str(self._run_dir),
                name_prefix="model",
                save_vecnormalize=True,
            ),
            self._mirror,
        ]
        self._agent.learn(
            total_timesteps=self._total_timesteps,
            callback=callbacks,
            log_interval=1,
            reset_num_timesteps=self._from_scratch,
        )

    def save(self) -> Path | None:
        """See :meth:`.base.Training.save`."""
        if not all(torch.isfinite(value).all() for value in self._agent.policy.state_dict().values()):
            return None
        path = self._run_dir / "model.zip"
        self._agent.save(path)
        if isinstance(self._env, VecNormalize):
            self._env.save(str(self._run_dir / "model_vecnormalize.pkl"))
        return path

    def close(self) -> None:
        """See :meth:`.base.Training.close`."""
        if hasattr(self._agent, "_logger"):  # there is none before learn()
            self._agent.logger.close()


class Sb3Playback:
    """A policy of Stable-Baselines3. See :class:`.base.Playback`."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint is not None
        agent_cfg = process_sb3_cfg(job.agent_cfg, job.env.num_envs)
        normalization = _pop_normalization(agent_cfg)
        env: Any = Sb3VecEnvWrapper(job.env)
        statistics = vec_normalize_path(job.checkpoint)
        if statistics.exists() or normalization.get("normalize_input"):
            env = _load_normalization(job.checkpoint, env)
            env.training = False
            env.norm_reward = False
        self._env = env
        self._agent = _load_agent(job, env)
        self._observations = env.reset()

    def step(self) -> None:
        """See :meth:`.base.Playback.step`."""
        actions, _ = self._agent.predict(self._observations, deterministic=True)
        self._observations, _, _, _ = self._env.step(actions)


class _Mirror(BaseCallback):
    """Files what SB3 logs in the metrics, and ends a training whose rewards are no numbers."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics
        self.iteration = 0
        """Finished iterations."""
        self._rollouts = 0

    def _on_training_start(self) -> None:
        self.model.logger.output_formats.append(_MetricsWriter(self._metrics))

    def _on_rollout_start(self) -> None:
        # an iteration ends with the update of the policy, and no callback follows that one but the next rollout's
        self.iteration = self._rollouts
        self._rollouts += 1

    def _on_training_end(self) -> None:
        self.iteration = self._rollouts

    def _on_step(self) -> bool:
        if not np.isfinite(self.locals["rewards"]).all():
            raise ValueError("The rewards returned by the environment contain values that are not finite numbers.")
        return True


class _MetricsWriter(KVWriter):
    """The output format of SB3's logger that writes into the metrics."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def write(self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0) -> None:
        """Called by SB3 once an iteration, with everything recorded since."""
        for tag, value in key_values.items():
            # as SB3's own TensorBoard writer chooses
            if isinstance(value, (int, float, np.number)) and "tensorboard" not in (key_excluded.get(tag) or ()):
                self._metrics.add(canonical_tag(tag), float(value), step)

    def close(self) -> None:
        """Nothing to close."""


def vec_normalize_path(checkpoint: Path) -> Path:
    """Where the VecNormalize statistics of a checkpoint lie, by the names that Isaac Lab's play looks for."""
    return checkpoint.with_name(checkpoint.name.replace("model", "model_vecnormalize", 1)).with_suffix(".pkl")


def _pop_normalization(agent_cfg: dict[str, Any]) -> dict[str, Any]:
    keys = ("normalize_input", "normalize_value", "clip_obs")
    return {key: agent_cfg.pop(key) for key in keys if key in agent_cfg}


def _load_normalization(checkpoint: Path, env: Any) -> VecNormalize:
    path = vec_normalize_path(checkpoint)
    if not path.exists():
        raise UserError(
            f"{checkpoint.name} was trained on normalised observations, but {path.name} is not beside it: "
            "choose a checkpoint that has one, such as the final model.zip."
        )
    return VecNormalize.load(str(path), env)


def _load_parameters(agent: PPO, checkpoint: Path, task: str) -> None:
    """Takes over networks, optimizer and step counter of a checkpoint; the hyper-parameters stay those of ``agent``."""
    try:
        agent.set_parameters(str(checkpoint), device=agent.device)
        data, _, _ = load_from_zip_file(checkpoint, device=agent.device)
    except (ValueError, RuntimeError, KeyError) as error:
        raise _does_not_fit(checkpoint, task) from error
    agent.num_timesteps = data["num_timesteps"] if data else 0


def _does_not_fit(checkpoint: Path, task: str) -> UserError:
    return UserError(
        f"{checkpoint} does not fit {task}: its spaces or networks have other sizes. Choose a checkpoint of this task."
    )


def _load_agent(job: Job, env: Any) -> PPO:
    assert job.checkpoint is not None
    try:
        return PPO.load(job.checkpoint, env, device=job.agent_cfg.get("device", "auto"))
    except (ValueError, RuntimeError, KeyError, AssertionError) as error:
        raise _does_not_fit(job.checkpoint, job.config.task) from error
