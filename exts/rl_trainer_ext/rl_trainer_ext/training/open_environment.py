# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""An environment that stays open after a preview, so that a training starts in it as in a new one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from ..isaac_lab import simulation
from ..isaac_lab.simulation import Report, SteppedEnv
from ..isaac_lab.task_config import ResolvedConfig
from ..run_config import RunConfig
from ..runs.parameters import Difference, compare
from ..viewport.interface import Viewport
from .settings_of_run import as_dumped, in_words, listed

_NOT_OF_CREATION = {"env.log_dir"}
"""Settings that the creation of an environment does not use."""


class OpenEnvironment(AbstractContextManager["OpenEnvironment"]):
    """Creates an environment, and remembers its state and that of the random generators right after its creation.

    Leaving its context closes the environment. A training must be given the same values everywhere: :meth:`difference`.

    Args:
        config: What was asked for.
        resolved: Isaac Lab's configuration.
        report: Called with each activity before it begins.
        viewport: Adds to the configuration what it needs for drawing.
    """

    def __init__(
        self, config: RunConfig, resolved: ResolvedConfig, report: Report, viewport: Viewport | None = None
    ) -> None:
        from ..isaac_lab.environment_state import EnvironmentState
        from ..learners.random_state import random_state

        self.env_cfg = resolved.env_cfg
        self._config, self._report = config, report
        self._asked = as_dumped(resolved.env_cfg)  # building it changes the configuration
        with contextlib.ExitStack() as cleanup:
            cleanup.enter_context(simulation.launched(resolved))
            # the run that closes it reports
            created = simulation.created(config.task, resolved, lambda activity: self._report(activity), viewport)
            self.env = cleanup.enter_context(created)
            self._state: EnvironmentState | None = EnvironmentState(self.env)
            self._random = random_state()
            self._cleanup = cleanup.pop_all()

    def difference(self, config: RunConfig, resolved: ResolvedConfig) -> str:
        """Returns why a training needs another environment, as the end of a sentence; empty if it does not.

        Args:
            config: What was asked for, with the device.
            resolved: Its configuration, before an environment is created with it.
        """
        then = self._config
        pairs = [("task", config.task, then.task), ("deterministic", config.deterministic, then.deterministic)]
        if config.device != "cpu":
            # the libraries' precision of matrix products on a GPU is in force while the environment is created
            pairs.append(("library", config.library, then.library))
        found = [Difference(*pair) for pair in pairs if pair[1] != pair[2]]
        if not found:
            found = [
                each
                for each in compare(as_dumped(resolved.env_cfg), self._asked, "env.")
                if each.key not in _NOT_OF_CREATION
            ]
        if found:
            return listed(
                [f"{each.key} {in_words(each.first)} (the preview: {in_words(each.second)})" for each in found]
            )
        return self._obstacle()

    def _obstacle(self) -> str:
        """Returns what of the environment cannot be as after its creation, as the end of a sentence; or empty."""
        physics = self.env_cfg.sim.physics
        if _package(physics) != "isaaclab_newton" or getattr(physics.solver_cfg, "use_mujoco_cpu", False):
            return "only Newton's state can be restored exactly, on its own solvers"
        if self.env_cfg.video_recorders:
            return "its videos have begun"
        sensors = self.env.unwrapped.scene.sensors.values()
        renderers = [cfg for sensor in sensors if (cfg := getattr(sensor.cfg, "renderer_cfg", None)) is not None]
        if any(_package(cfg) != "isaaclab_newton" for cfg in renderers):
            return "only the cameras of Newton's renderer can be restored"
        state = self._state
        if state is None or state.obstacle:
            return f"objects of {'' if state is None else state.obstacle} cannot be restored"
        return ""

    @contextlib.contextmanager
    def as_created(
        self, run_dir: Path, report: Report, viewport: Viewport | None, one_agent: bool
    ) -> Iterator[SteppedEnv]:
        """Restores the state after the creation, and counts and draws the steps within the block.

        Args:
            run_dir: The folder of the run that steps it.
            report: Called with each activity before it begins, until the environment is closed.
            viewport: Draws it.
            one_agent: Whether to make one agent of the agents of a task with several.
        """
        from ..learners.random_state import set_random_state

        assert self._state is not None
        self._report = report
        self._state.restore()
        set_random_state(self._random)
        self._state = None  # which holds a copy of all arrays
        self.env_cfg.log_dir = str(run_dir)
        with simulation.stepped(self.env, viewport, one_agent) as env:
            yield env

    def __exit__(self, *_: object) -> None:
        self._state = None
        with self._cleanup:
            self.env = None


def run_environment(
    taken_over: OpenEnvironment | None,
    task: str,
    resolved: ResolvedConfig,
    run_dir: Path,
    report: Report,
    viewport: Viewport | None,
    one_agent: bool,
) -> AbstractContextManager[SteppedEnv]:
    """Returns the environment of a run: that of a preview, or one that is opened and closed.

    Args:
        taken_over: The environment of a preview; its configuration replaces that in ``resolved``, which is equal.
        task: Gymnasium id of the task.
        resolved: Its configuration.
        run_dir: The run's folder.
        report: Called with each activity before it begins.
        viewport: Draws it.
        one_agent: Whether to make one agent of the agents of a task with several.
    """
    if taken_over is not None:
        resolved.env_cfg = taken_over.env_cfg
        return taken_over.as_created(run_dir, report, viewport, one_agent)
    resolved.env_cfg.log_dir = str(run_dir)
    return simulation.environment(task, resolved, report, viewport, one_agent)


def _package(value: Any) -> str:
    return type(value).__module__.partition(".")[0]
