# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The columns of the table of trials, and the words about a sweep. No widgets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ... import wording
from ...training.sweep.following import KnownSweep
from ...training.sweep.trials import FOLDER_FORMAT, SweepView, Trial, TrialState
from ..widgets.table_sizes import GAP

PARAMETER_WIDTH = 62
"""The least width of a parameter's column [pixels]; parameters share what the others leave."""

_OVER = (TrialState.FINISHED, TrialState.STOPPED_EARLY, TrialState.STOPPED, TrialState.FAILED)


@dataclass(frozen=True)
class TrialColumn:
    """One column.

    Args:
        name: Identifies the column.
        heading: Its heading.
        explanation: One sentence for the user.
        width: Its width [pixels]; 0 for a share of what the others leave.
        rank: The columns of the highest ranks are left out first where space is short.
        value: Returns the value of a trial, by which it is sorted; None if unknown.
        text: Returns the text of a trial.
        descending: Whether the first click on the heading sorts from the highest value down.
        right_aligned: Whether the texts are aligned at the right.
    """

    name: str
    heading: str
    explanation: str
    width: int
    rank: int
    value: Callable[[Trial], Any]
    text: Callable[[Trial], str]
    descending: bool = False
    right_aligned: bool = True


def columns_of(view: SweepView) -> tuple[TrialColumn, ...]:
    """Returns the columns of a sweep's trials."""
    metric = metric_words(view.metric)
    way = "highest" if view.mode == "max" else "lowest"
    parameters = differing(view.trials)
    shown = short_names(parameters)
    return (
        TrialColumn(
            "number",
            "Trial",
            explanation="The number of the trial. The best one so far is marked.",
            width=48,
            rank=0,
            value=lambda trial: trial.number,
            text=lambda trial: str(trial.number),
            right_aligned=False,
        ),
        *(_parameter(key, shown[key], index + 2 if index < 2 else index + 5) for index, key in enumerate(parameters)),
        TrialColumn(
            "value",
            "Last",
            explanation=f"The last {metric}; the best trial is the one with the {way}.",
            width=50,
            rank=1,
            value=lambda trial: trial.value,
            text=lambda trial: wording.short_number(trial.value),
            descending=view.mode == "max",
        ),
        TrialColumn(
            "best",
            "Best",
            explanation=f"The {way} {metric} so far.",
            width=50,
            rank=4,
            value=lambda trial: trial.best,
            text=lambda trial: wording.short_number(trial.best),
            descending=view.mode == "max",
        ),
        TrialColumn(
            "iterations",
            "Iterations",
            explanation="Finished training iterations.",
            width=62,
            rank=6,
            value=lambda trial: trial.iterations,
            text=lambda trial: wording.whole(trial.iterations),
            descending=True,
        ),
        TrialColumn(
            "status",
            "Status",
            explanation="How the trial stands. ASHA stops those early that are worse than others.",
            width=88,
            rank=5,
            value=lambda trial: list(TrialState).index(trial.state),
            text=lambda trial: trial.state.value,
            right_aligned=False,
        ),
    )


def _parameter(key: str, heading: str, rank: int) -> TrialColumn:
    return TrialColumn(
        f"parameter:{key}",
        heading,
        key,
        0,
        rank,
        lambda trial: trial.parameters.get(key),
        lambda trial: value_words(trial.parameters.get(key)),
    )


def fitting(columns: Sequence[TrialColumn], width: float) -> tuple[TrialColumn, ...]:
    """Returns the columns that fit into a width [pixels]; number and value always do."""
    kept, room = set(), width
    for column in sorted(columns, key=lambda column: column.rank):
        room -= (column.width or PARAMETER_WIDTH) + GAP
        if room < 0 and column.rank > 1:
            break
        kept.add(column.name)
    return tuple(column for column in columns if column.name in kept)


def sorted_trials(trials: Sequence[Trial], column: TrialColumn, descending: bool) -> list[Trial]:
    """Returns trials sorted by a column: by number among equals, unknown values last in either direction."""
    unknown = [trial for trial in trials if column.value(trial) is None]
    known = [trial for trial in trials if column.value(trial) is not None]
    return sorted(known, key=lambda trial: _sort_key(column.value(trial)), reverse=descending) + unknown


def _sort_key(value: Any) -> tuple[int, Any]:
    # the values of a parameter may be of several types
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return (0, value) if number else (1, str(value))


def differing(trials: Sequence[Trial]) -> tuple[str, ...]:
    """Returns the parameters whose values differ between trials; of a single trial, all."""
    keys = dict.fromkeys(key for trial in trials for key in trial.parameters)
    if len(trials) < 2:
        return tuple(keys)
    return tuple(key for key in keys if len({repr(trial.parameters.get(key)) for trial in trials}) > 1)


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Returns for each key its last parts, as many as distinguish it from the others."""
    found = {}
    for key in keys:
        parts = key.split(".")
        ends = [".".join(parts[-count:]) for count in range(1, len(parts) + 1)]
        others = [other for other in keys if other != key]
        found[key] = next((end for end in ends if not any(_ends_with(other, end) for other in others)), key)
    return found


def _ends_with(key: str, end: str) -> bool:
    return key == end or key.endswith(f".{end}")


def value_words(value: Any) -> str:
    """Returns the value of a parameter, short."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def parameter_words(parameters: Mapping[str, Any]) -> str:
    """Returns the parameters of a trial in one line."""
    return ", ".join(f"{key}={value_words(value)}" for key, value in parameters.items())


def metric_words(metric: str) -> str:
    """Returns a metric as a sentence has it."""
    return metric.replace("_", " ") if "/" not in metric else metric


def title(sweep: KnownSweep) -> str:
    """Returns when a sweep was started, and its task."""
    started = sweep.folder.name
    with contextlib.suppress(ValueError):  # the user has renamed it
        started = f"{datetime.strptime(started, FOLDER_FORMAT):%m-%d %H:%M}"
    return started if sweep.spec is None else f"{started}  {sweep.spec.config.task}"


def short_status(sweep: KnownSweep) -> str:
    """Returns the state of a sweep and how many of its trials have ended, for a column."""
    view = sweep.view
    if view is None:
        return "damaged"
    return f"{view.state} {_ended(view)}/{view.total}"


def status_words(sweep: KnownSweep) -> str:
    """Returns how a sweep stands, in one or two sentences."""
    view = sweep.view
    if view is None:
        return f"The state of this sweep cannot be read: {sweep.folder} was written by another version, or is damaged."
    states = [trial.state for trial in view.trials]
    counts = [
        f"{states.count(state)} {state.value}"
        for state in (TrialState.RUNNING, TrialState.STOPPED_EARLY, TrialState.STOPPED, TrialState.FAILED)
        if state in states
    ]
    text = ", ".join([f"{_ended(view)} of {view.total} trials ended", *counts])
    best = view.best
    if best is None:
        return f"{text}."
    return f"{text}. Best: trial {best.number}, {metric_words(view.metric)} {wording.number(best.value)}."


def _ended(view: SweepView) -> int:
    return sum(trial.state in _OVER for trial in view.trials)
