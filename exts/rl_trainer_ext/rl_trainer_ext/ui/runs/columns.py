# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The columns of the table of runs: what they say, their widths, which go first where it is narrow. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ... import wording
from ...learners.formats import format_of
from ...runs import Run, RunStatus

GAP = 10
"""Between two columns [pixels]."""

_NAME_WIDTH = 140
"""What the name has to itself before another column may stand beside it [pixels]."""


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        key: Identifier, and what is remembered.
        title: In the header.
        tooltip: What it says, with the unit.
        width: In pixels; 0 for all that is left.
        rank: Order in which columns find room; those of the highest ranks drop out first.
        text: What it says of a run, at a time [unix s]; empty for a column that is drawn.
        sort: What it is sorted by; None for unknown, which comes last in either direction.
        descending: Whether a first click sorts from the highest down.
        right: Whether it is a number, aligned at the right.
    """

    key: str
    title: str
    tooltip: str
    width: int
    rank: int
    text: Callable[[Run, float], str]
    sort: Callable[[Run], Any] | None
    descending: bool = True
    right: bool = True


def caption(run: Run) -> str:
    """What a run is called in one line: its name and its task, and its tags."""
    task = run.task or f"{run.experiment}/{run.folder}"
    tags = "".join(f"  #{tag}" for tag in run.tags)
    return f"{run.name} · {task}{tags}" if run.name else task + tags


def library_name(library: str) -> str:
    """The short name of a library."""
    known = format_of(library)
    return known.short_label or known.label


_STATUS_ORDER = {status: index for index, status in enumerate(RunStatus)}

COLUMNS = (
    Column(
        "status",
        "Status",
        "How the run stands: running, finished, stopped by the user, failed, killed (its process is gone), or unknown.",
        62,
        4,
        lambda run, now: run.status.value,
        lambda run: _STATUS_ORDER[run.status],
        descending=False,
        right=False,
    ),
    Column(
        "name",
        "Run",
        "The run's display name, its task and its tags.",
        0,
        0,
        lambda run, now: caption(run),
        lambda run: caption(run).lower(),
        descending=False,
        right=False,
    ),
    Column(
        "library",
        "Library",
        "The RL library that trained.",
        54,
        6,
        lambda run, now: library_name(run.library),
        lambda run: library_name(run.library).lower(),
        descending=False,
        right=False,
    ),
    Column(
        "created",
        "When",
        "When the run began.",
        66,
        2,
        lambda run, now: wording.ago(now - run.created),
        lambda r: r.created,
    ),
    Column(
        "iterations",
        "Iterations",
        "Finished training iterations, those of what it was resumed from included [count].",
        66,
        5,
        lambda run, now: wording.whole(run.iterations),
        lambda run: run.iterations,
    ),
    Column(
        "steps",
        "Steps",
        "Environment steps, over all parallel environments [count].",
        50,
        8,
        lambda run, now: wording.short_count(run.steps),
        lambda run: run.steps,
    ),
    Column(
        "last_reward",
        "Reward",
        "Newest mean episode return.",
        58,
        1,
        lambda run, now: wording.short_number(run.last_reward),
        lambda run: run.last_reward,
    ),
    Column(
        "best_reward",
        "Best",
        "Highest mean episode return.",
        58,
        7,
        lambda run, now: wording.short_number(run.best_reward),
        lambda run: run.best_reward,
    ),
    Column(
        "seconds",
        "Duration",
        "Training time, that of what it was resumed from included [h:min:s].",
        60,
        9,
        lambda run, now: wording.duration(run.seconds),
        lambda run: run.seconds,
    ),
    Column(
        "size",
        "Size",
        "All files of the run [bytes].",
        58,
        10,
        lambda run, now: wording.file_size(run.size),
        lambda run: run.size,
    ),
    Column("sparkline", "Curve", "The mean episode return over the training.", 64, 3, lambda run, now: "", None),
)
"""All columns, from left to right."""


def fitting(width: float) -> tuple[Column, ...]:
    """The columns that there is room for in so many pixels. The dot before the status stays in any case."""
    room = width - _NAME_WIDTH
    kept = set()
    for column in sorted(COLUMNS, key=lambda column: column.rank):
        if column.width:
            room -= column.width + GAP
            if room < 0:
                break
        kept.add(column.key)
    return tuple(column for column in COLUMNS if column.key in kept or not column.width)


def matches(run: Run, words: Iterable[str]) -> bool:
    """Whether every word is somewhere in what is said of a run: its name, task, tags, library, status or directory."""
    said = " ".join(
        (run.name, run.task, *run.tags, run.library, library_name(run.library), run.status.value, run.experiment)
    )
    said = f"{said} {run.folder}".lower()
    return all(word in said for word in words)


def listed(runs: Sequence[Run], filter_text: str, library: str, archived: bool) -> list[Run]:
    """The runs to list: those that match the words of the filter, of one library (or of any, if empty).

    Args:
        archived: Whether to list those that were put away, rather than the others.
    """
    words = filter_text.lower().split()
    return [
        run
        for run in runs
        if run.archived is archived and (not library or run.library == library) and matches(run, words)
    ]


def ordered(runs: Sequence[Run], key: str, descending: bool) -> list[Run]:
    """Sorted by a column; the newest first among equals, what is unknown last."""
    sort = next((column.sort for column in COLUMNS if column.key == key and column.sort is not None), None)
    newest_first = sorted(runs, key=lambda run: -run.created)
    if sort is None:
        return newest_first
    known: list[Run] = []
    unknown: list[Run] = []
    for run in newest_first:
        value = sort(run)
        # not-a-number compares with nothing
        (unknown if value is None or value != value else known).append(run)
    return sorted(known, key=sort, reverse=descending) + unknown
