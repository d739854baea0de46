# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the curves of the selected runs in time slices; joins, averages and smooths them. No widgets."""

from __future__ import annotations

import dataclasses
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ... import runs
from ...errors import UserError
from ...learners.formats import UNKNOWN_PACE, all_formats
from ...metrics import EventReaders, Metrics
from ...metrics.comparison import Axis, Curve, Trace, joined, mean_and_band, smoothed, trace
from ...runs import Run, RunStatus, as_text
from ..widgets import style

MOST_RUNS = 24
"""The most runs whose curves are drawn: more cannot be told apart."""

FOLLOW_INTERVAL = 1.0
"""The time between two reads of a running training's events [s]."""

_LONGEST_CHAIN = 50
"""The longest chain of resumed runs, so that a circle of records ends."""

_NOT_CONFIGURATION = frozenset(
    {"seed", "log_dir", "load_checkpoint"}
    | {key for library in all_formats() for key in (library.seed_key, *library.start_keys) if key != "device"}
)
"""Parameters in which two seeds of one configuration may differ, as dotted keys."""


@dataclass(frozen=True)
class CurveOptions:
    """The scalar that is drawn, and how."""

    tag: str
    axis: Axis = Axis.ITERATION
    smoothing: float = 0.0
    """Weight of TensorBoard's smoothing, from 0 up to but not including 1."""
    mean: bool = False
    """Whether seeds of one configuration are drawn as their mean, with a band of a standard deviation."""
    join: bool = True
    """Whether a resumed run is drawn together with its parent."""


class _Read:
    """The data read from one run."""

    def __init__(self, run: Run, readers: EventReaders) -> None:
        self.run = run
        self.reader = readers.of(run.path, run.library)
        self.done = False
        self.looked = -math.inf
        self.version = -1
        self.parameters: tuple[dict[str, Any], dict[str, Any]] | None = None
        self.pace = UNKNOWN_PACE

    def read_parameters(self) -> None:
        try:
            self.parameters = runs.read_parameters(self.run.path)
        except UserError:
            self.parameters = {}, {}  # the tab of parameters shows the error
        self.pace = runs.pace_of(self.run.library, *self.parameters)

    @property
    def configuration(self) -> object:
        """Equal for seeds of one configuration."""
        env, agent = self.parameters or ({}, {})
        if not env and not agent:
            return self.run.path
        # weights of rewards that were changed while it ran are no longer those of the parameters
        changes = [dataclasses.replace(one, time=0.0) for one in self.run.reward_changes]
        return self.run.task, self.run.library, _without(env), _without(agent), changes


