# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Compares the curves of several runs: on a common axis, joined where one resumed another, smoothed, averaged.

Pure functions on arrays; they read nothing from disk.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..learners.formats import ENVIRONMENT_STEPS, ITERATIONS, STEPS_OF_EACH_ENVIRONMENT, UNKNOWN_PACE, Pace
from .series import Series, valid_points


class Axis(enum.Enum):
    """The x axis of curves."""

    ITERATION = "iteration"
    STEPS = "steps"
    WALL_TIME = "wall time"

    @property
    def label(self) -> str:
        """The title of the axis, with its unit."""
        return _LABELS[self]


_LABELS = {
    Axis.ITERATION: "Iteration",
    Axis.STEPS: "Environment steps",
    Axis.WALL_TIME: "Time [s]",
}


@dataclass(frozen=True)
class Trace:
    """All points of one scalar of one run, on every axis that is known. Arrays of shape (n,), float64.

    Args:
        counter: The steps that the library logged; they rise from point to point.
        values: The scalar.
        wall_times: When each point was logged [s since the epoch].
        seconds: The time since the run started, without the time between two runs that were joined [s].
        iterations: The training iterations, as RSL-RL counts them (from 0); None if unknown.
        steps: The environment steps, over all parallel environments; None if unknown.
        iterations_per_count: The increase of the iterations for one step of the counter; None if it is unknown, or if
            the counter counts iterations.
        steps_per_count: The increase of the environment steps, likewise.
    """

    counter: np.ndarray
    values: np.ndarray
    wall_times: np.ndarray
    seconds: np.ndarray
    iterations: np.ndarray | None
    steps: np.ndarray | None
    iterations_per_count: float | None = None
    steps_per_count: float | None = None

    def __len__(self) -> int:
        return len(self.values)

    def x(self, axis: Axis) -> np.ndarray | None:
        """Returns the places of the points on an axis; None if they are unknown."""
        return {Axis.ITERATION: self.iterations, Axis.STEPS: self.steps, Axis.WALL_TIME: self.seconds}[axis]

    def part(self, kept: np.ndarray) -> Trace:
        """Returns some of the points, chosen by a mask or by indices."""
        columns = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        parts = {name: column[kept] for name, column in columns.items() if isinstance(column, np.ndarray)}
        return dataclasses.replace(self, **parts)


def trace(series: Series, pace: Pace = UNKNOWN_PACE, started: float | None = None) -> Trace:
    """Returns the points of a series on every axis that is known.

    RSL-RL logs iteration *i* after *i* + 1 rollouts: steps = (i + 1) * ``pace.steps``; RL-Games starts with 1.
    Stable-Baselines3 and skrl count steps: iterations = counter / ``pace.counts`` - 1, as RSL-RL would count them.
    Without the pace, only time and the axis of the library's own counter are known. For curves logged against
    seconds, and for libraries that count otherwise, only time is known. If the counter goes back, only the
    :func:`valid_points` are in the trace.

    Args:
        series: The points; its ``step_unit`` says what its steps count.
        pace: The increase of the counters in one iteration, according to the run's parameters.
        started: When the run started [s since the epoch]; None for the time of its first point.
    """
    counter, values = series.points()
    wall_times = series.wall_times()
    begin = started if started is not None else (float(wall_times[0]) if len(wall_times) else 0.0)
    iterations, iterations_per_count = _on_axis(Axis.ITERATION, counter, series.step_unit, pace)
    steps, steps_per_count = _on_axis(Axis.STEPS, counter, series.step_unit, pace)
    seconds = wall_times - begin
    whole = Trace(counter, values, wall_times, seconds, iterations, steps, iterations_per_count, steps_per_count)
    valid = whole.part(valid_points(counter, wall_times))
    # a later writer may have logged an earlier step
    return dataclasses.replace(valid, seconds=np.maximum.accumulate(valid.seconds))


def _on_axis(axis: Axis, counter: np.ndarray, unit: str, pace: Pace) -> tuple[np.ndarray | None, float | None]:
    """Returns the places on an axis and their increase for one step of the counter; None for unknown ones."""
    if axis is Axis.ITERATION and unit == ITERATIONS:
        return counter - pace.first, None
    if axis is Axis.STEPS and unit == ENVIRONMENT_STEPS:
        return counter, None
    # a library may log some curves by its iterations and others by its steps
    counts = {ITERATIONS: 1, ENVIRONMENT_STEPS: pace.steps, STEPS_OF_EACH_ENVIRONMENT: pace.counts}.get(unit)
    if not counts:
        return None, None
    if axis is Axis.ITERATION:
        return counter / counts - 1, 1 / counts
    if not pace.steps:
        return None, None
    rate = pace.steps / counts
    return (counter + (1 - pace.first if unit == ITERATIONS else 0)) * rate, rate


def joined(traces: Sequence[Trace]) -> Trace:
    """Returns a run and the runs that it resumed as one trace.

    Of each run, the points before the first point of the next run count. Time continues without the pause between two
    runs. The derived axis continues too, even if the number of environments changes.

    Args:
        traces: The runs, the oldest first. Runs without points are skipped.

    Raises:
        ValueError: When there are no runs.
    """
    whole, *successors = [one for one in traces if len(one)] or list(traces[:1])
    for one in successors:
        before = whole.part(whole.counter < one.counter[0])
        if not len(before):
            whole = one
            continue
        whole = Trace(
            np.concatenate((before.counter, one.counter)),
            np.concatenate((before.values, one.values)),
            np.concatenate((before.wall_times, one.wall_times)),
            np.concatenate((before.seconds, before.seconds[-1] + one.seconds)),
            _continued(before, one, Axis.ITERATION),
            _continued(before, one, Axis.STEPS),
            one.iterations_per_count,
            one.steps_per_count,
        )
    return whole


