# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How far a run has come, counted on from what it was resumed from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from ..isaac_lab.simulation import SteppedEnv
from ..learners.base import Training
from ..learners.resuming import Progress
from .stopwatch import Stopwatch


class Counters:
    """What a run counts while it has an environment and a training, and what it had counted when they are gone."""

    def __init__(self) -> None:
        self.start = Progress()
        """What the training goes on from."""
        self.total_iterations = 0
        """At which iteration it ends; 0 for a playback, or while unknown."""
        self.total_steps = 0
        """At how many environment steps a playback ends; 0 for never."""
        self.stopwatch = Stopwatch()
        """Runs from the first step to the last."""
        self._steps = self._iteration = 0
        self._env: SteppedEnv | None = None
        self._training: Training | None = None

    @property
    def iteration(self) -> int:
        """Finished iterations, those of what it goes on from included."""
        return self._iteration if self._training is None else self._training.iteration

    @property
    def steps(self) -> int:
        """Environment steps over all parallel environments, likewise."""
        if self._env is None:
            return self._steps
        return self.start.steps + self._env.step_count * self._env.num_envs

    @property
    def seconds(self) -> float:
        """Seconds between the first step and the last, pauses left out, likewise."""
        return self.start.seconds + self.stopwatch.seconds

    @property
    def eta(self) -> float | None:
        """Seconds to go, or None while unknown."""
        if self.total_steps:
            done, total = self.steps, self.total_steps
        else:
            done = self.iteration - self.start.iterations
            total = self.total_iterations - self.start.iterations
        if done <= 0 or total <= 0 or self.stopwatch.stopped:
            return None
        return self.stopwatch.seconds / done * (total - done)

    def progress(self) -> Progress:
        """How far the run has come."""
        return Progress(self.iteration, self.steps, self.seconds)

    def begin(self, training: Training) -> None:
        """Counts the iterations of a training that is about to learn."""
        self.start, self.total_iterations = training.start, training.total_iterations
        self._training = training

    def end(self) -> None:
        """The training is over; its iterations stay."""
        self._iteration, self._training = self.iteration, None

    @contextlib.contextmanager
    def stepping(self, env: SteppedEnv) -> Iterator[None]:
        """Counts the steps of an environment, and the time, for as long as the block lasts."""
        self._env = env
        self.stopwatch.start()
        try:
            yield
        finally:
            self.stopwatch.stop()
            self._steps, self._env = self.steps, None

    def shown(self) -> dict[str, Any]:
        """Their part of a snapshot."""
        return {
            "iteration": self.iteration,
            "total_iterations": self.total_iterations,
            "steps": self.steps,
            "total_steps": self.total_steps,
            "start_iteration": self.start.iterations,
            "start_steps": self.start.steps,
            "start_seconds": self.start.seconds,
            "elapsed": self.seconds,
            "eta": self.eta,
        }
