# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Measures work as counts, which are the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType


def calls(work: Callable[[], object]) -> int:
    """How many functions, of Python and of C, are called while ``work`` runs, itself included."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


class TickingClock:
    """Seconds that pass by being asked for: a slice of time is then a number of looks at the clock.

    Args:
        tick: Seconds a look.
        now: Where it starts [s].
    """

    def __init__(self, tick: float, now: float = 0.0) -> None:
        self.tick, self.now = tick, now

    def __call__(self) -> float:
        self.now += self.tick
        return self.now
