# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The states of a run, from its start to the closing of its environment."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from ..frames.cooperative import sleep_until
from ..isaac_lab.simulation import SteppedEnv
from .counters import Counters
from .snapshot import State

RETRY_INTERVAL = 2.0
"""Seconds after which a run that waits for disk space retries."""


class Lifecycle:
    """Owns the state of one run. The run moves it forward; the user pauses, unpauses and stops it.

    Args:
        counters: Their time stops while the run is paused or held.
    """

    def __init__(self, counters: Counters) -> None:
        self.activity = "Starting…"
        """What the run does right now; empty when it has ended."""
        self.held = ""
        """Why the run waits without being paused, in one sentence; empty while it does not."""
        self.paused = False
        """Whether the user has paused the run; it must get no slices then."""
        self._counters = counters
        self._phase = State.LAUNCHING
        self._stopping = self._retry = False

    @property
    def state(self) -> State:
        """What the run does. That it has ended, only the owner of its task knows."""
        if self.paused or self.held:
            return State.PAUSED
        return State.STOPPING if self._stopping else self._phase

    def pause(self) -> None:
        """Pauses the run."""
        self.paused = True
        self._counters.pause()

    def unpause(self) -> None:
        """Ends a pause; makes a run that is held retry at once."""
        self._retry = True
        if self.paused:
            self.paused = False
            self._counters.restart()

    def stop(self) -> None:
        """Shows the run as stopping, from the user's command on."""
        self.unpause()
        self.held, self._stopping, self.activity = "", True, "Stopping…"

    def show(self, activity: str) -> None:
        """Changes the activity."""
        self.activity = activity

    def close(self) -> None:
        """Shows the run as stopping, because it closes its environment."""
        self._phase = State.STOPPING

    @contextlib.contextmanager
    def stepping(self, phase: State, env: SteppedEnv) -> Iterator[None]:
        """Shows the run as training or playing, and counts its steps, inside the block."""
        self._phase, self.activity = phase, phase.value.capitalize()
        try:
            with self._counters.stepping(env):
                yield
        finally:
            self.close()

    def hold(self, why: str) -> None:
        """Waits :data:`RETRY_INTERVAL`, or until :meth:`unpause`. Blocks; to be called inside the run's task.

        Raises:
            TaskStopped: When the run is stopped meanwhile.
        """
        self.held, self._retry = why, False
        self._counters.pause()
        until = time.perf_counter() + RETRY_INTERVAL
        try:
            while not self._retry and time.perf_counter() < until:
                sleep_until(min(until, time.perf_counter() + 0.1))
        finally:
            self._counters.restart()
            self.held = ""
