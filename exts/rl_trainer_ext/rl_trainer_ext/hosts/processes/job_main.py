# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs the command of a job, which outlives the program that started it, and writes down how it ended.

``python -m rl_trainer_ext.hosts.processes.job_main <folder of the job>``. The first SIGTERM or SIGINT is passed on to
the command as an orderly end; a second one, or one that the command does not obey in time, kills all its processes.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

from ...runs.jobs import JobFolder
from ...runs.process import Process

PROCESSES, EXIT = "processes.json", "exit.json"
"""The files that this process writes: who it is and whom it started, and how that ended."""

PROBLEM = "problem.json"
"""The file in which a command whose output is not its own alone says why it failed."""

JOB = "RL_TRAINER_JOB"
"""The environment variable that tells the command the folder of its job."""

_POLL = 0.5
_STRAGGLERS = 10.0
"""Seconds that processes which outlive the command have to end."""

_PR_SET_CHILD_SUBREAPER = 36


def main(folder: JobFolder) -> None:
    """Runs the command of a job to its end."""
    data = folder.record.data
    stopping = _Stop(float(data["grace"]))
    if sys.platform == "linux":
        # processes that lose their parent become children of this one, so that all of them can be found
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopping.ask)
    with folder.output.open("ab") as output:
        child = subprocess.Popen(
            ends_with_this(list(data["command"])),
            cwd=data["folder"],
            env=os.environ | {JOB: str(folder.path)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    processes = {"process": Process.current(), "child": Process.of(child.pid)}
    folder.write(PROCESSES, {name: dataclasses.asdict(each) for name, each in processes.items()})
    status = _wait(child, stopping, int(data["stop_signal"]))
    end_family(min(_STRAGGLERS, stopping.grace))
    ended = {"status": status, "stopped": stopping.asked, "ended": datetime.now(UTC).isoformat()}
    folder.write(EXIT, ended)


def ends_with_this(command: list[str]) -> list[str]:
    """Returns the command line of a Python program that is asked to end when this process is killed.

    Args:
        command: Module and arguments.
    """
    starter = Path(__file__).with_name("dies_with_parent.py")
    return [sys.executable, "-P", str(starter), str(os.getpid()), *command]


class _Stop:
    """Whether, and how urgently, the job is to end."""

    def __init__(self, grace: float) -> None:
        self.asked = self.passed_on = False
        self.grace, self._deadline = grace, float("inf")

    def ask(self, number: int, frame: FrameType | None) -> None:
        """Handles a signal."""
        now = time.monotonic()
        self._deadline = now if self.asked else now + self.grace
        self.asked = True

    @property
    def is_overdue(self) -> bool:
        return time.monotonic() >= self._deadline


def _wait(child: subprocess.Popen[Any], stopping: _Stop, stop_signal: int) -> int:
    """Waits for the command, passes the stop on to it, and kills it when it does not obey; returns its exit status."""
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(_POLL)
        if stopping.is_overdue:
            end_family(0.0)
        elif stopping.asked and not stopping.passed_on:
            stopping.passed_on = True
            child.send_signal(stop_signal)


def end_family(grace: float) -> None:
    """Ends all processes that this process, or one of them, has started.

    Args:
        grace: Seconds after which those that do not obey are killed.
    """
    family = psutil.Process().children(recursive=True)
    for process in family if grace else ():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(family, grace)
    # processes may have been started meanwhile
    killed = {*alive, *psutil.Process().children(recursive=True)}
    for process in killed:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(killed, _STRAGGLERS)  # the memory of their GPUs is free then


if __name__ == "__main__":
    opened = JobFolder.open(Path(sys.argv[1]))
    if opened is None:
        sys.exit(f"{sys.argv[1]} is no job.")
    main(opened)