class CurveSet:
    """Reads the events of the selected runs, a slice of time at a call.

    Args:
        readers: Reads the events; the readers of the index, so that nothing is read twice.
        clock: Seconds, as ``time.monotonic``.
        most: The most runs whose curves are drawn.
    """

    def __init__(
        self, readers: EventReaders, clock: Callable[[], float] = time.monotonic, most: int = MOST_RUNS
    ) -> None:
        self._readers, self._clock, self._most = readers, clock, most
        self._read: dict[Path, _Read] = {}
        self._wanted: list[Path] = []
        self._selected: list[Run] = []
        self._known: Mapping[Path, Run] = {}
        self._counted: list[tuple[Metrics, int]] = []
        self._tags: tuple[str, ...] = ()
        self.version = 0
        """Increases when there is more to draw."""

    def select(self, selected: Sequence[Run], known: Mapping[Path, Run]) -> None:
        """Sets which runs are drawn.

        Args:
            selected: These runs, in the order of their colours.
            known: All runs, to find the parents of resumed runs.
        """
        self._selected, self._known = list(selected[: self._most]), known
        wanted = [member.path for run in self._selected for member in self._chain(run)]
        if wanted != self._wanted:
            self._wanted = list(dict.fromkeys(wanted))
            there = [path for path in self._wanted if path in known]
            self._read = {path: self._read.get(path) or _Read(known[path], self._readers) for path in there}
            self.version += 1
        for path, read in self._read.items():
            read.run = known.get(path, read.run)

    def read(self, seconds: float) -> bool:
        """Reads more events for at most this long [s]; returns whether all were read."""
        deadline = self._clock() + seconds
        for read in self._read.values():
            now = self._clock()
            if now >= deadline:
                return False
            follows = read.run.status is RunStatus.RUNNING and now - read.looked >= FOLLOW_INTERVAL
            if read.done and not follows:
                continue
            if read.parameters is None:
                read.read_parameters()
                self.version += 1
            read.reader.ended = read.run.status.is_over
            read.done = read.reader.read(max(0.0, deadline - self._clock()))
            if read.reader.metrics.version != read.version:
                read.version = read.reader.metrics.version
                self.version += 1
            if not read.done:
                return False
            read.looked = now
        return True

    @property
    def progress(self) -> tuple[int, int]:
        """The number of runs that have been read, and of all runs to read."""
        return sum(read.done for read in self._read.values()), len(self._read)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that the selected runs have logged, the most common ones first."""
        logged = [self._read[run.path].reader.metrics for run in self._selected if run.path in self._read]
        sizes = [(metrics, len(metrics)) for metrics in logged]
        if sizes != self._counted:
            counts = Counter(tag for metrics in logged for tag in metrics.tags)
            self._counted, self._tags = sizes, tuple(tag for tag, _ in counts.most_common())
        return self._tags

    def curves(self, choice: CurveOptions) -> list[Curve]:
        """Returns the curves of the data that has been read."""
        found = []
        for number, run in enumerate(self._selected):
            whole = self._trace(run, choice)
            if whole is not None and len(whole) and whole.x(choice.axis) is not None:
                found.append((number, run, whole))
        groups: dict[object, list[tuple[int, Run, Trace]]] = {}
        for number, run, whole in found:
            key = self._read[run.path].configuration if choice.mean else run.path
            groups.setdefault(_hashable(key), []).append((number, run, whole))
        labels = self._labels()
        return [self._curve(group, choice, labels) for group in groups.values()]

    def by_run(self, choice: CurveOptions) -> dict[Path, Curve]:
        """Returns the unsmoothed curve of each run that has one, by its directory."""
        traces = {run.path: self._trace(run, choice) for run in self._selected}
        labels = self._labels()
        return {
            path: Curve(_x(whole, choice.axis), whole.values, labels[path], style.CURVE_COLORS[0])
            for path, whole in traces.items()
            if whole is not None and len(whole) and whole.x(choice.axis) is not None
        }

    def _curve(self, group: list[tuple[int, Run, Trace]], choice: CurveOptions, labels: Mapping[Path, str]) -> Curve:
        number, run, whole = group[0]
        color = style.RUN_COLORS[number % len(style.RUN_COLORS)]
        traces = tuple((labels[run.path], one) for _, run, one in group)
        if len(group) > 1:
            mean = mean_and_band(
                [(_x(one, choice.axis), smoothed(one.values, choice.smoothing)) for _, _, one in group]
            )
            label = f"{labels[run.path]} and {len(group) - 1} more: mean of {len(group)}"
            return dataclasses.replace(mean, label=label, color=color, traces=traces)
        y = smoothed(whole.values, choice.smoothing)
        raw = whole.values if choice.smoothing else None
        marks = self._marks(run, whole, choice)
        return Curve(_x(whole, choice.axis), y, labels[run.path], color, raw, traces=traces, marks=marks)

    def _marks(self, run: Run, whole: Trace, choice: CurveOptions) -> tuple[tuple[float, str], ...]:
        """Returns where reward weights were changed: at the last point that was logged before."""
        x = _x(whole, choice.axis)
        changes = [one for each in (self._chain(run) if choice.join else [run]) for one in each.reward_changes]
        points = (max(0, int(np.searchsorted(whole.wall_times, one.time, side="right")) - 1) for one in changes)
        return tuple((float(x[point]), one.words) for point, one in zip(points, changes, strict=True))

    def _labels(self) -> dict[Path, str]:
        """Returns distinct labels of the runs."""
        named = {run.path: run.name or run.task or run.experiment for run in self._selected}
        names = list(named.values())
        changed = {run.path for run in self._selected if run.reward_changes}
        return {
            path: f"{name if names.count(name) == 1 else f'{name} {as_text(path.name)}'}"
            f"{' (reward weights changed)' if path in changed else ''}"
            for path, name in named.items()
        }

    def _trace(self, run: Run, choice: CurveOptions) -> Trace | None:
        members = self._chain(run) if choice.join else [run]
        traces = []
        for member in members:
            read = self._read.get(member.path)
            series = None if read is None else read.reader.metrics.get(choice.tag)
            if read is not None and series is not None:
                traces.append(trace(series, read.pace, read.reader.started))
        return joined(traces) if traces else None

    def _chain(self, run: Run) -> list[Run]:
        """Returns a run and its parents, the oldest first."""
        chain = [run]
        while len(chain) < _LONGEST_CHAIN:
            parent = chain[0].resumed_from
            if parent is None or parent not in self._known or any(one.path == parent for one in chain):
                break
            chain.insert(0, self._known[parent])
        return chain


def _x(one: Trace, axis: Axis) -> np.ndarray:
    x = one.x(axis)
    assert x is not None
    return x


def _without(parameters: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    kept = {key: value for key, value in parameters.items() if f"{prefix}{key}" not in _NOT_CONFIGURATION}
    return {
        key: _without(value, f"{prefix}{key}.") if isinstance(value, Mapping) else value for key, value in kept.items()
    }


def _hashable(key: object) -> object:
    return key if isinstance(key, Path) else repr(key)
