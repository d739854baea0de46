# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A preview: opens a task without training and steps it with zero or random actions.

A training that is started meanwhile takes over the environment where it needs the same one; see
:class:`~.open_environment.OpenEnvironment`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..isaac_lab import simulation, task_config
from ..isaac_lab.actions import random_actions, zero_actions
from ..isaac_lab.determinism import determinism
from ..isaac_lab.simulation import SteppedEnv
from ..isaac_lab.task_sources import edited_words
from ..learners.base import Learner, load_learner
from ..metrics import Metrics
from ..overrides.blame import blamed
from ..run_config import RunConfig
from ..viewport.interface import Viewport
from .commands import Load, Play, Train
from .failures import describe_run_failure
from .open_environment import OpenEnvironment
from .playing import EpisodeStatistics, Playing
from .run_settings import configure_run
from .session import LearnerSession, Session
from .snapshot import PreviewActions, RunView, State

SEED = 42
"""The seed of a preview that is given none and has no library, as Isaac Lab's commands have it."""


class Previewing(Playing):
    """The loop of a preview.

    Args:
        speed: Multiple of real time; 0 is as fast as possible.
        actions: What acts.
        wants_end: Called before each step; True ends the preview.
    """

    def __init__(self, speed: float, actions: PreviewActions, wants_end: Callable[[], bool]) -> None:
        super().__init__(speed)
        self.actions = actions
        """What acts, from the next step on."""
        self._wants_end = wants_end
        self._reset = False

    def swap(self, checkpoint: Path) -> None:
        """Does nothing: a preview plays no checkpoint."""

    def follow(self, run_dir: Path | None) -> None:
        """Does nothing: a preview plays no checkpoint."""

    def reset(self) -> None:
        """Resets all environments before the next step."""
        self._reset = True

    def preview(self, env: SteppedEnv, num_steps: int | None, metrics: Metrics) -> None:
        """Steps the environment to the end, which is after ``num_steps`` steps or never. Blocks, as :meth:`run`.

        Args:
            env: The environment, its agents as the task has them.
            num_steps: Vectorised steps; None for no end.
            metrics: Gets return and length of the finished episodes.
        """
        import torch

        actions_of = {PreviewActions.ZERO: zero_actions, PreviewActions.RANDOM: random_actions}
        self._env = env
        self._count(env, metrics)
        policy = functools.cache(lambda actions: actions_of[actions](env))
        env.reset()

        def step() -> bool:
            if self._wants_end():
                return False
            if self._reset:
                self._reset = False
                env.reset()
                self._count(env, metrics)
            with torch.inference_mode():
                env.step(policy(self.actions)())
            return True

        try:
            self._keep_pace(env, num_steps, step)
        finally:
            self._env = None

    def _count(self, env: SteppedEnv, metrics: Metrics) -> None:
        statistics = env.on_step = EpisodeStatistics(env, metrics)
        self.driving.on_reset = statistics.leave_out


