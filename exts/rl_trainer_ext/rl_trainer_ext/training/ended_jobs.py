# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Removes the folders of jobs that have ended, once their runs are gone: their output is all that is left of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..runs import trash
from ..runs.jobs import JobFolder
from .where import Job

KEPT_WITHOUT_RUN = 8
"""The most jobs that are kept of those that ended before there was a run: their output says why."""

_BAD_INPUT = 2
"""The exit status of ``rl-trainer`` for what cannot be done."""


def remove_ended_jobs(jobs: Iterable[Job], log_root: Path) -> list[str]:
    """Removes folders of jobs that have ended; one that runs, or may run on another machine, is never removed.

    A job is kept while its run is in the log root or in the trash, from which it can come back.

    Args:
        jobs: The jobs of a log root, the newest first.
        log_root: The log root.

    Returns:
        The names of the removed jobs.
    """
    ended = [job.folder for job in jobs if job.state.is_over]
    trashed = {deleted.path for deleted in trash(log_root)} if ended else set()
    without_run = [folder for folder in ended if folder.run_dir is None]
    gone = [folder for folder in ended if _run_is_gone(folder, trashed)] + without_run[KEPT_WITHOUT_RUN:]
    for folder in gone:
        folder.remove()
    return [folder.name for folder in gone]


def says_all(job: Job) -> bool:
    """Returns whether a job was refused before it had a run, with a sentence that needs no output beside it."""
    refused = job.exit_status == _BAD_INPUT and job.run_dir is None
    return refused and bool(job.problem) and str(job.folder.output) not in job.problem


def _run_is_gone(folder: JobFolder, trashed: set[Path]) -> bool:
    run_dir = folder.run_dir
    if run_dir is None:
        return False
    # the log root may have been moved since: only the last three parts say which run it is
    here = folder.log_root.joinpath(*run_dir.parts[-3:])
    return not (run_dir.is_dir() or here.is_dir() or here in trashed)
