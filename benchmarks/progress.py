# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Says on stderr what runs, and how long all of it will take."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rl_trainer_ext.hosts.console import say


class Progress:
    """Counts steps, and judges the time that is left by what ran so far.

    Args:
        steps: How many there will be.
        runs: How many programs will run in them.
    """

    def __init__(self, steps: int, runs: float) -> None:
        self._steps, self._runs = steps, runs
        self._steps_done, self._runs_done, self._seconds = 0, 0.0, 0.0

    @contextlib.contextmanager
    def step(self, what: str, runs: float = 1) -> Iterator[None]:
        """One step, in which so many programs run; one that does not come to its end in it counts in part."""
        left = ""
        if self._runs_done:
            seconds = self._seconds / self._runs_done * (self._runs - self._runs_done)
            left = f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"
        say(f"[{self._steps_done + 1}/{self._steps}] {what}{left}")
        start = time.monotonic()
        yield
        self._seconds += time.monotonic() - start
        self._steps_done += 1
        self._runs_done += runs