class PreviewSession(Session):
    """A preview, from its configuration to its closed or handed over environment.

    Args:
        config: What was asked for; its library may be empty.
        command: The command that asked for it.
        viewport: Draws the environment; None for no viewport.
        admit: As for :class:`Session`.
    """

    def __init__(
        self,
        config: RunConfig,
        command: Load,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(config, viewport=viewport, admit=admit)
        self.command = command
        self.previewing = Previewing(config.speed, command.actions, self._gives_way)
        self.playing = self.previewing
        self.successor: tuple[Train | Play | Load, Session | None] | None = None
        """The next run, for which this preview has ended: with its session where that takes over the environment."""
        self.why_not = ""
        """Why the next run does not take over the environment, in one sentence."""
        self._wanted: tuple[Train | Play | Load, Session | None] | None = None
        self._opened: OpenEnvironment | None = None

    def give_way(self, command: Train | Play | Load, session: Session | None = None) -> None:
        """Ends the preview before its next step; a training that cannot be configured is a problem instead.

        Args:
            command: The run that follows.
            session: Its session, if it may take over the environment.
        """
        if session is not None and session.config.seed == -1 and self.command.config.seed == -1:
            session.config = session.config.replace(seed=self.config.seed)  # it was drawn for this
        self._wanted = command, session
        self.lifecycle.unpause()

    def view(self) -> RunView:
        """Returns the preview as it is now."""
        return dataclasses.replace(super().view(), preview=self.previewing.actions)

    def describe(self, exception: BaseException) -> str:
        """Returns one sentence about what ended the preview."""
        return describe_run_failure(exception, playing=True, run_dir=None, saved=None, what="The preview")

    def run(self) -> None:
        """Previews to the end; see :meth:`Session.run`. Afterwards :attr:`successor` is what to do next."""
        self._report("Reading the configuration…")
        self.config = self.config.replace(device=task_config.resolve_device(self.config.device))
        learner, resolved = self._resolve()
        self._edited = edited_words(self.config.task)
        self._origin, self.notice = self._edited, resolved.notice
        if self._admit is not None:
            self._admit(resolved.env_cfg)
        scope = contextlib.nullcontext() if learner is None else learner.training_scope()
        with (
            blamed(self.config.overrides, lambda: self.counters.stopwatch.started),
            determinism(self.config.deterministic, resolved.env_cfg),
            scope,
            contextlib.ExitStack() as cleanup,
        ):
            opened = OpenEnvironment(self.config, resolved, self._report, self._viewport)
            self._opened = cleanup.enter_context(opened)
            try:
                self._step(opened)
                if self.successor is not None and self.successor[1] is not None:
                    cleanup.pop_all()  # the other run closes it
            finally:
                self._opened = None

    def _step(self, opened: OpenEnvironment) -> None:
        self.metrics.step_unit = "environment steps"
        with simulation.stepped(opened.env, self._viewport, one_agent=False) as env:
            if self.config.num_steps is not None:
                self.counters.total_steps = self.config.num_steps * env.num_envs
            with self.previewing.driving.of(env, self.config.task), self._stepping(State.PLAYING, env):
                self.previewing.preview(env, self.config.num_steps, self.metrics)

    def _resolve(self) -> tuple[Learner | None, task_config.ResolvedConfig]:
        """Returns the configuration that a training would have, as far as there is a library for one."""
        config = self.config.replace(checkpoint=None, fine_tune=False, logger=None, log_project_name=None)
        with blamed(config.overrides, lambda: False):
            if config.library:
                # what is wrong with the agent is for the training to tell
                with contextlib.suppress(UserError):
                    learner = load_learner(config.library)
                    settings = configure_run(config, learner, playing=False)
                    self.config = settings.config.replace(speed=self.config.speed)
                    return learner, settings.resolved
            overrides = tuple(each for each in config.overrides if not each.lstrip("+~").startswith("agent."))
            config = config.replace(library="", agent=None, overrides=overrides)
            resolved = task_config.resolve(config)
        seed = SEED if config.seed is None else config.seed
        self.config = config.replace(seed=task_config.drawn_seed(config.replace(seed=seed), None))
        resolved.env_cfg.seed = self.config.seed
        return None, resolved

    def _gives_way(self) -> bool:
        """Configures the next run, if one is wanted; returns whether the preview ends for it."""
        if self._wanted is None or self._opened is None:
            return False
        (command, session), self._wanted = self._wanted, None
        self.successor = command, None
        if isinstance(command, Train) and isinstance(session, LearnerSession):
            try:
                _, settings, _ = session.configure()
            except UserError as error:
                self.previewing.problem, self.successor = str(error), None
                return False
            except Exception:
                return True  # a configuration may raise anything; it is reported when the run starts
            why = self._opened.difference(session.config, settings.resolved)
            if why:
                self.why_not = f"Created another environment than that of the preview: {why}."
            else:
                session.remark = "Took over the environment of the preview, as it was after its creation."
                session.taken_over, self.successor = self._opened, (command, session)
        return True
