# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RSL-RL, through Isaac Lab's wrapper and configuration.

The order of operations is that of ``isaaclab_rl.entrypoints.backends.train_rsl_rl`` and ``play_rsl_rl``, so that the
same arguments give the same weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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
from ..metrics import MEAN_REWARD
from ..resuming import Progress, totals
from ..run_config import RunConfig
from .base import Job, is_overridden
from .events import close_writer, mirror_scalars
from .random_state import set_random_state
from .rsl_rl_state import freeze, load_policy, resume, set_learning_rate


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
        if not is_overridden(config, "agent.device"):
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
        assert job.keeper is not None
        agent_cfg = self._agent_cfg = job.agent_cfg
        self._metrics, self._env, self._keeper = job.metrics, job.env, job.keeper
        if agent_cfg.algorithm.class_name == "Distillation" and job.checkpoint is None:
            raise UserError("Distillation needs a teacher: choose a checkpoint to continue from.")
        env = RslRlVecEnvWrapper(job.env, clip_actions=agent_cfg.clip_actions)
        self._runner = create_rsl_rl_runner(env, agent_cfg, log_dir=str(job.run_dir))
        self.start = Progress()
        self._random: dict[str, Any] | None = None
        if job.checkpoint is not None:
            self._resume(job, job.checkpoint)
        dump_train_configs(str(job.run_dir), job.env_cfg, agent_cfg)
        self.iteration = self.start.iterations
        self.total_iterations = self.iteration + agent_cfg.max_iterations
        self._ended = False
        self._listen()

    def _resume(self, job: Job, checkpoint: Path) -> None:
        with _fitting(checkpoint, job.config.task):
            resumed = resume(self._runner, checkpoint)
        self.start = totals(checkpoint, resumed)
        self._random = resumed.random
        logger = self._runner.logger
        logger.tot_timesteps = self.start.steps
        logger.tot_time = logger.tot_time or self.start.seconds
        algorithm = self._agent_cfg.algorithm
        # an adaptive rate is state, unless somebody asks for another one; a fixed one is a setting
        asked_for = is_overridden(job.config, "agent.algorithm.learning_rate")
        if asked_for or getattr(algorithm, "schedule", "fixed") != "adaptive":
            set_learning_rate(self._runner, algorithm.learning_rate)

    def learn(self) -> None:
        """See :meth:`.base.Training.learn`."""
        self._runner.learn(
            num_learning_iterations=self._agent_cfg.max_iterations,
            init_at_random_ep_len=self._agent_cfg.init_at_random_ep_len,
        )
        self._ended = True

    def save(self) -> Path | None:
        """See :meth:`.base.Training.save`."""
        path = self._keeper.run_dir / f"model_{max(self.iteration - 1, 0)}.pt"
        if self._ended and path.exists():  # the runner has just saved it
            return path
        return path if self._save(str(path)) else None

    def close(self) -> None:
        """See :meth:`.base.Training.close`."""
        logger = self._runner.logger
        if logger.writer is not None:
            # RSL-RL stops the writers of its own kind, and leaves TensorBoard's thread running
            logger.stop_logging_writer()
            close_writer(logger.writer)

    def _save(self, path: str, infos: dict | None = None) -> bool:
        """In the place of the runner's own: the file is there when it is whole."""
        frozen = freeze(self._runner, self._keeper.progress())
        if frozen is not None:
            self._keeper.save(Path(path).stem, frozen)
            self._runner.logger.save_model(path, self._runner.current_learning_iteration)
        return frozen is not None

    def _listen(self) -> None:
        """Hears of what the library does from inside its ``learn()``."""
        runner, logger = self._runner, self._runner.logger
        init_logging_writer, log = logger.init_logging_writer, logger.log

        def init_and_mirror() -> None:
            init_logging_writer()
            mirror_scalars(logger.writer, self._metrics, self._keeper.waits_for_room)
            if self._random is not None:
                # nothing is drawn from here to the first action
                set_random_state(self._random)

        def log_and_keep(*args: Any, **kwargs: Any) -> None:
            log(*args, **kwargs)
            self.iteration += 1
            window = logger.rewbuffer
            settled = len(window) == window.maxlen and self._env.step_count >= self._env.unwrapped.max_episode_length
            self._keeper.iteration_finished(
                self.iteration - 1,
                self._metrics.last(MEAN_REWARD) if window else None,
                settled,
                lambda: freeze(runner, self._keeper.progress()),
            )

        logger.init_logging_writer, logger.log, runner.save = init_and_mirror, log_and_keep, self._save


class RslRlPlayback:
    """A policy of RSL-RL. See :class:`.base.Playback`."""

    def __init__(self, job: Job) -> None:
        assert job.checkpoint is not None
        self._task = job.config.task
        self._env = RslRlVecEnvWrapper(job.env, clip_actions=job.agent_cfg.clip_actions)
        self._runner = create_rsl_rl_runner(self._env, job.agent_cfg)
        self._device = job.env.unwrapped.device
        self.load(job.checkpoint)
        self._observations = self._env.get_observations()

    def load(self, checkpoint: Path) -> None:
        """See :meth:`.base.Playback.load`."""
        with _fitting(checkpoint, self._task):
            load_policy(self._runner, checkpoint)
        self._policy = self._runner.get_inference_policy(device=self._device)
        self._policy.reset()

    def step(self) -> None:
        """See :meth:`.base.Playback.step`."""
        with torch.inference_mode():
            self._observations, _, dones, _ = self._env.step(self._policy(self._observations))
            # the memory of a recurrent policy ends with its episode
            self._policy.reset(dones)


@contextmanager
def _fitting(checkpoint: Path, task: str) -> Iterator[None]:
    """Turns what the library says of a checkpoint that does not fit into one sentence."""
    try:
        yield
    except (RuntimeError, KeyError, ValueError) as error:
        raise UserError(
            f"{checkpoint} does not fit {task}: its networks have other sizes. Choose a checkpoint of this task."
        ) from error
