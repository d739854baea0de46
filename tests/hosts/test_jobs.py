# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Jobs: they outlive the program that starts them, a stop ends all their processes, and each end is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.processes.job_main import PROCESSES
from rl_trainer_ext.hosts.processes.supervised import SupervisedJob, launch
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import list_jobs
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.where import JobState, Where, WhereKind

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither sessions nor signals"),
]
LIMIT = 60.0

# Starts a process in a session of its own that ignores an orderly end, as PyTorch's launcher starts its workers.
FAMILY = """
import pathlib, signal, subprocess, sys, time
worker = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
process = subprocess.Popen([sys.executable, "-c", worker], start_new_session=True, stdout=subprocess.PIPE)
process.stdout.readline()
pathlib.Path("worker").write_text(str(process.pid))
print("training", flush=True)
{then}
"""


def no_run(folder: Any, child: Process) -> None:
    return None


def until(job: SupervisedJob, reached: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not reached():
        assert time.monotonic() < end, (job.state, job.progress, job.problem)
        job.update()
        time.sleep(0.02)


def started(folder: Path, then: str, grace: float = 2.0) -> SupervisedJob:
    (folder / "family.py").write_text(FAMILY.format(then=then))
    config = RunConfig("T", "rsl_rl", log_root=str(folder / "logs"))
    return launch(
        config,
        Where(WhereKind.PROCESS),
        [str(folder / "family.py")],
        folder=folder,
        stop_signal=signal.SIGTERM,
        grace=grace,
        find_run=no_run,
    )


def worker_of(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "worker").read_text()))


def test_a_stop_ends_every_process_of_a_job(tmp_path: Path) -> None:
    job = started(tmp_path, "time.sleep(600)")
    until(job, lambda: job.progress == "training")
    worker = worker_of(tmp_path)
    # the command obeys at once; its worker has lost its parent then and ignores the signal
    job.stop()
    job.stop()
    assert job.state is JobState.STOPPING
    until(job, lambda: job.state.is_over)
    assert (job.state, job.problem) == (JobState.STOPPED, "")
    assert not worker.is_running()
    with pytest.raises(UserError, match="does not run: it was stopped"):
        job.stop()


def test_a_command_that_does_not_obey_is_killed(tmp_path: Path) -> None:
    job = started(tmp_path, "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(1)", grace=0.2)
    until(job, lambda: job.progress == "training")
    worker = worker_of(tmp_path)
    job.stop()
    until(job, lambda: job.state.is_over)
    assert job.state is JobState.STOPPED
    assert not worker.is_running()


def test_a_stop_that_fails_is_told(tmp_path: Path) -> None:
    then = (
        'signal.signal(signal.SIGTERM, lambda *_: sys.exit(print(\'{"error": "The disk is full."}\') or 2))\n'
        "print('ready', flush=True)\nwhile True: time.sleep(1)"
    )
    job = started(tmp_path, then, grace=0.5)
    until(job, lambda: job.progress == "ready")
    job.stop()
    until(job, lambda: job.state.is_over)
    assert (job.state, job.problem, job.exit_status) == (JobState.FAILED, "The disk is full.", 2)


def test_a_failure_is_told_by_the_last_words_or_by_the_error_of_the_command(tmp_path: Path) -> None:
    for name, then, sentence in (
        ("words", "print('out of paper'); sys.exit(3)", "failed with exit status 3: out of paper. Its output is in "),
        ("told", 'print(\'{"status": "failed", "error": "No task."}\'); sys.exit(2)', "No task."),
    ):
        (tmp_path / name).mkdir()
        job = started(tmp_path / name, then, grace=0.2)
        until(job, lambda job=job: job.state.is_over)
        assert job.state is JobState.FAILED
        assert sentence in job.problem
        assert not psutil.pid_exists(int((tmp_path / name / "worker").read_text()))


def test_a_job_outlives_its_starter_and_ends_when_its_own_process_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib; sys.path.insert(0, sys.argv[2])\n"
        "import test_jobs; test_jobs.started(pathlib.Path(sys.argv[1]), 'time.sleep(600)'); time.sleep(600)"
    )
    starter = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)])
    end = time.monotonic() + LIMIT
    while not (tmp_path / "worker").is_file():
        assert time.monotonic() < end
        time.sleep(0.05)
    starter.kill()
    starter.wait()
    (folder,) = list_jobs(tmp_path / "logs")
    job = SupervisedJob(folder, no_run)
    until(job, lambda: job.progress == "training")
    assert job.state is JobState.RUNNING
    os.kill(folder.read(PROCESSES)["process"]["pid"], signal.SIGKILL)
    until(job, lambda: job.state.is_over)
    assert job.state is JobState.FAILED
    assert "ended without saying how" in job.problem
    worker_of(tmp_path).kill()  # nothing is left to find it


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"host": "another"}, "runs on another, not on this machine"),
        ({"process_started": 1}, "does not run: it failed or was killed"),  # the number is another process's now
        ({"boot_id": "before"}, "does not run: it failed or was killed"),
    ],
)
def test_no_other_process_is_stopped(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        job = started(tmp_path, "sys.exit(0)", grace=0.2)
        until(job, lambda: job.state.is_over)
        (job.folder.path / "exit.json").unlink()
        values = Process.of(other.pid).__dict__ | changes
        (job.folder.path / PROCESSES).write_text(json.dumps({"process": values, "child": values}))
        with pytest.raises(UserError, match=sentence):
            SupervisedJob(job.folder, no_run).stop()
        assert other.poll() is None
        assert other.stdin is not None
        other.stdin.write(b"\n")
