# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Decimates a growing series for drawing."""

from __future__ import annotations

import numpy as np

from .series import Series


class Envelope:
    """Holds the lowest and the highest value of a series in each of at most ``columns`` equal intervals of its steps.

    Each new point costs the same: when the steps outgrow the columns, the intervals double and neighbours merge. No
    spike is lost, however many points an interval has.

    Args:
        columns: The number of intervals; even.
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
        """Adds the new points of ``series``; another series starts over.

        Args:
            series: The series to follow; None empties the envelope.
            limit: The most points to add; :attr:`behind` tells whether some are left for the next call.

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
        # an infinite value has no place on an axis, and would hide the finite ones of its interval
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
        """Whether the series has points that were not added yet."""
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
        """The first and the newest step."""
        return self._first_step, self._last_step

    @property
    def range(self) -> tuple[float, float] | None:
        """The lowest and the highest value; None while there is no finite one."""
        return None if self._empty else (float(self._lows.min()), float(self._highs.max()))

    def polyline(self) -> np.ndarray:
        """Returns the values to draw at equal distances from the first to the newest step.

        While no interval has two different values, these are float64 of shape (n,) for n intervals. Else the shape is
        (2n,): the lowest and the highest value of each interval, in the order that follows the slope. Intervals without
        points are interpolated. Empty while there is no finite value.
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
