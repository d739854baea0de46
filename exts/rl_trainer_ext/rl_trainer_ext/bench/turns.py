# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Programs that take turns: whose turn it is, and how long a program has run between its stops. Pure.

The speed of one and the same program differs by a tenth or more from one minute to the next on a shared machine.
Programs that take turns of seconds see the same minutes.
"""

from __future__ import annotations

from collections.abc import Sequence


def in_turn[T](programs: Sequence[T], turn: int) -> list[T]:
    """Who runs in a turn of all, one after the other: reversed each time, so that nobody is always the first."""
    return list(programs) if turn % 2 == 0 else list(reversed(programs))


class Stops:
    """When one program stood still, on the clock of :func:`time.time` [s]."""

    def __init__(self) -> None:
        self._stops: list[tuple[float, float]] = []
        self._since: float | None = None

    @property
    def stopped(self) -> bool:
        """Whether it stands still now."""
        return self._since is not None

    def begin(self, now: float) -> None:
        """It stands still from now on."""
        assert self._since is None
        self._since = now

    def end(self, now: float) -> None:
        """It runs again."""
        assert self._since is not None
        self._stops.append((self._since, now))
        self._since = None

    def running(self, start: float, end: float) -> float:
        """How long it ran from ``start`` to ``end`` [s], stops left out."""
        stops = [*self._stops, *([] if self._since is None else [(self._since, max(self._since, end))])]
        return end - start - sum(max(0.0, min(last, end) - max(first, start)) for first, last in stops)
