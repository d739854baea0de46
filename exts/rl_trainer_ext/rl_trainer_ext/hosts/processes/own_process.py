# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The engine that trains in a process of its own: ``rl-trainer train --headless``, which outlives this program."""

from __future__ import annotations

import signal
from pathlib import Path

from ...run_config import RunConfig
from ...runs.jobs import JobFolder
from ...runs.process import Process
from ...runs.record import RunRecord
from ...training.where import Where, WhereKind
from .own_command import PACKAGE
from .queued_run import run_dirs, with_options
from .supervised import SupervisedJob, launch

GRACE = 120.0
"""Seconds that a training has to save and close after Stop; compiling the first kernels may take a minute."""


class OwnProcess:
    """See :class:`..training.where.Engine`."""

    kind = WhereKind.PROCESS
    label = "Process of its own"
    note = (
        "The run continues when this program ends, and is found again. It has no viewport, cannot be paused, and its "
        "reward weights stay as they are."
    )

    def check(self, config: RunConfig, where: Where) -> RunConfig:
        """See :class:`..training.where.Engine`. The process itself checks the rest, before its run has a folder."""
        where.validate()
        config.validate()
        return config

    def start(self, config: RunConfig, where: Where) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        command = [PACKAGE, *with_options(config, ["--headless", "--json"])]
        return launch(
            config,
            where,
            command,
            folder=Path.cwd(),
            stop_signal=signal.SIGTERM,
            grace=GRACE,
            find_run=find_run,
        )

    def reopen(self, folder: JobFolder) -> SupervisedJob:
        """See :class:`..training.where.Engine`."""
        return SupervisedJob(folder, find_run)


def find_run(folder: JobFolder, child: Process) -> Path | None:
    """Returns the folder of the run whose record names a process."""
    # the clock of a file system may be a little behind
    since = folder.record.created.timestamp() - 5.0
    for path in run_dirs(folder.log_root, since):
        record = RunRecord.read(path)
        if record is not None and record.process == child:
            return path
    return None
