# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""One run from its configuration to its closed environment: the blocking function that the trainer runs in slices."""

from __future__ import annotations

import contextlib
import re
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import runs, simulation, task_config
from .cooperative import sleep_until, turns_after_optimizer_steps
from .learners.base import Job, Learner, Training, load_learner
from .metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from .run_config import RunConfig
from .simulation import SteppedEnv
from .snapshot import State
from .viewport import Viewport

EPISODES_KEPT = 100
"""Finished episodes over which a playback averages, as the libraries do in training."""


class Session:
    """A training or a playback.

    Args:
        config: What was asked for.
        playing: Whether to play a checkpoint rather than train.
        viewport: Draws the environment, if anything does.
    """

    def __init__(self, config: RunConfig, *, playing: bool, viewport: Viewport | None = None) -> None:
        self.config = config
        self.playing = playing
        self.phase = State.LAUNCHING
        self.activity = "Starting…"
        self.notice = ""
        self.metrics = Metrics()
        self.run_dir: Path | None = None
        self.checkpoint: Path | None = None
        self.total_iterations = 0
        self.total_steps = 0
        self.speed = config.speed
        self.started: float | None = None
        """When the first step was taken, on the clock of :func:`time.perf_counter` [s]."""
        self.ended: float | None = None
        """When the last step was taken."""
        self._iteration = 0
        self._steps = 0
        self._viewport = viewport
        self._frame_every_step = False
        self._env: SteppedEnv | None = None
        self._training: Training | None = None
        self._report = simulation.report_and_draw(self._show)

    @property
    def iteration(self) -> int:
        """Finished iterations."""
        return self._iteration if self._training is None else self._training.iteration

    @property
    def steps(self) -> int:
        """Environment steps over all parallel environments."""
        return self._steps if self._env is None else self._env.step_count * self._env.num_envs

    def give_frame_every_step(self, wanted: bool) -> None:
        """Whether the host gets its frame after every environment step, or only when it is due."""
        self._frame_every_step = wanted
        if self._env is not None:
            self._env.frame_every_step = wanted

    @property
    def mean_reward(self) -> float | None:
        """Mean return of the last finished episodes, or None before the first."""
        return self.metrics.last(MEAN_REWARD)

    @property
    def mean_episode_length(self) -> float | None:
        """Mean length of the last finished episodes [environment steps], or None before the first."""
        return self.metrics.last(MEAN_EPISODE_LENGTH)

    def run(self) -> None:
        """Trains or plays to the end. Blocks; to be run as a :class:`~.cooperative.CooperativeTask`."""
        self._report(f"Importing {self.config.library}…")
        learner = load_learner(self.config.library)
        self._report("Reading the configuration…")
        self.config = self.config.replace(device=task_config.resolve_device(self.config.device))
        resolved = task_config.resolve(self.config, play=self.playing)
        with simulation.launched(resolved):
            resolved.agent_cfg = learner.configure(self.config, resolved.env_cfg, resolved.agent_cfg)
            if self.playing:
                self._play(learner, resolved)
            else:
                self._train(learner, resolved)

    def _train(self, learner: Learner, resolved: task_config.ResolvedConfig) -> None:
        experiment = learner.experiment(self.config, resolved.agent_cfg)
        resume_from = None
        if self.config.checkpoint is not None:
            resume_from = self._find_checkpoint(learner, experiment)
        self.run_dir = runs.create_run_dir(self.config, experiment, learner.run_name(resolved.agent_cfg))
        with learner.training_scope(), self._open(learner, resolved, self.run_dir, resume_from) as job:
            training = learner.start_training(job)
            self.total_iterations = training.total_iterations
            self._training = training
            try:
                with self._stepping(State.TRAINING, job.env), turns_after_optimizer_steps():
                    training.learn()
                    self._iteration = training.iteration
            finally:
                self._finish_training(training)

    def _finish_training(self, training: Training) -> None:
        self._iteration = training.iteration
        self._training = None
        try:
            self._report("Saving the model…")
            saved = training.save()
        finally:
            training.close()
        if saved is None:
            self.notice = "The weights are no longer finite numbers: the checkpoints until then are kept."
        else:
            self.checkpoint = saved
            self.notice = f"Saved {saved.name}"

    def _play(self, learner: Learner, resolved: task_config.ResolvedConfig) -> None:
        self.checkpoint = self._find_checkpoint(learner, learner.experiment(self.config, resolved.agent_cfg))
        self.run_dir = self.checkpoint.parent
        with self._open(learner, resolved, self.run_dir, self.checkpoint) as job:
            self._report("Loading the policy…")
            playback = learner.start_playback(job)
            job.env.on_step = _EpisodeStatistics(job.env, self.metrics)
            step_dt = job.env.unwrapped.step_dt
            if self.config.num_steps is not None:
                self.total_steps = self.config.num_steps * job.env.num_envs
            with self._stepping(State.PLAYING, job.env):
                due = time.perf_counter()
                while self.config.num_steps is None or job.env.step_count < self.config.num_steps:
                    playback.step()
                    if self.speed > 0:
                        # a machine that cannot keep up plays slower, and does not try to catch up
                        due = max(due + step_dt / self.speed, time.perf_counter() - step_dt)
                        sleep_until(due)
                    else:
                        due = time.perf_counter()

    @contextlib.contextmanager
    def _open(
        self, learner: Learner, resolved: task_config.ResolvedConfig, run_dir: Path, checkpoint: Path | None
    ) -> Iterator[Job]:
        """The environment, and what a library needs to work in it."""
        resolved.env_cfg.log_dir = str(run_dir)
        with simulation.environment(self.config.task, resolved, self._report, self._viewport) as env:
            self._report("Compiling kernels…")
            env_cfg, agent_cfg = resolved.env_cfg, resolved.agent_cfg
            self.metrics.step_unit = "environment steps" if self.playing else learner.step_unit
            yield Job(self.config, env, env_cfg, agent_cfg, run_dir, checkpoint, self.metrics)
            self.phase = State.STOPPING

    @contextlib.contextmanager
    def _stepping(self, phase: State, env: SteppedEnv) -> Iterator[None]:
        """The time from the first step to the last."""
        self.phase = phase
        self.activity = "Playing" if self.playing else "Training"
        self._env = env
        env.frame_every_step = self._frame_every_step
        self.started = time.perf_counter()
        try:
            yield
        finally:
            self.ended = time.perf_counter()
            self._steps = self.steps
            self._env = None
            self.phase = State.STOPPING

    def _find_checkpoint(self, learner: Learner, experiment: str) -> Path:
        self._report("Looking for the checkpoint…")
        checkpoint = runs.find_checkpoint(self.config, experiment, learner.checkpoint_pattern)
        learner.check_checkpoint(checkpoint)
        return checkpoint

    def _show(self, activity: str) -> None:
        self.activity = activity


