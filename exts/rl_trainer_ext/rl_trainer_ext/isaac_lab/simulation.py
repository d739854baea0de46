# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Opens and closes the Isaac Lab environment of a run, and yields to the frame loop between its steps."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym

from ..frames.cooperative import next_frame, turn
from ..viewport.interface import Viewport
from .curriculum_stage import unchanged_curriculum
from .recorded_physics import recorded_physics
from .task_config import ResolvedConfig
from .task_sources import note_sources

Report = Callable[[str], None]
"""Reports the next activity; the host can draw it before it begins."""


class SteppedEnv(gym.Wrapper):
    """Counts the steps of an environment and yields to the frame loop after each.

    The library's own wrapper wraps this one, so the step is complete when it yields.
    """

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.step_count = 0
        """Number of vectorised steps; each steps every parallel environment once."""
        self.on_step: Callable[[Any, Any], None] | None = None
        """Called with rewards and dones, tensors of shape (num_envs,), after each step."""
        self.before_step: Callable[[], None] | None = None
        """Called before the next step; for changes between two steps."""
        self.after_step: tuple[Callable[[Any, Any], None], ...] = ()
        """Called after each step with the actions and what the step returned; they must change nothing."""
        self.record: Callable[[], None] | None = None
        """Called after each step, before the host gets its turn; takes the pictures of a video."""
        self.extras: dict[str, Any] = {}
        """The extras that the last step returned."""
        self.keeps_stage = False
        """Whether the stage of the curriculum is restored, so that a reset before the first step must not change it."""
        self.frame_every_step = False
        """Whether the host gets a frame after every step, even if none is due."""

    @property
    def num_envs(self) -> int:
        """Number of parallel environments."""
        return self.env.unwrapped.num_envs

    def reset(self, **arguments: Any) -> Any:
        """Resets all environments."""
        if self.keeps_stage and self.step_count == 0:
            with unchanged_curriculum(self):
                return self.env.reset(**arguments)
        return self.env.reset(**arguments)

    def step(self, action: Any) -> Any:
        """Steps all environments, then waits for the host if its frame is due."""
        if self.before_step is not None:
            self.before_step()
        result = self.env.step(action)
        self.step_count += 1
        self.extras = result[4]
        if self.on_step is not None:
            _, rewards, terminated, truncated, _ = result
            if isinstance(rewards, dict):  # of several agents, whose episodes end together
                self.on_step(sum(rewards.values()), _first(terminated) | _first(truncated))
            else:
                self.on_step(rewards, terminated | truncated)
        for look in self.after_step:
            look(action, result)
        self._give_turn()
        return result

    def count_step(self) -> None:
        """Counts a step whose outcome was put in place instead of being simulated, and yields as after any step."""
        self.step_count += 1
        self._give_turn()

    def _give_turn(self) -> None:
        if self.record is not None:
            self.record()
        if self.frame_every_step:
            next_frame()
        else:
            turn()


def _first(values: dict[str, Any]) -> Any:
    return next(iter(values.values()))


@contextlib.contextmanager
def launched(resolved: ResolvedConfig) -> Iterator[None]:
    """Runs Isaac Lab's runtime for a configuration within the block."""
    from isaaclab.app import launch_simulation

    failure: Exception | None = None
    with launch_simulation(resolved.env_cfg, resolved.launcher_args):
        try:
            yield
        except Exception as exception:
            # launch_simulation prints exceptions that pass through it; the caller reports this one itself
            failure = exception
    if failure is not None:
        raise failure


@contextlib.contextmanager
def environment(
    task: str, resolved: ResolvedConfig, report: Report, viewport: Viewport | None = None, one_agent: bool = True
) -> Iterator[SteppedEnv]:
    """Opens the environment of a run and closes the simulation after the block, however it ends.

    Args:
        task: Gymnasium id of the task.
        resolved: Its configuration.
        report: Called with each activity of the creation before it begins.
        viewport: Draws the environment while it is open.
        one_agent: Whether to make one agent of the agents of a task with several.
    """
    with created(task, resolved, report, viewport) as env, stepped(env, viewport, one_agent) as stepped_env:
        yield stepped_env


@contextlib.contextmanager
def created(task: str, resolved: ResolvedConfig, report: Report, viewport: Viewport | None = None) -> Iterator[gym.Env]:
    """Creates an environment, and closes the simulation after the block; the arguments are :func:`environment`'s."""
    from isaaclab.sim import SimulationContext
    from isaaclab_rl.entrypoints.common import create_isaaclab_env

    env: gym.Env | None = None
    report("Creating environment…")
    try:
        if viewport is not None:
            viewport.configure(resolved.env_cfg)
        with _activities(lambda activity: report(f"Creating environment: {activity[:1].lower()}{activity[1:]}…")):
            env = create_isaaclab_env(
                task, resolved.env_cfg, resolved.launcher_args, convert_marl_to_single_agent=False
            )
        note_sources()
        with recorded_physics(SimulationContext.instance()):
            yield env
    finally:
        if env is None and viewport is not None:
            viewport.detach()  # it was configured for an environment that does not come
        report("Closing environment…")
        if env is not None:
            env.close()
        # an environment that was stopped during its creation leaves its simulation open
        if SimulationContext.instance() is not None:
            SimulationContext.clear_instance()
        _free_newton_views()


@contextlib.contextmanager
def stepped(env: gym.Env, viewport: Viewport | None = None, one_agent: bool = True) -> Iterator[SteppedEnv]:
    """Counts and draws the steps of an open environment within the block; the arguments are :func:`environment`'s."""
    from isaaclab.envs import DirectMARLEnvCfg, multi_agent_to_single_agent

    as_one = multi_agent_to_single_agent(env) if one_agent and isinstance(env.unwrapped.cfg, DirectMARLEnvCfg) else None
    result = SteppedEnv(as_one or env)
    try:
        if viewport is not None:
            viewport.attach(result.unwrapped)
        yield result
    finally:
        if viewport is not None:
            viewport.detach()
        # gymnasium's wrappers refer to each other, and the library to them
        result.on_step, result.record, result.extras = None, None, {}
        if as_one is not None:
            as_one.close()  # with the environment: its finaliser would close that again later


def _free_newton_views() -> None:
    """Empties Newton's cache of articulation views, which keeps the model of every closed environment in memory.

    The cache (``functools.lru_cache`` of a method) belongs to the class, so nothing else ever empties it.
    """
    if "newton" in sys.modules:
        from newton.selection import ArticulationView

        ArticulationView._get_attribute_array.cache_clear()


@contextlib.contextmanager
def _activities(report: Report) -> Iterator[None]:
    """Reports the activities that Isaac Lab passes to its console loading screen."""
    from isaaclab.app import LoadingScreen

    class ActivityScreen(LoadingScreen):
        def set_activity(self, activity: str | None) -> None:
            if activity is not None:
                report(activity)

    with ActivityScreen(num_stages=0, enabled=False, logo=False):
        yield


def report_and_draw(show: Report) -> Report:
    """Returns a report that lets the host draw a frame, so that the activity is visible before it begins."""

    def report(activity: str) -> None:
        show(activity)
        next_frame()

    return report
