# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds the run that a user names on the command line."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError, shortened
from .model import Run
from .reading import list_runs


def find_run(named: str, log_root: Path) -> Run:
    """Returns the run that a text names: the path of its folder, or, below a log root, the folder's or its own name.

    Args:
        named: The text.
        log_root: Where to look for names.

    Raises:
        UserError: When there is no such run, or several, or the log root cannot be read.
    """
    path = Path(named).expanduser()
    if path.is_dir():
        path = path.resolve()
        log_root = path.parent.parent.parent
        matching = [run for run in list_runs(log_root) if run.path.resolve() == path]
    else:
        matching = [run for run in list_runs(log_root) if named in (run.path.name, run.name)]
    if not matching:
        raise UserError(f"There is no run '{shortened(named)}' in {log_root}: see rl-trainer runs, or give its folder.")
    if len(matching) > 1:
        folders = ", ".join(str(run.path) for run in matching[:3])
        raise UserError(f"{len(matching)} runs are named '{shortened(named)}' ({folders}): give the folder of one.")
    return matching[0]
