# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds the run that a user names on the command line."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError, shortened
from .model import Run
from .reading import list_runs
from .run_files import is_run

NEWEST = "latest"
"""What a user writes for the newest run of a log root."""


def find_run(named: str, log_root: Path) -> Run:
    """Returns the run that a text names.

    Args:
        named: The path of its folder, or of a file in it such as a checkpoint; or, for a run below the log root, that
            path from there, the name of its folder, its own name, or ``latest`` for the newest one.
        log_root: Where to look for names.

    Raises:
        UserError: When there is no such run, or several, or the log root cannot be read.
    """
    for path in (Path(named).expanduser(), log_root.expanduser() / named):
        found = _run_with(path.resolve()) if path.exists() else None
        if found is not None:
            return found
    runs = list_runs(log_root)
    matching = [run for run in runs if named in (run.path.name, run.name)]
    if named == NEWEST and runs and not matching:
        return runs[0]
    if not matching:
        raise UserError(f"There is no run '{shortened(named)}' in {log_root}: see rl-trainer runs, or give its folder.")
    if len(matching) > 1:
        folders = ", ".join(str(run.path) for run in matching[:3])
        raise UserError(f"{len(matching)} runs are named '{shortened(named)}' ({folders}): give the folder of one.")
    return matching[0]


def _run_with(path: Path) -> Run | None:
    """Returns the run whose folder a path is, or has it inside; None where there is none."""
    # a library may keep its checkpoints in a folder of the run, which looks like a run itself
    for folder in reversed((path, *path.parents)[:3]):
        if len(folder.parents) > 2 and is_run(folder):
            for run in list_runs(folder.parents[2]):
                if run.path.resolve() == folder:
                    return run
    return None
