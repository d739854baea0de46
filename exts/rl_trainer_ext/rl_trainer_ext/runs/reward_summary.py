# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Summarises the reward curve of a run: its last value, its best value and a sparkline."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..learners.formats import SECONDS
from ..metrics import MEAN_REWARD, Metrics, Series, trace

SPARKLINE_POINTS = 32


@dataclass(frozen=True)
class RewardSummary:
    """Summarises the rewards of a run for the list of runs. Steps are what the library counts; None where unknown.

    Args:
        events: The event files that it was read from, with their sizes.
        first_step: The first step at which a scalar was logged.
        last_step: The last step at which a scalar was logged.
        last: The newest mean episode return.
        best: The highest mean episode return.
        best_step: The step of ``best``.
        seconds: The time from the start of the events to the last point [s].
        sparkline: About :data:`SPARKLINE_POINTS` values at equal distances.
        problem: What could not be read, in one sentence; empty if everything could.
    """

    events: tuple[tuple[str, int], ...]
    first_step: float | None = None
    last_step: float | None = None
    last: float | None = None
    best: float | None = None
    best_step: float | None = None
    seconds: float | None = None
    sparkline: tuple[float, ...] = ()
    problem: str = ""


def summarize(
    metrics: Metrics,
    events: tuple[tuple[str, int], ...],
    started: float | None = None,
    problem: str = "",
    unit: str = "",
) -> RewardSummary:
    """Returns the summary of a run whose scalars have been read.

    Args:
        metrics: Its scalars.
        events: The event files that they come from, with their sizes.
        started: When the first file was created [unix s].
        problem: What could not be read, in one sentence.
        unit: The unit of the library's own counter. Scalars that were logged by another one do not tell how far the run
            came, unless all were.
    """
    first, last, ended = math.inf, -math.inf, -math.inf
    counted = [series for series in metrics if series.step_unit != SECONDS]
    has_unit = any(series.step_unit == unit for series in counted)
    for series in counted:
        span = series.span
        if span is not None:
            ended = max(ended, span[2])
            if series.step_unit == unit or not has_unit:
                first, last = min(first, span[0]), max(last, span[1])
    if not last >= first:
        return RewardSummary(events, problem=problem)
    seconds = max(0.0, ended - started) if started is not None else None
    reward = metrics.get(MEAN_REWARD)
    # several writers may have logged their steps in turn
    points = trace(reward) if reward is not None else trace(Series(MEAN_REWARD))
    steps, values = points.counter, points.values
    # a diverged run shows the rewards that it reached before
    finite = np.isfinite(values)
    steps, values = steps[finite], values[finite]
    if not len(values):
        return RewardSummary(events, first, last, seconds=seconds, problem=problem)
    best = int(values.argmax())
    return RewardSummary(
        events,
        first,
        last,
        float(values[-1]),
        float(values[best]),
        float(steps[best]),
        seconds,
        sparkline(values),
        problem,
    )


def sparkline(values: np.ndarray) -> tuple[float, ...]:
    """Returns the means of equal parts of ``values`` (shape (n,), finite), or all values if they are few."""
    if len(values) <= SPARKLINE_POINTS:
        return tuple(float(f"{value:.5g}") for value in values)
    edges: np.ndarray = np.linspace(0, len(values), SPARKLINE_POINTS + 1).astype(int)
    means = np.add.reduceat(values, edges[:-1]) / np.diff(edges)
    return tuple(float(f"{value:.5g}") for value in means)
