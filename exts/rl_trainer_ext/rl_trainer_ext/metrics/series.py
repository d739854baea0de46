# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Every scalar that the library logs, as series; nothing is thrown away."""

from __future__ import annotations

import bisect
import itertools
import time
from array import array
from collections.abc import Iterator

import numpy as np

from ..learners.formats import all_formats

MEAN_REWARD = "Train/mean_reward"
"""Tag under which every learner files the mean episode return, whatever its library calls it."""

MEAN_EPISODE_LENGTH = "Train/mean_episode_length"
"""Tag under which every learner files the mean episode length [environment steps]."""


def canonical_tag(tag: str) -> str:
    """The name under which a scalar is filed here, whatever its library calls it."""
    for library in all_formats():
        if tag == library.mean_reward_tag:
            return MEAN_REWARD
        if tag == library.mean_length_tag:
            return MEAN_EPISODE_LENGTH
    return tag


class Series:
    """One scalar over the training: all of its points, in the order in which they were logged.

    Args:
        tag: Its name.
        step_unit: What its steps count, in the plural.
    """

    def __init__(self, tag: str, step_unit: str = "steps") -> None:
        self.tag = tag
        self.step_unit = step_unit
        # step, value and wall time in turn: of thousands of series, one array each is left to the garbage collector
        self._points = array("d")
        self.in_order = True
        """Whether the steps rise: not where several writers filled files in turn, or a training was begun again."""
        self._ends: tuple[int, tuple[int, int]] = 0, (0, 0)

    def append(self, step: float, value: float, wall_time: float | None = None) -> None:
        """Adds a point.

        Args:
            step: What the library counts by (iterations or environment steps).
            value: The scalar; not-a-number is kept.
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
        """The value at the highest step that counts, see :func:`valid_points`; None before the first."""
        return self._points[3 * self.order()[1] + 1] if self._points else None

    @property
    def span(self) -> tuple[float, float, float] | None:
        """First and last step that count, and when the newest point was logged [s since the epoch]; None before it."""
        if not self._points:
            return None
        first, last = self.order()
        ended = self._points[-1] if self.in_order else max(self._points[2::3])
        return self._points[3 * first], self._points[3 * last], ended

    def order(self) -> tuple[int, int]:
        """Indices of the first and the last point that count. Where steps do not rise, it takes long the first time."""
        count = len(self)
        if self.in_order:
            return 0, count - 1
        if self._ends[0] != count:
            points = self._columns()
            valid = valid_points(points[:, 0], points[:, 2])
            self._ends = count, (int(valid[0]), int(valid[-1]))
        return self._ends[1]

    def _columns(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """A copy of points: step, value and wall time; shape (n, 3)."""
        # of a slice: a NumPy view of the array itself would forbid the next append
        return np.array(self._points[3 * start : None if stop is None else 3 * stop]).reshape(-1, 3)

    def points(self, start: int = 0, stop: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values from index ``start`` up to ``stop``, as two float64 copies of shape (n,)."""
        columns = self._columns(start, stop)
        return columns[:, 0].copy(), columns[:, 1].copy()

    def wall_times(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """When each point was logged [s since the epoch], as :meth:`points`."""
        return self._columns(start, stop)[:, 2].copy()


def valid_points(counter: np.ndarray, wall_times: np.ndarray) -> np.ndarray:
    """Indices of the points that count, by rising counter. Shape (n,) at most.

    Of a training that was begun again, which repeats some of the steps, the later points replace the earlier ones from
    where it began. Where the counter goes back without a repeated step, several writers log different steps of one
    scalar, each into its own file: all of their points count.
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
    """Whether each point, of shape (n, 3), is of a later step than the one before, or of the same and logged later."""
    steps, wall_times = points[:, 0], points[:, 2]
    return bool(((steps[1:] > steps[:-1]) | ((steps[1:] == steps[:-1]) & (wall_times[1:] >= wall_times[:-1]))).all())


class Metrics:
    """The series of one run, by tag."""

    def __init__(self, step_unit: str = "iterations") -> None:
        self._series: dict[str, Series] = {}
        self.step_unit = step_unit
        """What the steps of a series count where nothing else is said."""
        self.version = 0
        """Grows with every point, so that callers can tell whether anything changed."""

    def add(
        self, tag: str, value: float, step: float, step_unit: str | None = None, wall_time: float | None = None
    ) -> None:
        """Files one scalar. Not-a-number is kept as it is: a curve that breaks off says so.

        Args:
            tag: Its name, see :func:`canonical_tag`.
            value: The scalar.
            step: What the library counts by.
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
        """Files many points of one scalar at once; three arrays of shape (n,)."""
        self.series(tag, step_unit).extend(steps, values, wall_times)
        self.version += len(steps)

    def series(self, tag: str, step_unit: str | None = None) -> Series:
        """The series of a tag, made when there is none yet."""
        series = self._series.get(tag)
        if series is None:
            series = self._series[tag] = Series(tag, step_unit or self.step_unit)
        return series

    def get(self, tag: str) -> Series | None:
        """The series of a tag, or None when nothing was logged under it."""
        return self._series.get(tag)

    def last(self, tag: str) -> float | None:
        """The newest value of a tag, or None."""
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
