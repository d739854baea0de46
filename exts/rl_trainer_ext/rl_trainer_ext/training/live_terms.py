# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the terms of the environment that the user looks at, after its steps, while they are shown."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from ..isaac_lab.simulation import SteppedEnv
from ..metrics.step_terms import StepTerms

TRAINING_SHARE = 0.015
"""Most of a training's time that reading takes; where a step is too short for that, steps are left out."""

PLAYING_SHARE = 0.25
"""The same for a playback, which waits for real time anyway."""


class LiveTerms:
    """The terms of one environment of a run. While none is watched, a step costs one test.

    Args:
        clock: Seconds, as :func:`time.perf_counter`.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.terms = StepTerms()
        """What was read."""
        self._clock = clock
        self._watched: int | None = None
        self._env: SteppedEnv | None = None
        self._share = TRAINING_SHARE
        self._due = 0.0

    def watch(self, environment: int | None) -> None:
        """Reads this environment from the next step on, the first one if there are fewer; None ends it."""
        self._watched, self._due = environment, 0.0
        self._hook()

    @contextlib.contextmanager
    def of(self, env: SteppedEnv, playing: bool) -> Iterator[None]:
        """Within the block, the steps of an environment are read.

        Args:
            env: The environment.
            playing: Whether it is a playback, whose every step is worth reading.
        """
        from ..isaac_lab.term_values import missing_terms

        self._env, self._share, self._due = env, PLAYING_SHARE if playing else TRAINING_SHARE, 0.0
        self.terms.num_envs, self.terms.note, self.terms.problem = env.num_envs, missing_terms(env.unwrapped), ""
        self._hook()
        try:
            yield
        finally:
            self._hook(False)
            self._env = None

    def _hook(self, wanted: bool = True) -> None:
        if self._env is not None:
            others = tuple(look for look in self._env.after_step if look != self._read)
            reads = wanted and self._watched is not None and not self.terms.problem
            self._env.after_step = (*others, self._read) if reads else others

    def _read(self, action: Any, result: Any) -> None:
        start, env = self._clock(), self._env
        if start < self._due or env is None or self._watched is None:
            return
        from ..isaac_lab.term_values import read_terms

        index = self._watched if self._watched < env.num_envs else 0
        try:
            self.terms.add(index, env.step_count, read_terms(env.unwrapped, index, action, result))
        except Exception as error:  # of a manager of the user's: the run does not need it
            words = str(error).strip() or type(error).__name__
            self.terms.problem = f"The terms of this task cannot be read: {words}"
            self._hook()
        end = self._clock()
        self.terms.seconds += end - start
        self._due = end + (end - start) * (1 / self._share - 1)