def _continued(before: Trace, one: Trace, axis: Axis) -> np.ndarray | None:
    """Returns the iterations or the steps of two runs in a row; None if they are unknown in one of them."""
    earlier, later = before.x(axis), one.x(axis)
    if earlier is None or later is None:
        return None
    rate = one.iterations_per_count if axis is Axis.ITERATION else one.steps_per_count
    if rate is not None:
        # they were derived as if all earlier steps had been at this run's rate
        later = later + (earlier[-1] + rate * (one.counter[0] - before.counter[-1]) - later[0])
    return np.concatenate((earlier, later))


def smoothed(values: np.ndarray, weight: float) -> np.ndarray:
    """Smooths values as TensorBoard does: an exponential moving average, divided by the sum of its weights.

    s(n) = w s(n-1) + (1 - w) v(n) with s(0) = 0, shown as s(n) / (1 - wⁿ): the formula of ``classicSmoothing`` in
    TensorBoard's ``webapp/widgets/line_chart_v2/data_transformer.ts``, so that the same slider shows the same curve.
    As in TensorBoard, values that are not finite are skipped and kept, and a constant curve stays as it is.

    Args:
        values: The values, of shape (n,).
        weight: The weight w, from 0 (no smoothing) up to but not including 1.

    Returns:
        A new array of shape (n,).

    Raises:
        ValueError: When the weight is outside its range.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"a smoothing weight is at least 0 and below 1, not {weight}")
    result = np.array(values, dtype=np.float64)
    finite = np.isfinite(result)
    numbers = result[finite]
    if weight == 0 or not len(numbers) or (numbers == numbers[0]).all():
        return result
    result[finite] = _moving_average(numbers, weight) / (1 - weight ** np.arange(1, len(numbers) + 1))
    return result


def _moving_average(values: np.ndarray, weight: float) -> np.ndarray:
    """Returns s(n) = w s(n-1) + (1 - w) v(n) with s(0) = 0, of shape (n,), computed in blocks with NumPy."""
    # scipy.signal does the same, but its import takes two seconds: too long for a frame
    length = max(1, min(1024, int(100 / -math.log10(weight))))  # so that the powers stay below 1e100
    falling = weight ** np.arange(1, length + 1)
    result = np.empty_like(values)
    last = 0.0
    for start in range(0, len(values), length):
        block = values[start : start + length]
        powers = falling[: len(block)]
        result[start : start + length] = powers * (last + (1 - weight) * np.cumsum(block / powers))
        last = result[start + len(block) - 1]
    return result


@dataclass(frozen=True, eq=False)
class Curve:
    """One drawn curve. Arrays of shape (n,), float64; values that are not finite interrupt the curve.

    Args:
        x: The places of its points on the axis; they do not fall.
        y: The values, smoothed if that was chosen.
        label: Its name in the legend.
        color: 0xAABBGGRR.
        raw: The values before they were smoothed, drawn pale behind the curve; None if they were not smoothed.
        low: The lower edge of a band around it; None for no band.
        high: The upper edge of the band.
        traces: The label and the points of each run that it shows.
        marks: What the user changed while its run trained: places on the axis, with what was changed.
        dot: The radius of a point that no line leads to [pixels]; 0 for the width of a line.
    """

    x: np.ndarray
    y: np.ndarray
    label: str = ""
    color: int = 0xFF000000
    raw: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    traces: tuple[tuple[str, Trace], ...] = ()
    marks: tuple[tuple[float, str], ...] = ()
    dot: float = 0.0

    def at(self, x: float) -> float | None:
        """Returns the value of the point nearest to a place on the axis; None beyond the ends of the curve."""
        if not len(self.x) or not self.x[0] <= x <= self.x[-1]:
            return None
        return float(self.y[int(np.abs(self.x - x).argmin())])


def mean_and_band(curves: Sequence[tuple[np.ndarray, np.ndarray]], columns: int = 512) -> Curve:
    """Returns the mean of several curves (seeds of one configuration) with a band of one sample standard deviation.

    Between its points a curve is interpolated linearly. Beyond its ends it does not count: where one curve ends before
    the others, the mean is that of the others. A single curve has a band without width. Values that are not finite are
    left out.

    Args:
        curves: The places and values of each curve, both of shape (n,); the places do not fall.
        columns: The most places of the result, equally spaced; with fewer places in the curves it has those.
    """
    whole = []
    for x, y in curves:
        finite = np.isfinite(x) & np.isfinite(y)
        if finite.any():
            whole.append((x[finite], y[finite]))
    if not whole:
        nothing = np.empty(0)
        return Curve(nothing, nothing, low=nothing, high=nothing)
    grid = np.unique(np.concatenate([x for x, _ in whole]))
    if len(grid) > columns:
        grid = np.linspace(grid[0], grid[-1], columns)
    values = np.stack([np.interp(grid, x, y, left=np.nan, right=np.nan) for x, y in whole])
    count = np.isfinite(values).sum(axis=0)
    reached = count > 0  # no curve may be there, between two that do not overlap
    grid, values, count = grid[reached], values[:, reached], count[reached]
    mean = np.nansum(values, axis=0) / count
    deviation = np.sqrt(np.nansum((values - mean) ** 2, axis=0) / np.maximum(count - 1, 1))
    return Curve(grid, mean, low=mean - deviation, high=mean + deviation)
