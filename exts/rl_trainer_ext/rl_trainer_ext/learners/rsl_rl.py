# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RSL-RL, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_rsl_rl`` and ``play_rsl_rl``, so that the
same arguments give the same weights.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from isaaclab_rl.entrypoints.common import dump_train_configs, resolve_seed, scoped_torch_backend_flags
from isaaclab_rl.rsl_rl import (
    RslRlVecEnvWrapper,
    check_rsl_rl_version,
    create_rsl_rl_runner,
    handle_deprecated_rsl_rl_cfg,
)

from ..errors import UserError
from ..metrics import Metrics
from ..run_config import RunConfig
from .base import Job


class RslRlLearner:
    """RSL-RL: PPO and distillation on tensors that never leave the device."""

    library = "rsl_rl"
    checkpoint_pattern = r"model_.*\.pt"
    step_unit = "iterations"

    def configure(self, config: RunConfig, env_cfg: Any, agent_cfg: Any) -> Any:
        """See :meth:`.base.Learner.configure`."""
        if config.seed is not None:
            agent_cfg.seed = resolve_seed(config.seed)
        agent_cfg = handle_deprecated_rsl_rl_cfg(agent_cfg, check_rsl_rl_version())
        if config.max_iterations is not None:
            agent_cfg.max_iterations = config.max_iterations
        # the configurations name a GPU of their own, whatever the simulation runs on
        if not any(override.startswith("agent.device=") for override in config.overrides):
            agent_cfg.device = config.device
        env_cfg.seed = agent_cfg.seed
        return agent_cfg

    def training_scope(self) -> AbstractContextManager[None]:
        """See :meth:`.base.Learner.training_scope`. Some of these flags change matrix products on a GPU."""
        return scoped_torch_backend_flags(
            cuda_matmul_allow_tf32=True,
            cudnn_allow_tf32=True,
            cudnn_deterministic=False,
            cudnn_benchmark=True,
        )

    def experiment(self, config: RunConfig, agent_cfg: Any) -> str:
        """See :meth:`.base.Learner.experiment`."""
        return agent_cfg.experiment_name

    def run_name(self, agent_cfg: Any) -> str:
        """See :meth:`.base.Learner.run_name`."""
        return agent_cfg.run_name or ""

    def check_checkpoint(self, path: Path) -> None:
        """See :meth:`.base.Learner.check_checkpoint`."""
        try:
            saved = torch.load(path, weights_only=False, map_location="cpu")
        except Exception as error:
            raise UserError(
                f"{path} is not a checkpoint of RSL-RL, or it is damaged: choose another, such as a model_<N>.pt."
            ) from error
        if not isinstance(saved, dict) or "iter" not in saved:
            raise UserError(f"{path} holds no RSL-RL training: choose a model_<N>.pt that RSL-RL wrote.")

    def start_training(self, job: Job) -> RslRlTraining:
        """See :meth:`.base.Learner.start_training`."""
        return RslRlTraining(job)

    def start_playback(self, job: Job) -> RslRlPlayback:
        """See :meth:`.base.Learner.start_playback`."""
        return RslRlPlayback(job)


class RslRlTraining:
    """One training with RSL-RL. See :class:`.base.Training`."""

    def __init__(self, job: Job) -> None:
        self._agent_cfg = job.agent_cfg
        self._run_dir = job.run_dir
        self._metrics = job.metrics
        if job.agent_cfg.algorithm.class_name == "Distillation" and job.checkpoint is None:
            raise UserError("Distillation needs a teacher: choose a checkpoint to continue from.")
        env = RslRlVecEnvWrapper(job.env, clip_actions=job.agent_cfg.clip_actions)
        self._runner = create_rsl_rl_runner(env, job.agent_cfg, log_dir=str(job.run_dir))
        if job.checkpoint is not None:
            _load(self._runner, job.checkpoint, job)
        dump_train_configs(str(job.run_dir), job.env_cfg, job.agent_cfg)
        self.total_iterations = job.agent_cfg.max_iterations
        self._rollout_steps = job.agent_cfg.num_steps_per_env * job.env.num_envs
        self._mirror_scalars()

    @property
    def iteration(self) -> int:
        """See :meth:`.base.Training.iteration`."""
        return self._runner.logger.tot_timesteps // self._rollout_steps

    def learn(self) -> None:
        """See :meth:`.base.Training.learn`."""
        self._runner.learn(
            num_learning_iterations=self._agent_cfg.max_iterations,
            init_at_random_ep_len=self._agent_cfg.init_at_random_ep_len,
        )

    def save(self) -> Path | None:
        """See :meth:`.base.Training.save`."""
        if not all(torch.isfinite(value).all() for value in self._runner.alg.get_policy().state_dict().values()):
            return None
        path = self._run_dir / f"model_{self._runner.current_learning_iteration}.pt"
        self._runner.save(str(path))
        return path

    def close(self) -> None:
        """See :meth:`.base.Training.close`."""
        logger = self._runner.logger
        if logger.writer is not None:
            # RSL-RL stops the writers of its own kind, and leaves TensorBoard's thread running
            logger.stop_logging_writer()
            if hasattr(logger.writer, "close"):
                logger.writer.close()

    def _mirror_scalars(self) -> None:
        """Files every scalar in the metrics as the library writes it. The writer is made in ``learn()``."""
        logger = self._runner.logger
        init_logging_writer = logger.init_logging_writer

        def init_and_mirror() -> None:
            init_logging_writer()
            mirror_scalars(logger.writer, self._metrics)

        logger.init_logging_writer = init_and_mirror


class RslRlPlayback:
    """A policy of RSL-RL. See :class:`.base.Playback`."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint is not None
        self._env = RslRlVecEnvWrapper(job.env, clip_actions=job.agent_cfg.clip_actions)
        runner = create_rsl_rl_runner(self._env, job.agent_cfg)
        _load(runner, job.checkpoint, job)
        self._policy = runner.get_inference_policy(device=job.env.unwrapped.device)
        self._observations = self._env.get_observations()

    def step(self) -> None:
        """See :meth:`.base.Playback.step`."""
        with torch.inference_mode():
            self._observations, _, dones, _ = self._env.step(self._policy(self._observations))
            # the memory of a recurrent policy ends with its episode
            self._policy.reset(dones)


def mirror_scalars(writer: Any, metrics: Metrics) -> None:
    """Files every scalar that a summary writer is given in ``metrics`` too."""
    add_scalar = writer.add_scalar

    def add_and_file(tag: str, scalar_value: Any, global_step: int | None = None, *args: Any, **kwargs: Any) -> None:
        add_scalar(tag, scalar_value, global_step, *args, **kwargs)
        # RSL-RL logs some curves a second time, against the training's seconds
        unit = "seconds" if tag.endswith("/time") else None
        metrics.add(tag, float(scalar_value), 0 if global_step is None else global_step, unit)

    writer.add_scalar = add_and_file


def _load(runner: Any, checkpoint: Path, job: Job) -> None:
    try:
        # a checkpoint remembers the GPU that saved it, which this machine may not have
        runner.load(str(checkpoint), map_location=job.agent_cfg.device)
    except (RuntimeError, KeyError, ValueError) as error:
        raise UserError(
            f"{checkpoint} does not fit {job.config.task}: its networks have other sizes. "
            "Choose a checkpoint of this task."
        ) from error
