# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""One run, from its configuration to its closed environment, as a blocking function that the trainer runs in slices.

What a training does in it is in ``training_session``, what a playback does in ``playback_session``.
"""

from __future__ import annotations

import contextlib
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .. import runs
from ..isaac_lab import simulation, task_config
from ..isaac_lab.command_values import check_commands
from ..isaac_lab.simulation import SteppedEnv
from ..isaac_lab.task_sources import edited_words
from ..learners import trust
from ..learners.base import Job, Learner, Purpose, load_learner
from ..learners.checkpoint_writer import CheckpointWriter
from ..metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, Metrics
from ..overrides.blame import blamed
from ..run_config import RunConfig
from ..viewport.interface import Viewport
from ..viewport.video_file import require_encoder
from .bad_values import BadValues
from .counters import Counters
from .derived_settings import Creation
from .failures import describe_run_failure
from .lifecycle import Lifecycle
from .live_terms import LiveTerms
from .open_environment import OpenEnvironment, run_environment
from .playing import Playing
from .recording import RunRecording
from .reward_weights import RewardWeights
from .run_settings import RunSettings, configure_run
from .snapshot import RunView, State


class Session(ABC):
    """What a training, a playback and a preview have in common.

    Args:
        config: What was asked for.
        playing: The loop of a playback; None for a training.
        viewport: Draws the environment; None for no viewport.
        admit: Called with Isaac Lab's configuration of the environment before anything of the run is made; an exception
            fails the run.
    """

    def __init__(
        self,
        config: RunConfig,
        *,
        playing: Playing | None = None,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
    ) -> None:
        self.config = config
        self.notice = ""
        self._origin = ""
        self.metrics = Metrics()
        self.run_dir: Path | None = None
        self.counters = Counters()
        self.lifecycle = Lifecycle(self.counters)
        self.rewards = RewardWeights(self.counters, self.metrics)
        """The reward weights of a training, which the user may change."""
        self.bad_values = BadValues()
        """Looks for values that are no finite numbers."""
        self.terms = LiveTerms()
        """The terms of the environment that the user looks at."""
        self.playing = playing
        """The loop of a playback; None for a training."""
        self._viewport = viewport
        self._admit = admit
        self.recording = RunRecording(viewport, self._say, self._add_notice)
        """The clips and pictures of the run."""
        self._frame_every_step = False
        self._edited = ""
        self.remark = ""
        """What became of the environment of the preview before this run; or empty."""
        self._env: SteppedEnv | None = None
        self._report = simulation.report_and_draw(self.lifecycle.show)

    @property
    def checkpoint(self) -> Path | None:
        """The final model of a training, once it is saved, or the checkpoint that plays."""
        return None if self.playing is None else self.playing.checkpoint

    @property
    def best(self) -> Path | None:
        """The best checkpoint of a training so far."""
        return None

    @property
    def origin(self) -> str:
        """What differs from what the user may expect: from the checkpoint's run, from the task's original source."""
        if self.playing is not None and self.playing.notice is not None:
            told = self.remark, self._edited, self.playing.notice, self.bad_values.words
        else:
            told = self.remark, self._origin, self.rewards.words, self.bad_values.words
        return " ".join(filter(None, told))

    def give_frame_every_step(self, wanted: bool) -> None:
        """Sets whether the host gets a frame after every environment step, or only when one is due."""
        self._frame_every_step = wanted
        if self._env is not None:
            self._env.frame_every_step = wanted

    def view(self) -> RunView:
        """Returns the run as it is now."""
        return RunView(
            config=self.config,
            playing=self.playing is not None,
            run_dir=self.run_dir,
            counts=self.counters.view(),
            mean_reward=self.metrics.last(MEAN_REWARD),
            mean_episode_length=self.metrics.last(MEAN_EPISODE_LENGTH),
            checkpoint=self.checkpoint,
            following=None if self.playing is None else self.playing.following,
            held=self.lifecycle.held,
            origin=self.origin,
            old_code=self._edited,
            recording=self.recording.view(),
            metrics=self.metrics,
            rewards=self.rewards,
            terms=self.terms.terms,
            driving=None if self.playing is None else self.playing.driving,
        )

    @abstractmethod
    def run(self) -> None:
        """Does all of it. Blocks; to be run in a :class:`~..frames.cooperative.CooperativeTask`."""

    def describe(self, exception: BaseException) -> str:
        """Returns one sentence about what ended the run."""
        words = describe_run_failure(
            exception,
            playing=self.playing is not None,
            run_dir=self.run_dir,
            saved=self.checkpoint,
            best=self.best,
        )
        return " ".join(filter(None, (words, self.bad_values.where_kept)))

    def _say(self, sentence: str) -> None:
        self.notice = sentence

    def _add_notice(self, sentence: str) -> None:
        if sentence not in self.notice:
            self.notice = " ".join(filter(None, (self.notice, sentence)))

    @contextlib.contextmanager
    def _stepping(self, phase: State, env: SteppedEnv) -> Iterator[None]:
        self._env = env
        env.frame_every_step = self._frame_every_step
        try:
            playing = self.playing is not None
            with (
                self.lifecycle.stepping(phase, env),
                self.bad_values.of(env, self.config, self.run_dir, playing),
                self.terms.of(env, playing),
            ):
                yield
        finally:
            self._env = None


class LearnerSession(Session):
    """What a training and a playback have in common: a learner, and the environment that it is opened for."""

    taken_over: OpenEnvironment | None = None
    """The environment of a preview in which a training starts; None opens one."""
    _configured: tuple[Learner, RunSettings, RunConfig] | None = None

    def configure(self) -> tuple[Learner, RunSettings, RunConfig]:
        """Does the first part of :meth:`run`: returns learner and configuration, and what was asked for. Blocks."""
        self._require()
        self._report(f"Importing {self.config.library}…")
        learner = load_learner(self.config.library)
        self._report("Reading the configuration…")
        asked = self.config = self.config.replace(device=task_config.resolve_device(self.config.device))
        with blamed(self.config.overrides, lambda: False):
            settings = configure_run(asked, learner, playing=self.playing is not None)
        self.config, resolved = settings.config, settings.resolved
        check_commands(self.config.task, resolved.env_cfg, self.config.commands)
        self._edited = edited_words(self.config.task)
        remark = self._check(resolved.env_cfg)
        self._origin = " ".join(filter(None, (self._edited, settings.notice, remark)))
        self.notice = resolved.notice
        if self._admit is not None:
            self._admit(resolved.env_cfg)
        self._configured = learner, settings, asked
        return self._configured

    def run(self) -> None:
        """Trains or plays to the end; see :meth:`Session.run`."""
        learner, settings, asked = self._configured or self.configure()
        with (
            blamed(self.config.overrides, lambda: self.counters.stopwatch.started),
            self.taken_over or simulation.launched(settings.resolved),
        ):
            self._work(learner, settings, asked)

    def _require(self) -> None:
        """Checks that what the run needs is installed.

        Raises:
            UserError: When it is not.
        """
        if self.config.video:
            require_encoder()

    def _check(self, env_cfg: Any) -> str:
        """Checks the configuration of the environment; returns a remark for the user, or an empty text."""
        return ""

    @abstractmethod
    def _work(self, learner: Learner, settings: RunSettings, asked: RunConfig) -> None:
        """Trains or plays in the launched simulation. Blocks.

        Args:
            learner: The library.
            settings: The configuration.
            asked: What was asked for, before the checkpoint's run was looked at.
        """

    @contextlib.contextmanager
    def _open(
        self,
        learner: Learner,
        resolved: task_config.ResolvedConfig,
        run_dir: Path,
        checkpoint: Path | None,
        writer: CheckpointWriter | None,
    ) -> Iterator[Job]:
        """Opens the environment, and yields what a library needs to work in it."""
        one_agent = not learner.format.trains_each_agent(resolved.agent_cfg)
        creation = Creation(resolved.env_cfg)
        with run_environment(
            self.taken_over, self.config.task, resolved, run_dir, self._report, self._viewport, one_agent
        ) as env:
            self._report("Compiling kernels…")
            env_cfg, agent_cfg = resolved.env_cfg, resolved.agent_cfg
            if writer is not None and writer.record is not None:
                writer.record.derived = creation.derived(env_cfg)
            self.metrics.step_unit = "environment steps" if self.playing else learner.format.step_unit
            stem = "train" if self.playing is None or checkpoint is None else f"play-{checkpoint.stem}"
            with self.recording.clips(env, self.config, run_dir, stem):
                yield Job(self.config, env, env_cfg, agent_cfg, run_dir, checkpoint, self.metrics, writer)
            self.lifecycle.close()

    def _check_file(self, learner: Learner, checkpoint: Path, purpose: Purpose) -> None:
        self._report("Reading the checkpoint…")
        if self.config.trust:
            for file in learner.format.files(checkpoint):
                trust.allow(file)
        purpose = dataclasses.replace(purpose, other_task=runs.other_task(checkpoint, self.config))
        learner.check_checkpoint(checkpoint, purpose)
        if purpose.other_task:
            use = "as the teacher" if learner.takes_teachers(purpose.agent_cfg) else "to fine-tune it"
            taken = f"Took {checkpoint.name}, which was trained on {purpose.other_task}, {use}."
            self._origin = " ".join(filter(None, (taken, self._origin)))

    def _purpose(self, resolved: task_config.ResolvedConfig) -> Purpose:
        return Purpose(
            self.config.task,
            resolved.agent_cfg,
            self.playing is not None,
            env_cfg=resolved.env_cfg,
            overrides=self.config.overrides,
            fine_tune=self.config.fine_tune,
        )
