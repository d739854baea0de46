# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A run that no engine has started, followed by its record: of ``rl-trainer train`` or of a panel."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil

from ...errors import UserError
from ...runs.jobs import JobFolder, JobRecord
from ...runs.model import RunStatus
from ...runs.record import RunRecord
from ...training.where import LOCAL, JobState
from ..console import FILE_NAME
from .supervised import POLL, end_process, not_running

_STATES = {
    RunStatus.FINISHED: JobState.FINISHED,
    RunStatus.STOPPED: JobState.STOPPED,
    RunStatus.FAILED: JobState.FAILED,
    RunStatus.KILLED: JobState.FAILED,
}
_EXIT = {JobState.FINISHED: 0, JobState.STOPPED: 130, JobState.FAILED: 1}
"""The exit statuses of ``rl-trainer train``."""

_KILLED = 137
"""As a shell says of a process that was killed."""


class _RunFolder(JobFolder):
    """The folder of a run in place of a job's."""

    @property
    def output(self) -> Path:
        """The log of the run."""
        return self.path / FILE_NAME


class RecordedRun:
    """See :class:`..training.where.Job`.

    Args:
        record: The record of the run.
    """

    def __init__(self, record: RunRecord) -> None:
        self.folder: JobFolder = _RunFolder(
            record.run_dir, JobRecord(record.config, LOCAL.to_dict(), record.started_at, {})
        )
        self.state = JobState.RUNNING
        self.progress, self.problem = "Training", ""
        self.run_dir: Path | None = record.run_dir
        self.exit_status: int | None = None
        self._record, self._looked = record, -float("inf")
        self.update()

    def update(self) -> None:
        """See :class:`..training.where.Job`."""
        now = time.monotonic()
        if self.state.is_over or now - self._looked < POLL:
            return
        self._looked = now
        alive = self._record.process.is_alive()  # before its record: what it writes last is read then
        self._record = RunRecord.read(self.folder.path) or self._record
        status = self._record.status
        if status is RunStatus.RUNNING and alive is False:
            status, self.exit_status = RunStatus.KILLED, _KILLED
            self.problem = "The process of the run has ended (killed): resume from its latest checkpoint."
        elif status is RunStatus.FAILED:
            self.problem = self._record.failure or "The run failed."
        if status in _STATES:
            self.state = _STATES[status]
            self.exit_status = _EXIT[self.state] if self.exit_status is None else self.exit_status

    def stop(self) -> None:
        """See :class:`..training.where.Job`."""
        self._looked = -float("inf")
        self.update()
        name, process = self.folder.path.name, self._record.process
        if self.state.is_over:
            raise UserError(not_running(name, self.state))
        if process.is_alive() is None:
            raise UserError(f"The run {name} runs on {process.host}, or in a container, not here: stop it there.")
        if not _is_headless(process.pid):
            raise UserError(
                f"The run {name} trains inside a panel or Isaac Sim (process {process.pid}): press Stop there."
            )
        if self.state is not JobState.STOPPING:
            self.state = JobState.STOPPING
            end_process(process.pid)


def _is_headless(pid: int) -> bool:
    """Returns whether ending a process ends nothing but a training."""
    with contextlib.suppress(psutil.Error):
        return "--headless" in psutil.Process(pid).cmdline()
    return False
