# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How far a run has come, counted from the checkpoint that it resumed from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ..isaac_lab.simulation import SteppedEnv
from ..learners.base import Training
from ..learners.resuming import Progress
from .snapshot import Counts
from .stopwatch import Speedometer, Stopwatch


class Counters:
    """Counts iterations, steps and time of a run; keeps them when its environment and training are closed."""

    def __init__(self) -> None:
        self.start = Progress()
        """How far the checkpoint had come that the training resumed from."""
        self.total_iterations = 0
        """Iteration at which the training ends; 0 for a playback, or while unknown."""
        self.total_steps = 0
        """Environment steps after which a playback ends; 0 for never."""
        self.stopwatch = Stopwatch()
        """Runs from the first step to the last."""
        self._speedometer = Speedometer()
        self._steps = self._iteration = 0
        self._env: SteppedEnv | None = None
        self._training: Training | None = None

    @property
    def iteration(self) -> int:
        """Finished iterations, including those of the checkpoint."""
        return self._iteration if self._training is None else self._training.iteration

    @property
    def steps(self) -> int:
        """Environment steps over all parallel environments, including those of the checkpoint."""
        if self._env is None:
            return self._steps
        return self.start.steps + self._env.step_count * self._env.num_envs

    @property
    def seconds(self) -> float:
        """Seconds between the first step and the last without pauses, including those of the checkpoint."""
        return self.start.seconds + self.stopwatch.seconds

    @property
    def eta(self) -> float | None:
        """Seconds until the end; None while unknown."""
        if self.total_steps:
            done, total = self.steps, self.total_steps
        else:
            done = self.iteration - self.start.iterations
            total = self.total_iterations - self.start.iterations
        if done <= 0 or total <= 0 or self.stopwatch.stopped:
            return None
        return self.stopwatch.seconds / done * (total - done)

    @property
    def steps_per_second(self) -> float | None:
        """Speed over the last seconds; of the whole run when it has ended."""
        if not self.stopwatch.stopped:
            return self._speedometer.per_second
        seconds = self.stopwatch.seconds
        return (self.steps - self.start.steps) / seconds if seconds > 0 else None

    def measure(self) -> None:
        """Measures the speed; to be called after each slice of the run."""
        self._speedometer.measure(self.steps)

    def pause(self) -> None:
        """Stops the time until :meth:`restart`."""
        self.stopwatch.pause()

    def restart(self) -> None:
        """Ends a :meth:`pause`."""
        self.stopwatch.restart()
        self._speedometer.clear()  # it would take the pause for slow steps

    def progress(self) -> Progress:
        """Returns how far the run has come, as a checkpoint stores it."""
        return Progress(self.iteration, self.steps, self.seconds)

    def begin(self, training: Training) -> None:
        """Starts to count the iterations of a training."""
        self.start, self.total_iterations = training.start, training.total_iterations
        self._training = training

    def end(self) -> None:
        """Keeps the count of a training that is over."""
        self._iteration, self._training = self.iteration, None

    @contextlib.contextmanager
    def stepping(self, env: SteppedEnv) -> Iterator[None]:
        """Counts the steps of an environment, and the time, inside the block."""
        self._env = env
        self.stopwatch.start()
        try:
            yield
        finally:
            self.stopwatch.stop()
            self._steps, self._env = self.steps, None

    def view(self) -> Counts:
        """Returns the counts as they are now."""
        return Counts(
            iteration=self.iteration,
            total_iterations=self.total_iterations,
            start_iteration=self.start.iterations,
            steps=self.steps,
            total_steps=self.total_steps,
            steps_per_second=self.steps_per_second,
            elapsed=self.seconds,
            eta=self.eta,
        )
