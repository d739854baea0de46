# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The working time of a run without its pauses, and its speed."""

from __future__ import annotations

import time
from collections import deque

SPEED_WINDOW = 3.0
"""Seconds over which the steps per second are averaged: several iterations, so that policy updates are included."""


class Stopwatch:
    """Counts from :meth:`start` to :meth:`stop`, except while paused. Calls that do not fit its state do nothing."""

    def __init__(self) -> None:
        self.started = False
        self.stopped = False
        self._seconds = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """Starts counting."""
        if not self.started:
            self.started, self._since = True, time.perf_counter()

    def pause(self) -> None:
        """Stops counting until :meth:`restart`."""
        if self._since is not None:
            self._seconds += time.perf_counter() - self._since
            self._since = None

    def restart(self) -> None:
        """Continues counting after :meth:`pause`."""
        if self.started and not self.stopped and self._since is None:
            self._since = time.perf_counter()

    def stop(self) -> None:
        """Stops counting for good."""
        self.pause()
        self.stopped = True

    @property
    def seconds(self) -> float:
        """Counted time [s]."""
        return self._seconds + (0.0 if self._since is None else time.perf_counter() - self._since)


class Speedometer:
    """Steps per second in the last seconds."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def measure(self, steps: int) -> None:
        """Records the number of steps so far."""
        now = time.perf_counter()
        self._points.append((now, steps))
        # at least two points are kept: a single slice can take longer than the window
        while len(self._points) > 2 and now - self._points[1][0] > SPEED_WINDOW:
            self._points.popleft()

    def clear(self) -> None:
        """Forgets all measurements."""
        self._points.clear()

    @property
    def per_second(self) -> float | None:
        """Steps per second; None before the second measurement."""
        if len(self._points) < 2:
            return None
        (first, steps_then), (last, steps_now) = self._points[0], self._points[-1]
        return (steps_now - steps_then) / (last - first) if last > first else None
