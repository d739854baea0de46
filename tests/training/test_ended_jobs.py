# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Folders of jobs are removed when their runs are gone for good, and never while they run."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

from helpers.recording_trainer import RecordingTrainerDouble, idle
from helpers.runs_on_disk import make_run
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.hosts.processes.job_main import EXIT, PROCESSES
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import delete, empty_trash, restore
from rl_trainer_ext.runs.jobs import JobFolder, list_jobs
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.elsewhere import Elsewhere
from rl_trainer_ext.training.ended_jobs import KEPT_WITHOUT_RUN
from rl_trainer_ext.training.where import Where, WhereKind


def make_job(log_root: Path, run_dir: Path | None, ended: bool = True, process: Process | None = None) -> str:
    """A job as an earlier program left it; one that has not ended is a process that lives, or the given one."""
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", log_root=str(log_root))
    job = JobFolder.create(config, Where(WhereKind.PROCESS).to_dict(), {})
    values = dataclasses.asdict(process or Process.current())
    job.write(PROCESSES, {"process": values, "child": values})
    if run_dir is not None:
        job.note_run(run_dir)
    if ended:
        job.write(EXIT, {"status": 0 if run_dir is not None else 2, "stopped": False})
    return job.name


def open_panel(log_root: Path) -> set[str]:
    """What a panel does with jobs when it opens; returns the jobs that are left."""
    Elsewhere(RecordingTrainerDouble(idle()), all_engines(), log_root).update()
    return {job.name for job in list_jobs(log_root)}


def test_a_job_is_removed_when_its_run_is_gone_for_good_and_kept_while_a_delete_can_be_undone(tmp_path: Path) -> None:
    run_dir = make_run(tmp_path, "one", rewards=(1.0,))
    kept = make_job(tmp_path, make_run(tmp_path, "two", rewards=(1.0,)))
    deleted_job = make_job(tmp_path, run_dir)
    deleted = delete(run_dir)
    assert open_panel(tmp_path) == {kept, deleted_job}
    restore(deleted)
    assert open_panel(tmp_path) == {kept, deleted_job}
    delete(run_dir)
    empty_trash(tmp_path)
    assert open_panel(tmp_path) == {kept}


def test_jobs_that_run_here_or_elsewhere_are_kept_without_a_run(tmp_path: Path) -> None:
    gone = tmp_path / "rsl_rl" / "cartpole_direct" / "gone"
    here = make_job(tmp_path, gone, ended=False)
    other = dataclasses.replace(Process.current(), host="another machine")
    elsewhere = make_job(tmp_path, gone, ended=False, process=other)
    assert open_panel(tmp_path) == {here, elsewhere}


def test_the_last_jobs_that_ended_before_a_run_are_kept(tmp_path: Path) -> None:
    names = sorted(make_job(tmp_path, None) for _ in range(KEPT_WITHOUT_RUN + 3))
    assert open_panel(tmp_path) == set(names[3:])


def test_a_log_root_that_was_moved_keeps_its_jobs(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    job = make_job(before, make_run(before, rewards=(1.0,)))
    shutil.move(before, after)
    assert open_panel(after) == {job}
