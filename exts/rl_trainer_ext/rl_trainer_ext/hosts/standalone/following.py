# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Follows a run elsewhere on the terminal. Imports neither ``omni.ui`` nor Isaac Lab."""

from __future__ import annotations

import time

from ...errors import UserError
from ...training.followed import FollowedRun
from ...training.snapshot import Snapshot, State
from ...training.where import Job
from .progress import ProgressDisplay
from .signals import interruptible

FRAME = 0.1
"""Seconds between two looks."""


def follow(job: Job, *, interrupt_stops: bool) -> tuple[Snapshot, bool]:
    """Shows the progress of a job until it has ended.

    Args:
        job: The job.
        interrupt_stops: Whether Ctrl+C and SIGTERM stop the run. Otherwise they end only this.

    Returns:
        The last snapshot, and whether a signal requested the end.

    Raises:
        UserError: When it cannot be stopped.
    """
    run = FollowedRun(job)
    with interruptible() as interrupt, ProgressDisplay() as progress:
        while True:
            run.update()
            snapshot = snapshot_of(run)
            progress.show(snapshot)
            if run.ended or (interrupt.requested and not interrupt_stops):
                return snapshot, interrupt.requested
            if interrupt.requested:
                try:
                    job.stop()
                except UserError:
                    if not job.state.is_over:  # it may have ended just now
                        raise
            time.sleep(FRAME)


def wait_for_end(job: Job) -> Snapshot:
    """Waits until a job that was asked to stop has ended."""
    return follow(job, interrupt_stops=False)[0]


def snapshot_of(run: FollowedRun) -> Snapshot:
    """Returns what can be shown of a run elsewhere, without a trainer."""
    state = run.state
    words = {State.LAUNCHING: run.job.progress or "Starting…", State.TRAINING: "Training", State.STOPPING: "Stopping…"}
    return Snapshot(state=state, activity=words.get(state, ""), status=run.status, run=run.view(), failure=run.failure)
