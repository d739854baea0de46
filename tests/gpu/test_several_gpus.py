# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings on several GPUs: ``pytest tests/gpu`` where there are at least two; skipped elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from rl_trainer_ext.hosts.processes.all_gpus import AllGpus
from rl_trainer_ext.hosts.processes.job_main import PROCESSES
from rl_trainer_ext.hosts.processes.supervised import SupervisedJob
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.elsewhere import start
from rl_trainer_ext.training.followed import FollowedRun
from rl_trainer_ext.training.where import JobState, Where, WhereKind

pytestmark = [pytest.mark.subprocess, pytest.mark.slow]
LIMIT = 300.0


@pytest.fixture(autouse=True)
def gpus() -> int:
    """The number of GPUs."""
    count = sum(device.startswith("cuda") for device in task_config.devices())
    if count < 2:
        pytest.skip(f"needs two GPUs, and {count} are here")
    return count


def started(folder: Path, iterations: int) -> FollowedRun:
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", num_envs=64, max_iterations=iterations)
    job = start(AllGpus(), config.replace(log_root=str(folder / "logs")), Where(WhereKind.GPUS, 2))
    return FollowedRun(job)


def until(run: FollowedRun, reached: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not reached():
        assert time.monotonic() < end, (run.job.state, run.job.progress, run.job.problem)
        run.update()
        time.sleep(0.1)


def family_of(run: FollowedRun) -> list[psutil.Process]:
    assert isinstance(run.job, SupervisedJob)
    own = psutil.Process(run.job.folder.read(PROCESSES)["process"]["pid"])
    return [own, *own.children(recursive=True)]


def test_two_gpus_train_one_run(tmp_path: Path) -> None:
    run = started(tmp_path, 5)
    until(run, lambda: run.ended)
    assert run.job.state is JobState.FINISHED, run.job.problem
    view = run.view()
    assert view.counts.iteration == 5
    assert view.counts.steps == 2 * 5 * 64 * 16
    assert view.metrics.get(MEAN_REWARD) is not None
    assert view.checkpoint is not None
    assert run.job.run_dir is not None
    assert (run.job.run_dir / "console.log").stat().st_size > 0


def test_a_stop_ends_all_processes_and_keeps_a_checkpoint(tmp_path: Path) -> None:
    """Two run side by side: each has found a port of its own."""
    run, other = started(tmp_path, 100_000), started(tmp_path, 100_000)
    for each in (run, other):
        until(each, lambda each=each: each.view().counts.iteration > 3)
    families = [*family_of(run), *family_of(other)]
    assert len(families) >= 8  # of each: this package's process, the command, the launcher, two workers
    for each in (run, other):
        each.job.stop()
    for each in (run, other):
        until(each, lambda each=each: each.ended)
        assert each.job.state is JobState.STOPPED
        assert each.view().checkpoint is not None
    assert not [process for process in families if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
