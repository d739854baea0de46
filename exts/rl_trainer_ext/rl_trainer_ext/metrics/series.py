# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stores every scalar that the library logs, without dropping points."""

from __future__ import annotations

import bisect
import itertools
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..learners.formats import all_formats

MEAN_REWARD = "Train/mean_reward"
"""The common tag of the mean episode return of all libraries."""

MEAN_EPISODE_LENGTH = "Train/mean_episode_length"
"""The common tag of the mean episode length of all libraries [environment steps]."""


def canonical_tag(tag: str) -> str:
    """Returns the common tag of a scalar."""
    for library in all_formats():
        if tag == library.mean_reward_tag:
            return MEAN_REWARD
        if tag == library.mean_length_tag:
            return MEAN_EPISODE_LENGTH
    return tag


@dataclass(frozen=True)
class Mark:
    """Something that the user did to a training, which its curves show.

    Args:
        time: When [unix s].
        text: What, in words.
    """

    time: float
    text: str


class Series:
    """All points of one scalar of a training, in the order in which they were logged.

    Args:
        tag: The name of the scalar.
        step_unit: What its steps count, in the plural.
    """

    def __init__(self, tag: str, step_unit: str = "steps") -> None:
        self.tag = tag
        self.step_unit = step_unit
        self.marks: list[Mark] = []
        """What was done to its training, in order. Shared by all series of the training."""
        # step, value and wall time in turn: one array a series, as there are thousands of series
        self._points = array("d")
        self.in_order = True
        """Whether the steps rise. They do not if several writers logged in turn, or if a training was restarted."""
        self._ends: tuple[int, tuple[int, int]] = 0, (0, 0)

    def append(self, step: float, value: float, wall_time: float | None = None) -> None:
        """Adds a point.

        Args:
            step: The step as the library counts (iterations or environment steps).
            value: The value; it may be not-a-number.
            wall_time: When it was logged [s since the epoch]; None for now.
        """
        wall_time = time.time() if wall_time is None else wall_time
        points = self._points
        if self.in_order and points:
            self.in_order = step > points[-3] or (step == points[-3] and wall_time >= points[-1])
        points.extend((step, value, wall_time))

    def extend(self, steps: np.ndarray, values: np.ndarray, wall_times: np.ndarray) -> None:
        """Adds many points at once; three arrays of shape (n,)."""
        if not len(steps) == len(values) == len(wall_times):
            raise ValueError(f"{len(steps)} steps, {len(values)} values and {len(wall_times)} times are no points")
        points = np.stack((steps, values, wall_times), axis=1).astype(np.float64)
        self.in_order = self.in_order and _in_order(np.concatenate((self._columns(max(0, len(self) - 1)), points)))
        self._points.frombytes(points.tobytes())

    def __len__(self) -> int:
        return len(self._points) // 3

    @property
    def last(self) -> float | None:
        """The value at the highest valid step, see :func:`valid_points`; None before the first point."""
        return self._points[3 * self.order()[1] + 1] if self._points else None

    @property
    def span(self) -> tuple[float, float, float] | None:
        """The first and the last valid step, and the wall time of the newest point [s since the epoch]; or None."""
        if not self._points:
            return None
        first, last = self.order()
        ended = self._points[-1] if self.in_order else max(self._points[2::3])
        return self._points[3 * first], self._points[3 * last], ended

    def order(self) -> tuple[int, int]:
        """Returns the indices of the first and the last valid point; the first call is slow if steps do not rise."""
        count = len(self)
        if self.in_order:
            return 0, count - 1
        if self._ends[0] != count:
            points = self._columns()
            valid = valid_points(points[:, 0], points[:, 2])
            self._ends = count, (int(valid[0]), int(valid[-1]))
        return self._ends[1]

    def _columns(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Returns a copy of points: step, value and wall time; shape (n, 3)."""
        # a NumPy view of the array itself would prevent the next append
        return np.array(self._points[3 * start : None if stop is None else 3 * stop]).reshape(-1, 3)

    def points(self, start: int = 0, stop: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Returns the steps and the values from index ``start`` up to ``stop``, as two float64 copies of shape (n,)."""
        columns = self._columns(start, stop)
        return columns[:, 0].copy(), columns[:, 1].copy()

    def step_at(self, wall_time: float) -> float | None:
        """Returns the step of the newest point that was logged until a time [s since the epoch]; None before any."""
        before = np.flatnonzero(self.wall_times() <= wall_time)
        return self._points[3 * int(before[-1])] if len(before) else None

    def wall_times(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Returns when each point was logged [s since the epoch], for the indices of :meth:`points`."""
        return self._columns(start, stop)[:, 2].copy()


def valid_points(counter: np.ndarray, wall_times: np.ndarray) -> np.ndarray:
    """Returns the indices of the valid points, by rising counter. Shape (n,) at most.

    A training that was restarted in the same files repeats steps: from its first step on, the later points replace
    the earlier ones. If the counter goes back without repeating a step, several writers logged different steps of one
    scalar: all of their points are valid.
    """
    if (counter[1:] > counter[:-1]).all():
        return np.arange(len(counter))
    order = np.argsort(wall_times, kind="stable")
    logged = counter[order]
    starts = [0, *(np.flatnonzero(logged[1:] <= logged[:-1]) + 1).tolist(), len(logged)]
    steps: list[float] = []
    kept: list[int] = []
    for start, stop in itertools.pairwise(starts):
        part, indices = logged[start:stop].tolist(), order[start:stop].tolist()
        place = bisect.bisect_left(steps, part[0])
        common = part[: bisect.bisect_right(part, steps[-1])] if steps else []
        if any(_contains(steps, step) for step in common):
            del steps[place:], kept[place:]
        if place >= len(steps):
            steps += part
            kept += indices
            continue
        for step, index in zip(part, indices, strict=True):
            place = bisect.bisect_left(steps, step)
            steps.insert(place, step)
            kept.insert(place, index)
    return np.array(kept, dtype=int)


def _contains(rising: list[float], number: float) -> bool:
    place = bisect.bisect_left(rising, number)
    return place < len(rising) and rising[place] == number


def _in_order(points: np.ndarray) -> bool:
    """Returns whether the points, of shape (n, 3), are sorted by step and, for equal steps, by time."""
    steps, wall_times = points[:, 0], points[:, 2]
    return bool(((steps[1:] > steps[:-1]) | ((steps[1:] == steps[:-1]) & (wall_times[1:] >= wall_times[:-1]))).all())


class Metrics:
    """The series of one run, by tag."""

    def __init__(self, step_unit: str = "iterations") -> None:
        self._series: dict[str, Series] = {}
        self.step_unit = step_unit
        """What the steps of a series count by default."""
        self.marks: list[Mark] = []
        """What was done to the training, in order."""
        self.version = 0
        """Increases with every point."""

    def add(
        self, tag: str, value: float, step: float, step_unit: str | None = None, wall_time: float | None = None
    ) -> None:
        """Adds a point to a series.

        Args:
            tag: The tag, see :func:`canonical_tag`.
            value: The value; it may be not-a-number.
            step: The step as the library counts.
            step_unit: What the steps count, in the plural; None for :attr:`step_unit`.
            wall_time: When it was logged [s since the epoch]; None for now.
        """
        self.series(tag, step_unit).append(step, float(value), wall_time)
        self.version += 1

    def extend(
        self,
        tag: str,
        steps: np.ndarray,
        values: np.ndarray,
        wall_times: np.ndarray,
        step_unit: str | None = None,
    ) -> None:
        """Adds many points to a series; three arrays of shape (n,)."""
        self.series(tag, step_unit).extend(steps, values, wall_times)
        self.version += len(steps)

    def series(self, tag: str, step_unit: str | None = None) -> Series:
        """Returns the series of a tag, a new one if there is none."""
        series = self._series.get(tag)
        if series is None:
            series = self._series[tag] = Series(tag, step_unit or self.step_unit)
            series.marks = self.marks
        return series

    def get(self, tag: str) -> Series | None:
        """Returns the series of a tag; None if there is none."""
        return self._series.get(tag)

    def last(self, tag: str) -> float | None:
        """Returns the newest value of a tag; None if there is none."""
        series = self._series.get(tag)
        return None if series is None else series.last

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags, in the order in which they first appeared."""
        return tuple(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series.values())
