# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stable-Baselines3, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_sb3`` and ``play_sb3``, so that the same
arguments give the same weights.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed
from isaaclab_rl.sb3 import Sb3VecEnvWrapper, process_sb3_cfg
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import TensorBoardOutputFormat
from stable_baselines3.common.utils import safe_mean
from stable_baselines3.common.vec_env import VecNormalize

from ..errors import UserError
from ..metrics import Metrics
from ..resuming import Progress, totals
from ..run_config import RunConfig
from ..simulation import SteppedEnv
from .base import Job, is_overridden
from .events import close_writer, mirror_scalars
from .keeper import Frozen, Keeper
from .random_state import set_random_state
from .sb3_state import freeze, load_agent, load_normalization, resume, vec_normalize_path

CHECKPOINT_INTERVAL = 1000
"""Vectorised steps between two checkpoints, as Isaac Lab's command has it; here at the end of the iteration, because
the library saves no unfinished rollout."""


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
        if not is_overridden(config, "agent.device"):
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
        assert job.keeper is not None
        self._keeper, self._metrics, self._job_env = job.keeper, job.metrics, job.env
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
                saved = load_normalization(job.checkpoint, env.venv)
                env.obs_rms, env.ret_rms = saved.obs_rms, saved.ret_rms
        self.env = env
        self.agent = PPO(policy, env, verbose=1, tensorboard_log=str(job.run_dir), **agent_cfg)
        self.start = Progress()
        self.random: dict[str, Any] | None = None
        self._from_scratch = job.checkpoint is None
        if job.checkpoint is not None:
            self._resume(job.checkpoint, job.config.task)
        rollout_steps = self.agent.n_steps * job.env.num_envs
        self.iteration = self.start.iterations
        self.total_iterations = self.iteration + math.ceil(self._total_timesteps / rollout_steps)

    def _resume(self, checkpoint: Path, task: str) -> None:
        with _fitting(checkpoint, task):
            resumed = resume(self.agent, checkpoint)
        self.start, self.random = totals(checkpoint, resumed), resumed.random
        if isinstance(self.env, VecNormalize):
            # learn() resets the environment, whose first observations are in the statistics already
            self.env.training = False

    def learn(self) -> None:
        """See :meth:`.base.Training.learn`."""
        self.agent.learn(
            total_timesteps=self._total_timesteps,
            callback=_Listener(self, self._job_env, self._metrics, self._keeper),
            log_interval=1,
            reset_num_timesteps=self._from_scratch,
        )

    def save(self) -> Path | None:
        """See :meth:`.base.Training.save`."""
        path = self._keeper.run_dir / "model.zip"
        return path if self.save_as("model") else None

    def save_as(self, stem: str) -> bool:
        """Writes a checkpoint. Returns False, and writes nothing, when the weights are not finite numbers."""
        frozen = self.freeze()
        if frozen is not None:
            self._keeper.save(stem, frozen)
        return frozen is not None

    def freeze(self) -> Frozen | None:
        """The agent as it is: see :func:`.sb3_state.freeze`."""
        return freeze(self.agent, self.env, self._keeper.progress())

    def close(self) -> None:
        """See :meth:`.base.Training.close`."""
        if hasattr(self.agent, "_logger"):  # there is none before learn()
            try:
                for writer in _event_writers(self.agent):
                    close_writer(writer)
            finally:
                self.agent.logger.close()


class Sb3Playback:
    """A policy of Stable-Baselines3. See :class:`.base.Playback`."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint is not None
        self._task = job.config.task
        self._device = job.agent_cfg.get("device", "auto")
        self._normalized = bool(_pop_normalization(dict(job.agent_cfg)).get("normalize_input"))
        self._bare_env = Sb3VecEnvWrapper(job.env)
        self.load(job.checkpoint)
        self._observations = self._env.reset()

    def load(self, checkpoint: Path) -> None:
        """See :meth:`.base.Playback.load`."""
        env: Any = self._bare_env
        with _fitting(checkpoint, self._task):
            if vec_normalize_path(checkpoint).exists() or self._normalized:
                env = load_normalization(checkpoint, env)
                env.training = False
                env.norm_reward = False
            agent = load_agent(checkpoint, env, self._device)
        self._agent, self._env = agent, env

    def step(self) -> None:
        """See :meth:`.base.Playback.step`."""
        actions, _ = self._agent.predict(self._observations, deterministic=True)
        self._observations, _, _, _ = self._env.step(actions)


class _Listener(BaseCallback):
    """Hears of what the library does from inside its ``learn()``."""

    def __init__(self, training: Sb3Training, env: SteppedEnv, metrics: Metrics, keeper: Keeper) -> None:
        super().__init__()
        self._training, self._env, self._metrics, self._keeper = training, env, metrics, keeper
        self._rollouts = 0
        self._saved_at = 0

    def _on_training_start(self) -> None:
        for writer in _event_writers(self.model):
            mirror_scalars(writer, self._metrics, self._keeper.waits_for_room)
        if isinstance(self._training.env, VecNormalize):
            self._training.env.training = True
        if self._training.random is not None:
            # the library has reset the environment; nothing is drawn from here to the first action
            set_random_state(self._training.random)

    def _on_rollout_start(self) -> None:
        # an iteration ends with the update of the policy, and no callback follows that one but the next rollout's
        self._count()
        self._rollouts += 1
        if self.n_calls - self._saved_at >= CHECKPOINT_INTERVAL:
            self._saved_at = self.n_calls
            self._training.save_as(f"model_{self.num_timesteps}_steps")

    def _on_rollout_end(self) -> None:
        # what collected the rollout, with the mean that the library is about to log
        window = self.model.ep_info_buffer
        settled = len(window) == window.maxlen and self._env.step_count >= self._env.unwrapped.max_episode_length
        mean_reward = float(safe_mean([episode["r"] for episode in window])) if window else None
        self._keeper.iteration_finished(self._training.iteration, mean_reward, settled, self._training.freeze)

    def _on_training_end(self) -> None:
        self._count()

    def _count(self) -> None:
        self._training.iteration = self._training.start.iterations + self._rollouts

    def _on_step(self) -> bool:
        if not np.isfinite(self.locals["rewards"]).all():
            raise ValueError("The rewards returned by the environment contain values that are not finite numbers.")
        return True


def _event_writers(agent: PPO) -> list[Any]:
    formats = agent.logger.output_formats
    return [each.writer for each in formats if isinstance(each, TensorBoardOutputFormat)]


def _pop_normalization(agent_cfg: dict[str, Any]) -> dict[str, Any]:
    keys = ("normalize_input", "normalize_value", "clip_obs")
    return {key: agent_cfg.pop(key) for key in keys if key in agent_cfg}


@contextmanager
def _fitting(checkpoint: Path, task: str) -> Iterator[None]:
    """Turns what the library says of a checkpoint that does not fit into one sentence."""
    try:
        yield
    except UserError:
        raise
    except (ValueError, RuntimeError, KeyError, AssertionError) as error:
        raise UserError(
            f"{checkpoint} does not fit {task}: its spaces or networks have other sizes. "
            "Choose a checkpoint of this task."
        ) from error
