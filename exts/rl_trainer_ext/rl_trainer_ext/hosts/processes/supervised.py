# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Jobs on this machine: a command, and a process of this package that runs it after this program has ended."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil

from ...errors import UserError, shortened
from ...run_config import RunConfig
from ...runs.jobs import JobFolder
from ...runs.process import Process
from ...system.installation import interpreter
from ...training.where import JobState, Where
from ..console import FILE_NAME
from . import job_main
from .child import APART, import_path, last_line
from .own_command import PACKAGE, ROOT

POLL = 0.5
"""Seconds between two looks at a job."""

START_LIMIT = 60.0
"""Seconds after which a job that has written no process down counts as lost."""

_INTERRUPTED = 130
"""The exit status of a command that was stopped, as in shells."""

FindRun = Callable[[JobFolder, Process], Path | None]
"""Returns the folder of the run that a job's command writes; None while there is none."""

MayRestart = Callable[[JobFolder], bool]
"""Returns whether a job's command, whose process was killed, continues where it was when it is started again."""


def launch(
    config: RunConfig,
    where: Where,
    command: Sequence[str],
    *,
    folder: Path,
    stop_signal: signal.Signals,
    grace: float,
    find_run: FindRun,
    links_log: bool = False,
    may_restart: MayRestart = lambda folder: False,
    **data: Any,
) -> SupervisedJob:
    """Starts a command as a job.

    Args:
        config: What it trains.
        where: Where.
        command: Module and arguments.
        folder: The current folder of the command.
        stop_signal: What asks the command to save and end.
        grace: Seconds that it then has.
        find_run: Finds its run.
        links_log: Whether its output is the log of its run, because the command keeps none there.
        may_restart: Whether to start its process again after that was killed.
        data: More for the job's record.

    Raises:
        UserError: When it cannot be started.
    """
    data |= {"command": list(command), "folder": str(folder), "stop_signal": int(stop_signal), "grace": grace}
    job = JobFolder.create(config, where.to_dict(), data | {"links_log": links_log})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        process = _start_process(job)
    except OSError as error:
        job.remove()
        raise UserError(f"No process can be started in {folder} ({error.strerror}).") from error
    return SupervisedJob(job, find_run, process, may_restart)


def _start_process(job: JobFolder) -> subprocess.Popen[Any]:
    return start_apart(f"{PACKAGE}.hosts.processes.job_main", [str(job.path)], job.output)


def start_apart(module: str, arguments: Sequence[str], output: Path) -> subprocess.Popen[Any]:
    """Starts a program of this package, which continues when this one ends.

    Args:
        module: Its module.
        arguments: Its arguments.
        output: The file to which all that it prints is appended.

    Raises:
        OSError: When it cannot be started.
    """
    with output.open("ab") as file:
        return subprocess.Popen(
            [interpreter(), "-P", "-m", module, *arguments],
            env=os.environ | {"PYTHONUNBUFFERED": "1"} | import_path(ROOT),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            **APART,
        )


