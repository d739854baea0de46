# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the charts of a sweep draw: a scatter over one parameter, and parallel coordinates. No widgets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...metrics import Curve
from ...training.sweep.trials import SweepView, Trial
from ..widgets import style, text
from .columns import metric_words, short_names, value_words

OTHER = 0xFF7A7A7A
"""The colour of trials that are neither the best nor selected."""

_DOT = 3.0
"""The radius of a dot of the scatter [pixels]."""

Labels = Callable[[list[float]], list[str]]
"""Returns the labels of the ticks of an axis."""


@dataclass(frozen=True)
class Plot:
    """A chart: its curves, later ones over earlier ones, what it shows in words, and the labels of its axes."""

    curves: tuple[Curve, ...]
    words: str
    x_label: Labels = text.tick_labels
    y_label: Labels = text.tick_labels


@dataclass(frozen=True)
class Scale:
    """Places the values of a parameter on an axis.

    Args:
        place: Returns the place of a value.
        label: Returns the labels of places.
    """

    place: Callable[[Any], float]
    label: Labels


def color_of(trial: Trial, view: SweepView, selected: str | None) -> int:
    """Returns the colour of a trial: the best and the selected one stand out."""
    best = view.best
    if best is not None and trial.name == best.name:
        return style.ACCENT
    return style.BLUE if trial.name == selected else OTHER


def in_front(view: SweepView, selected: str | None) -> list[Trial]:
    """Returns the trials in the order in which they are drawn: the selected one and the best last."""
    order = {OTHER: 0, style.BLUE: 1, style.ACCENT: 2}
    return sorted(view.trials, key=lambda trial: order[color_of(trial, view, selected)])


def scale_of(values: Sequence[Any]) -> Scale:
    """Returns the scale for the values of a parameter: numbers as they are, or as their logarithms where they spread
    over more than a factor of 20; other values one beside the other."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) < len(values) or not numbers:
        names = sorted({value_words(value) for value in values})

        def label(ticks: list[float]) -> list[str]:
            return [names[round(tick)] if _is_index(tick, names) else "" for tick in ticks]

        return Scale(lambda value: float(names.index(value_words(value))), label)
    if min(numbers) > 0 and max(numbers) > 20 * min(numbers):
        return Scale(lambda value: math.log10(value), lambda ticks: [f"{10**tick:.2g}" for tick in ticks])
    return Scale(float, text.tick_labels)


def _is_index(tick: float, names: Sequence[str]) -> bool:
    return abs(tick - round(tick)) < 1e-6 and 0 <= round(tick) < len(names)


def scatter(view: SweepView, key: str, selected: str | None) -> Plot:
    """Returns the last value of the metric over a parameter, a dot for each trial that has one."""
    trials = [trial for trial in in_front(view, selected) if trial.value is not None and key in trial.parameters]
    scale = scale_of([trial.parameters[key] for trial in trials])
    dots = (
        Curve(
            np.array([scale.place(trial.parameters[key])]),
            np.array([float(trial.value or 0.0)]),
            f"Trial {trial.number}",
            color_of(trial, view, selected),
            dot=_DOT,
        )
        for trial in trials
    )
    return Plot(tuple(dots), f"Last {metric_words(view.metric)} over {key}", scale.label)


def parallel(view: SweepView, keys: Sequence[str], selected: str | None) -> Plot:
    """Returns a line for each trial with a value, over an axis for each parameter and one for the metric.

    Each axis has its lowest value at the bottom and its highest at the top.
    """
    trials = [
        trial
        for trial in in_front(view, selected)
        if trial.value is not None and all(key in trial.parameters for key in keys)
    ]
    metric = [float(trial.value or 0.0) for trial in trials]
    axes: list[tuple[str, list[Any], Callable[[Any], float]]] = []
    for key, name in short_names(keys).items():
        values = [trial.parameters[key] for trial in trials]
        axes.append((name, values, scale_of(values).place))
    axes.append((metric_words(view.metric), metric, float))
    columns, names = [], []
    for name, values, place in axes:
        places = [place(value) for value in values]
        columns.append(_shares(places))
        names.append(f"{name}{_range_words(values, places)}")
    x: np.ndarray = np.arange(len(columns), dtype=float)
    lines = tuple(
        Curve(x, np.array(shares), f"Trial {trial.number}", color_of(trial, view, selected))
        for trial, shares in zip(trials, zip(*columns, strict=True), strict=True)
    )

    def end_of(ticks: list[float]) -> list[str]:
        return ["lowest" if abs(tick) < 1e-6 else "highest" if abs(tick - 1) < 1e-6 else "" for tick in ticks]

    # names are too long for ticks
    return Plot(lines, f"From the left: {', '.join(names)}", lambda ticks: [""] * len(ticks), end_of)


def _range_words(values: Sequence[Any], places: Sequence[float]) -> str:
    """Returns the values at the bottom and at the top of an axis."""
    if not places:
        return ""
    lowest, highest = (value_words(values[places.index(end(places))]) for end in (min, max))
    return f" ({lowest})" if lowest == highest else f" ({lowest} to {highest})"


def _shares(places: Sequence[float]) -> list[float]:
    """Returns places from 0, the lowest, to 1, the highest; in the middle where all are the same."""
    if not places:
        return []
    low, high = min(places), max(places)
    return [0.5 if high == low else (place - low) / (high - low) for place in places]
