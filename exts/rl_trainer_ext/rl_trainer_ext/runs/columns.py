# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The columns of every list of runs: the run browser, the table of ``rl-trainer runs``, and its JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .. import wording
from .description import caption, library_name
from .model import Run, RunStatus


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: Identifies the column, and is its key in JSON.
        heading: The heading of the column.
        explanation: One sentence for the user, with the unit.
        rank: The columns of the highest ranks are left out first where space is short.
        text: Returns the text of a run at a time [unix s]. A text that is printed, and must stay true, has no time.
            None for a column that only the run browser can draw.
        value: Returns the value of a run for JSON; None for the field of :class:`Run` called ``name``.
        sort: Returns the sort key of a run, None if it is unknown; None for ``value``.
        descending: Whether the first click on the heading sorts from the highest value down.
        right_aligned: Whether the texts are aligned at the right.
    """

    name: str
    heading: str
    explanation: str
    rank: int
    text: Callable[[Run, float | None], str] | None
    value: Callable[[Run], Any] | None = None
    sort: Callable[[Run], Any] | None = None
    descending: bool = True
    right_aligned: bool = True

    def value_of(self, run: Run) -> Any:
        """Returns the value of a run for JSON."""
        return getattr(run, self.name) if self.value is None else self.value(run)

    def sort_key(self, run: Run) -> Any:
        """Returns the sort key of a run, or None if it is unknown."""
        return self.value_of(run) if self.sort is None else self.sort(run)


def _created(run: Run, now: float | None) -> str:
    return wording.short_moment(run.created) if now is None else wording.ago(now - run.created)


COLUMNS: list[Column] = [
    Column(
        "status",
        "Status",
        "Running, finished, stopped by the user, failed, killed (its process is gone), or unknown.",
        4,
        lambda run, now: run.status.value,
        value=lambda run: run.status.value,
        sort=lambda run: list(RunStatus).index(run.status),
        descending=False,
        right_aligned=False,
    ),
    Column(
        "name",
        "Run",
        "The run's display name, its task and its tags.",
        0,
        lambda run, now: caption(run),
        sort=lambda run: caption(run).lower(),
        descending=False,
        right_aligned=False,
    ),
    Column(
        "library",
        "Library",
        "The RL library that trained.",
        6,
        lambda run, now: library_name(run.library),
        sort=lambda run: library_name(run.library).lower(),
        descending=False,
        right_aligned=False,
    ),
    Column(
        "created",
        "Started",
        "When the run started.",
        2,
        _created,
        value=lambda run: datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds"),
        sort=lambda run: run.created,
    ),
    Column(
        "iterations",
        "Iterations",
        "Finished training iterations, including those of the run that it resumed [count].",
        5,
        lambda run, now: wording.whole(run.iterations),
    ),
    Column(
        "steps",
        "Steps",
        "Environment steps, over all parallel environments [count].",
        8,
        lambda run, now: wording.short_count(run.steps),
    ),
    Column(
        "last_reward",
        "Reward",
        "The newest mean episode return.",
        1,
        lambda run, now: wording.short_number(run.last_reward),
    ),
    Column(
        "best_reward",
        "Best",
        "The highest mean episode return.",
        7,
        lambda run, now: wording.short_number(run.best_reward),
    ),
    Column(
        "seconds",
        "Duration",
        "Training time, including that of the run that it resumed [h:min:s].",
        9,
        lambda run, now: wording.duration(run.seconds),
    ),
    Column(
        "size", "Size", "The size of all files of the run [bytes].", 10, lambda run, now: wording.file_size(run.size)
    ),
    Column("sparkline", "Curve", "The mean episode return over the training.", 3, None),
]
"""All columns, from left to right."""


def sorted_runs(runs: Sequence[Run], name: str, descending: bool) -> list[Run]:
    """Returns runs sorted by a column: the newest first among equals, unknown values last in either direction."""
    column = next((column for column in COLUMNS if column.name == name and column.text is not None), None)
    newest_first = sorted(runs, key=lambda run: -run.created)
    if column is None:
        return newest_first
    known: list[Run] = []
    unknown: list[Run] = []
    for run in newest_first:
        key = column.sort_key(run)
        # not-a-number compares with nothing
        (unknown if key is None or key != key else known).append(run)
    return sorted(known, key=column.sort_key, reverse=descending) + unknown