class _EpisodeStatistics:
    """Mean return and length of the last finished episodes of a playback, filed in the metrics as they end."""

    def __init__(self, env: SteppedEnv, metrics: Metrics) -> None:
        import torch

        device = env.unwrapped.device
        self._env = env
        self._metrics = metrics
        self._returns = torch.zeros(env.num_envs, device=device)
        self._lengths = torch.zeros(env.num_envs, device=device)
        self._finished: deque[tuple[float, float]] = deque(maxlen=EPISODES_KEPT)

    def __call__(self, rewards: Any, dones: Any) -> None:
        """Called after each step with tensors of shape (num_envs,)."""
        self._returns += rewards
        self._lengths += 1
        ended = dones.nonzero().flatten()
        if len(ended) == 0:
            return
        self._finished.extend(zip(self._returns[ended].tolist(), self._lengths[ended].tolist(), strict=True))
        self._returns[ended] = 0.0
        self._lengths[ended] = 0.0
        returns, lengths = zip(*self._finished, strict=True)
        step = self._env.step_count
        self._metrics.add(MEAN_REWARD, sum(returns) / len(returns), step)
        self._metrics.add(MEAN_EPISODE_LENGTH, sum(lengths) / len(lengths), step)


def describe_failure(session: Session, exception: BaseException) -> str:
    """One sentence about what ended a run, and what to do next."""
    first_line = next((line.strip() for line in str(exception).splitlines() if line.strip()), type(exception).__name__)
    kept = f" What was learned until then is in {session.checkpoint.name}." if session.checkpoint else ""
    if re.search(r"\bnan\b|finite numbers", str(exception), re.IGNORECASE):
        return (
            f"The run diverged: {first_line.rstrip('.')}. Look at the task's rewards and observations, or lower the "
            f"learning rate.{kept}"
        )
    if "out of memory" in str(exception).lower():
        return f"The device ran out of memory: use fewer environments, or another device.{kept}"
    doing = "The playback" if session.playing else "The training"
    return f"{doing} failed with {type(exception).__name__}: {first_line.rstrip('.')}. See the details.{kept}"