class SupervisedJob:
    """A job that :func:`launch` has started, in this program or an earlier one.

    Args:
        folder: Its folder.
        find_run: Finds its run.
        started: Its process, if this program has started it.
        may_restart: Whether to start its process again, once, after that was killed.
    """

    def __init__(
        self,
        folder: JobFolder,
        find_run: FindRun,
        started: subprocess.Popen[Any] | None = None,
        may_restart: MayRestart = lambda folder: False,
    ) -> None:
        self.folder = folder
        self.state = JobState.RUNNING
        self.progress = self.problem = ""
        self.run_dir: Path | None = None
        self.exit_status: int | None = None
        self._find_run, self._started, self._may_restart = find_run, started, may_restart
        self._looked = -float("inf")
        self._stop_sent = False
        self.update()

    def update(self) -> None:
        """See :class:`..training.where.Job`."""
        now = time.monotonic()
        if self.state.is_over or now - self._looked < POLL:
            return
        self._looked = now
        alive = self._is_alive()  # before its files: what it writes last is read then
        if self._started is not None:
            self._started.poll()  # takes its exit status from the system
        processes, ended = self.folder.read(job_main.PROCESSES), self.folder.read(job_main.EXIT)
        words = last_line(self.folder.output)
        if words and not words.startswith("{"):  # the result
            self.progress = words
        if self.run_dir is None and processes:
            self._look_for_run(Process.from_dict(processes["child"]))
        if ended:
            self._end(int(ended["status"]), bool(ended["stopped"]))
        elif alive is False and self._may_restart(self.folder):
            self._restart()
        elif alive is False:
            self.problem = (
                "The process of the run ended without saying how (it was killed, or the machine was restarted): resume "
                f"from its latest checkpoint.{_log(self)}"
            )
            self.state = JobState.FAILED
        elif self.state is JobState.STOPPING:
            self._pass_on_stop(self._process())

    def stop(self) -> None:
        """See :class:`..training.where.Job`."""
        self._looked = -float("inf")
        self.update()
        process = self._process()
        if self.state.is_over:
            raise UserError(not_running(self._name, self.state))
        if process is not None and process.is_alive() is None:
            raise UserError(f"The run {self._name} runs on {process.host}, not on this machine: stop it there.")
        self.state = JobState.STOPPING
        self._pass_on_stop(process)

    def _pass_on_stop(self, process: Process | None) -> None:
        """Sends the stop once, as soon as there is a process to send it to."""
        if process is not None and not self._stop_sent:
            self._stop_sent = True
            end_process(process.pid)

    @property
    def _name(self) -> str:
        return self.folder.name if self.run_dir is None else self.run_dir.name

    def _restart(self) -> None:
        self._may_restart = lambda folder: False
        self._stop_sent = False
        with contextlib.suppress(OSError):
            (self.folder.path / job_main.PROCESSES).unlink(missing_ok=True)  # the number may be another process's now
            self._started = _start_process(self.folder)

    def _process(self) -> Process | None:
        values = self.folder.read(job_main.PROCESSES)
        return Process.from_dict(values["process"]) if values else None

    def _is_alive(self) -> bool | None:
        if self._started is not None:
            return self._started.poll() is None
        process = self._process()
        if process is None:
            return time.time() - self.folder.record.created.timestamp() < START_LIMIT
        return process.is_alive()

    def _look_for_run(self, child: Process) -> None:
        known = self.folder.run_dir
        found = known or self._find_run(self.folder, child)
        if found is None or not found.is_dir():
            return
        self.run_dir = found
        if known is None:
            with contextlib.suppress(OSError):
                self.folder.note_run(found)
        if self.folder.record.data.get("links_log"):
            with contextlib.suppress(OSError):  # it is there, or the file system has no links
                os.link(self.folder.output, found / FILE_NAME)

    def _end(self, status: int, stopped: bool) -> None:
        self.exit_status = 128 - status if status < 0 else status
        told = str(self.folder.read(job_main.PROBLEM).get("error", "")) or _told(last_line(self.folder.output))
        if (stopped or status == _INTERRUPTED) and not told:
            self.state = JobState.STOPPED
        elif status == 0:
            self.state = JobState.FINISHED
        else:
            self.state = JobState.FAILED
            words = shortened(self.progress, 300).rstrip(".") or "it said nothing"
            self.problem = told or f"The training failed with exit status {status}: {words}.{_log(self)}"


def not_running(name: str, state: JobState) -> str:
    """Returns the sentence about a run that was to be stopped and has ended."""
    how = {JobState.FINISHED: "finished", JobState.STOPPED: "was stopped"}.get(state, "failed or was killed")
    return f"The run {name} does not run: it {how}. See rl-trainer runs."


def _log(job: SupervisedJob) -> str:
    log = job.folder.output if job.run_dir is None else job.run_dir / FILE_NAME
    return f" Its output is in {log}."


def _told(words: str) -> str:
    """Returns the error in the JSON object that ``rl-trainer`` prints last."""
    with contextlib.suppress(ValueError):
        values = json.loads(words)
        if isinstance(values, dict):
            return str(values.get("error", ""))
    return ""


def end_process(pid: int) -> None:
    """Asks a process to end. On Windows, which has no such signal, it ends the process and those that it started."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for one in (*process.children(recursive=True), process):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.terminate()
