# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The time that a run works, its pauses left out."""

from __future__ import annotations

import time


class Stopwatch:
    """Counts from :meth:`start` to :meth:`stop`, but not while paused. What does not fit its state does nothing."""

    def __init__(self) -> None:
        self.started = False
        self.stopped = False
        self._seconds = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """Begins to count."""
        if not self.started:
            self.started, self._since = True, time.perf_counter()

    def pause(self) -> None:
        """Counts no further until :meth:`resume`."""
        if self._since is not None:
            self._seconds += time.perf_counter() - self._since
            self._since = None

    def resume(self) -> None:
        """Goes on counting."""
        if self.started and not self.stopped and self._since is None:
            self._since = time.perf_counter()

    def stop(self) -> None:
        """Counts no further, for good."""
        self.pause()
        self.stopped = True

    @property
    def seconds(self) -> float:
        """What was counted [s]."""
        return self._seconds + (0.0 if self._since is None else time.perf_counter() - self._since)
