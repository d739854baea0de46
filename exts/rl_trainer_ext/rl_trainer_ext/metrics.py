# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Every scalar that the library logs, as series; nothing is thrown away, drawing takes a decimated view."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import numpy as np

MEAN_REWARD = "Train/mean_reward"
"""Tag under which every learner files the mean episode return, whatever its library calls it."""

MEAN_EPISODE_LENGTH = "Train/mean_episode_length"
"""Tag under which every learner files the mean episode length [environment steps]."""


class Series:
    """One scalar over the training: all of its points, in the order in which they were logged.

    Args:
        tag: Its name.
        step_unit: What its steps count, in the plural.
    """

    def __init__(self, tag: str, step_unit: str = "steps") -> None:
        self.tag = tag
        self.step_unit = step_unit
        self._steps = array("d")
        self._values = array("d")

    def append(self, step: float, value: float) -> None:
        """Adds a point. ``step`` is what the library counts by (iterations or environment steps)."""
        self._steps.append(step)
        self._values.append(value)

    def __len__(self) -> int:
        return len(self._values)

    @property
    def last(self) -> float | None:
        """The newest value, or None before the first."""
        return self._values[-1] if self._values else None

    def points(self, start: int = 0, stop: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values from index ``start`` up to ``stop``, as two float64 copies of shape (n,)."""
        # slices of the array are copied: a NumPy view of it would forbid the next append
        return np.array(self._steps[start:stop]), np.array(self._values[start:stop])


class Metrics:
    """The series of one run, by tag."""

    def __init__(self, step_unit: str = "iterations") -> None:
        self._series: dict[str, Series] = {}
        self.step_unit = step_unit
        """What the steps of a series count where nothing else is said."""
        self.version = 0
        """Grows with every point, so that whoever draws can tell whether anything changed."""

    def add(self, tag: str, value: float, step: float, step_unit: str | None = None) -> None:
        """Files one scalar. Not-a-number is kept as it is: a curve that breaks off says so."""
        series = self._series.get(tag)
        if series is None:
            series = self._series[tag] = Series(tag, step_unit or self.step_unit)
        series.append(step, float(value))
        self.version += 1

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


class Envelope:
    """The lowest and highest value of a series in each of at most ``columns`` equal intervals of its steps.

    Follows a growing series at a constant cost a point: when the steps outgrow the columns, the intervals double and
    neighbours merge. No spike is lost, however many points an interval holds.

    Args:
        columns: Number of intervals; even.
    """

    def __init__(self, columns: int = 256) -> None:
        if columns < 2 or columns % 2:
            raise ValueError(f"columns must be even and at least 2, not {columns}")
        self.columns = columns
        self._series: Series | None = None
        self._start_over(None)

    def _start_over(self, series: Series | None) -> None:
        self._series = series
        self._consumed = 0
        self._empty = True
        self._first_step = self._last_step = 0.0
        self._width = 1.0  # libraries count iterations or environment steps: whole numbers
        self._lows = np.full(self.columns, np.inf)
        self._highs = np.full(self.columns, -np.inf)

    def follow(self, series: Series | None, limit: int | None = None) -> bool:
        """Takes in what is new in ``series``; another series starts over.

        Args:
            series: What to follow; None empties the envelope.
            limit: Most points to take in at once; :attr:`behind` tells whether some are left for the next call.

        Returns:
            Whether anything changed.
        """
        changed = series is not self._series
        if changed:
            self._start_over(series)
        if series is None or len(series) == self._consumed:
            return changed
        steps, values = series.points(self._consumed, None if limit is None else self._consumed + limit)
        self._consumed += len(steps)
        # infinite values have no place on an axis, and would hide the finite ones of their interval
        number = np.isfinite(values) & np.isfinite(steps)
        steps, values = steps[number], values[number]
        if not len(steps):
            return True
        if self._empty:
            self._empty = False
            self._first_step = self._last_step = float(steps[0])
        self._last_step = max(self._last_step, float(steps.max()))
        while self._last_step - self._first_step >= self.columns * self._width:
            self._double()
        columns = np.clip((steps - self._first_step) / self._width, 0, self.columns - 1).astype(int)
        np.minimum.at(self._lows, columns, values)
        np.maximum.at(self._highs, columns, values)
        return True

    @property
    def behind(self) -> bool:
        """Whether the series has points that were not taken in yet."""
        return self._series is not None and self._consumed < len(self._series)

    def _double(self) -> None:
        half = self.columns // 2
        self._width *= 2
        self._lows[:half] = self._lows.reshape(half, 2).min(axis=1)
        self._highs[:half] = self._highs.reshape(half, 2).max(axis=1)
        self._lows[half:] = np.inf
        self._highs[half:] = -np.inf

    @property
    def steps(self) -> tuple[float, float]:
        """First and newest step."""
        return self._first_step, self._last_step

    @property
    def range(self) -> tuple[float, float] | None:
        """Lowest and highest value, or None while there is no finite one."""
        return None if self._empty else (float(self._lows.min()), float(self._highs.max()))

    def polyline(self) -> np.ndarray:
        """The values to draw at equal distances from the first to the newest step.

        Float64 of shape (n,) for n columns as long as no column holds two different values, else (2n,): the lowest and
        the highest value of each column, first the one on the side that the curve comes from. A column without points
        lies on the line between its neighbours. Empty while there is no finite value.
        """
        if self._empty:
            return np.empty(0)
        used = int((self._last_step - self._first_step) / self._width) + 1
        at = np.flatnonzero(np.isfinite(self._lows[:used]))
        columns = np.arange(used)
        lows = np.interp(columns, at, self._lows[at])
        highs = np.interp(columns, at, self._highs[at])
        if np.array_equal(lows, highs):
            return lows
        rising = np.gradient(lows + highs) >= 0 if used > 1 else np.array([True])
        line = np.empty(2 * used)
        line[0::2] = np.where(rising, lows, highs)
        line[1::2] = np.where(rising, highs, lows)
        return line
