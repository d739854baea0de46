# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Opens and closes the Isaac Lab environment of a run, and gives the frame loop its turns while it steps."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import gymnasium as gym

from ..frames.cooperative import next_frame, turn
from ..viewport.interface import Viewport
from .task_config import ResolvedConfig
from .task_sources import note_sources

Report = Callable[[str], None]
"""Says what is about to be done, and lets the host draw it before it is."""


class SteppedEnv(gym.Wrapper):
    """Counts the steps of an environment and gives the frame loop its turn after each.

    It lies below the library's own wrapper, so that what the library sees of a step is complete when the turn is given.
    """

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.step_count = 0
        """Vectorised steps; each steps every parallel environment once."""
        self.on_step: Callable[[Any, Any], None] | None = None
        """Called with rewards and dones, tensors of shape (num_envs,), after each step."""
        self.extras: dict[str, Any] = {}
        """What the last step returned beside observations, rewards and ends of episodes."""
        self.frame_every_step = False
        """Whether the host gets its frame after every step, whether or not it is due."""

    @property
    def num_envs(self) -> int:
        """Number of parallel environments."""
        return self.env.unwrapped.num_envs

    def step(self, action: Any) -> Any:
        """Steps all environments, then waits for the host if its frame is due."""
        result = self.env.step(action)
        self.step_count += 1
        self.extras = result[4]
        if self.on_step is not None:
            _, rewards, terminated, truncated, _ = result
            self.on_step(rewards, terminated | truncated)
        if self.frame_every_step:
            next_frame()
        else:
            turn()
        return result


@contextlib.contextmanager
def launched(resolved: ResolvedConfig) -> Iterator[None]:
    """Isaac Lab's runtime for a configuration, for as long as the block lasts."""
    from isaaclab.app import launch_simulation

    failure: Exception | None = None
    with launch_simulation(resolved.env_cfg, resolved.launcher_args):
        try:
            yield
        except Exception as exception:
            # launch_simulation prints what it sees passing; whoever opened the run shows it in its own way
            failure = exception
    if failure is not None:
        raise failure


@contextlib.contextmanager
def environment(
    task: str, resolved: ResolvedConfig, report: Report, viewport: Viewport | None = None
) -> Iterator[SteppedEnv]:
    """The environment of a run; however the block ends, the simulation is closed after it.

    Args:
        task: Gymnasium id of the task.
        resolved: Its configuration.
        report: Told what Isaac Lab is doing during creation, before it does it.
        viewport: Draws the environment for as long as it is open.
    """
    from isaaclab.envs import DirectMARLEnvCfg
    from isaaclab.sim import SimulationContext
    from isaaclab_rl.entrypoints.common import create_isaaclab_env

    env: SteppedEnv | None = None
    report("Creating environment…")
    try:
        if viewport is not None:
            viewport.configure(resolved.env_cfg)
        with _activities(lambda activity: report(f"Creating environment: {activity[:1].lower()}{activity[1:]}…")):
            env = SteppedEnv(
                create_isaaclab_env(
                    task,
                    resolved.env_cfg,
                    resolved.launcher_args,
                    convert_marl_to_single_agent=isinstance(resolved.env_cfg, DirectMARLEnvCfg),
                )
            )
        note_sources()
        if viewport is not None:
            viewport.attach(env.unwrapped)
        yield env
    finally:
        if viewport is not None:
            viewport.detach()
        report("Closing environment…")
        if env is not None:
            env.close()
            # gymnasium's wrappers keep each other, and the library keeps them
            env.on_step, env.extras = None, {}
        # stopped in the middle of its creation, an environment leaves its simulation behind
        if SimulationContext.instance() is not None:
            SimulationContext.clear_instance()
        _free_newton_views()


def _free_newton_views() -> None:
    """Empties Newton's cache of articulation views, which keeps the model of every closed environment in memory.

    The cache (``functools.lru_cache`` of a method) belongs to the class, so nothing else ever empties it.
    """
    if "newton" in sys.modules:
        from newton.selection import ArticulationView

        ArticulationView._get_attribute_array.cache_clear()


@contextlib.contextmanager
def _activities(report: Report) -> Iterator[None]:
    """Passes on what Isaac Lab reports of its start-up to its console loading screen."""
    from isaaclab.app import LoadingScreen

    class ActivityScreen(LoadingScreen):
        def set_activity(self, activity: str | None) -> None:
            if activity is not None:
                report(activity)

    with ActivityScreen(num_stages=0, enabled=False, logo=False):
        yield


def report_and_draw(show: Report) -> Report:
    """A report that also lets the host draw a frame, so that what it says is on the screen before the work begins."""

    def report(activity: str) -> None:
        show(activity)
        next_frame()

    return report
