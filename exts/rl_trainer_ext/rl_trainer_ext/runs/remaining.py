# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Says from which checkpoint an interrupted training continues, and how many of its iterations are left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..learners.formats import ITERATIONS, LibraryFormat, Pace, format_of, setting
from .checkpoints import list_checkpoints
from .parameters import pace_of, read_parameters
from .record import RunRecord


@dataclass(frozen=True)
class Remaining:
    """What is left of a training.

    Args:
        checkpoint: Its newest checkpoint.
        iterations: The iterations from there to its planned end; None where that is unknown.
    """

    checkpoint: Path
    iterations: int | None


def remaining(run_dir: Path) -> Remaining | None:
    """Returns what is left of the training of a run; None if it has no checkpoint that can be used.

    Raises:
        UserError: When the run's folder cannot be read.
    """
    listed = list_checkpoints(run_dir)
    if not listed:
        return None
    newest = max(listed, key=lambda one: (one.steps if one.steps is not None else -1, one.modified))
    env, agent = read_parameters(run_dir)
    library = format_of(run_dir.parent.parent.name)
    pace = pace_of(library.name, env, agent)
    if newest.steps is None or not pace.steps:
        return Remaining(newest.path, None)
    planned = _planned(run_dir, library, setting(agent, library.length_key), pace)
    done = newest.steps // pace.steps
    return Remaining(newest.path, None if planned is None else max(0, planned - done))


def _planned(run_dir: Path, library: LibraryFormat, length: Any, pace: Pace) -> int | None:
    """Returns the iterations at the planned end of a run, those of the run that it resumed included."""
    record = RunRecord.read(run_dir)
    asked = None if record is None else record.config.max_iterations
    before = 0
    if record is not None and record.resumed_from is not None and not record.config.fine_tune:
        before = record.resumed_from.iteration or 0
    if asked is not None:
        return before + asked
    if not isinstance(length, int | float):
        return None
    if library.length_is_total:
        before = 0
    planned = int(length) if library.step_unit == ITERATIONS else library.progress_at(int(length), pace)[0]
    return None if planned is None else before + planned
