# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How wide each column of the run browser is, which of them fit, and which runs match the filter. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...runs import Run
from ...runs.columns import COLUMNS, Column
from ...runs.description import library_name
from ..widgets.table_sizes import GAP

_NAME_WIDTH = 140
"""The space that the name has before another column may stand beside it [pixels]."""

_WIDTHS = {
    "status": 62,
    "name": 0,
    "library": 54,
    "created": 66,
    "iterations": 66,
    "steps": 50,
    "seconds": 60,
    "sparkline": 64,
}
_WIDTH = 58
"""The width of a column that is not listed above [pixels]."""


def width_of(column: Column) -> int:
    """Returns the width of a column [pixels]; 0 for the space that the others leave."""
    return _WIDTHS.get(column.name, _WIDTH)


def fitting(width: float) -> tuple[Column, ...]:
    """Returns the columns that fit into a width [pixels]; the name always does."""
    room = width - _NAME_WIDTH
    kept = set()
    for column in sorted(COLUMNS, key=lambda column: column.rank):
        if width_of(column):
            room -= width_of(column) + GAP
            if room < 0:
                break
        kept.add(column.name)
    return tuple(column for column in COLUMNS if column.name in kept or not width_of(column))


def matches(run: Run, words: Iterable[str]) -> bool:
    """Returns whether a run's name, task, tags, library, status or directory contains every word."""
    texts = (run.name, run.task, *run.tags, run.library, library_name(run.library), run.status.value)
    searched = " ".join((*texts, run.experiment, run.folder)).lower()
    return all(word in searched for word in words)


def listed(runs: Sequence[Run], filter_text: str, library: str, archived: bool) -> list[Run]:
    """Returns the runs that match the words of the filter.

    Args:
        runs: All runs.
        filter_text: The words, separated by spaces.
        library: Keeps the runs of this library only; empty for all.
        archived: Whether to keep the archived runs, or the others.
    """
    words = filter_text.lower().split()
    return [
        run
        for run in runs
        if run.archived is archived and (not library or run.library == library) and matches(run, words)
    ]
