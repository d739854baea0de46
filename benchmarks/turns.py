# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Turns of programs: their order, and how long a program has run between its stops. Pure.

The speed of one and the same program differs by a tenth or more from one minute to the next on a shared machine.
Programs that take short turns see the same minutes.
"""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence

BATCH, FEWEST_BATCHES = 4, 4
"""Turns that make one value of a speed's error, and how many such values it needs."""


def in_turn[T](programs: Sequence[T], turn: int) -> list[T]:
    """The order of the programs in a turn of all: reversed each time, so that none is always the first."""
    return list(programs) if turn % 2 == 0 else list(reversed(programs))


class Stops:
    """When one program was stopped, on the clock of :func:`time.time` [s]."""

    def __init__(self) -> None:
        self._stops: list[tuple[float, float]] = []
        self._since: float | None = None

    @property
    def stopped(self) -> bool:
        """Whether it is stopped now."""
        return self._since is not None

    def begin(self, now: float) -> None:
        """Notes that it is stopped from now on."""
        assert self._since is None
        self._since = now

    def end(self, now: float) -> None:
        """Notes that it runs again."""
        assert self._since is not None
        self._stops.append((self._since, now))
        self._since = None

    @property
    def total(self) -> float:
        """Length of all stops that are over [s]."""
        return sum(end - begin for begin, end in self._stops)

    @property
    def turns(self) -> list[tuple[float, float]]:
        """When it ran between its stops, from each to the next one, on the same clock [s]."""
        begins = [begin for begin, _ in self._stops[1:]]
        if self._since is not None and self._stops:
            begins.append(self._since)
        return [(end, begin) for (_, end), begin in zip(self._stops, begins, strict=False)]

    def running(self, start: float, end: float) -> float:
        """How long it ran from ``start`` to ``end`` [s], stops left out."""
        stops = [*self._stops, *([] if self._since is None else [(self._since, max(self._since, end))])]
        return end - start - sum(max(0.0, min(last, end) - max(first, start)) for first, last in stops)


def progress(moments: Sequence[float], moment: float) -> float:
    """How many iterations were over at a moment, fractions included.

    Args:
        moments: When each iteration was over, rising.
        moment: From the first of them to the last.
    """
    after = min(max(bisect.bisect_left(moments, moment), 1), len(moments) - 1)
    start, end = moments[after - 1], moments[after]
    return after + (moment - start) / (end - start)


def relative_error(own: Sequence[Sequence[float | None]], other: Sequence[Sequence[float | None]]) -> float | None:
    """The standard error of the ratio of two programs' speeds, as a share of it; None where there are too few turns.

    Each turn of one is compared with the turn of the other that is its neighbour in time. The speed of a machine
    changes slowly, and an iteration may last longer than a turn: so :data:`BATCH` turns at a time make one value.

    Args:
        own: Speed in each turn, for each round; None for turns that are not measured.
        other: The same of the other program, for the same rounds.
    """
    values = []
    for one_round, other_round in zip(own, other, strict=True):
        pairs = [(a, b) for a, b in zip(one_round, other_round, strict=False) if a is not None and b is not None]
        for first in range(0, len(pairs) - BATCH + 1, BATCH):
            batch = pairs[first : first + BATCH]
            values.append(math.log(sum(a for a, _ in batch) / sum(b for _, b in batch)))
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) >= FEWEST_BATCHES else None


def relative_error_of_rounds(ratios: Sequence[float]) -> float | None:
    """The standard error of the ratio of two programs' speeds, as a share of it; None where there is one round.

    Args:
        ratios: The ratio in each round.
    """
    if len(ratios) < 2:
        return None
    return statistics.stdev(map(math.log, ratios)) / math.sqrt(len(ratios))
