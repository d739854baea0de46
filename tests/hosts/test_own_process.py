# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A training in a process of its own: it outlives a killed panel, is found again, followed, and stopped in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from helpers.recording_trainer import RecordingTrainerDouble, idle
from helpers.runs_made_here import CARTPOLE
from helpers.runs_on_disk import make_run
from rl_trainer_ext.cli.elsewhere import find_job
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.hosts.processes.recorded import RecordedRun
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import JobFolder, list_jobs
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.commands import Load, Play, ShowRun, Stop, Train
from rl_trainer_ext.training.elsewhere import Elsewhere
from rl_trainer_ext.training.snapshot import Snapshot, State
from rl_trainer_ext.training.where import Where, WhereKind

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither sessions nor signals"),
]
LIMIT = 300.0

# A program that starts the training as a panel does, and lives on.
PANEL = """
import pathlib, sys, time
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.elsewhere import start
from rl_trainer_ext.training.where import Where, WhereKind
config = RunConfig("Isaac-Cartpole-Direct", "", num_envs=16, max_iterations=100_000, device="cpu")
config = config.replace(log_root=sys.argv[1])
start(all_engines()[WhereKind.PROCESS], config, Where(WhereKind.PROCESS))
print("started", flush=True)
time.sleep(600)
"""


class PanelOf:
    """The part of a panel between its widgets and the trainer, which is a double here."""

    def __init__(self, log_root: Path) -> None:
        self.trainer = RecordingTrainerDouble(idle())
        self.port = Elsewhere(self.trainer, all_engines(), log_root)

    def until(self, reached: Callable[[Snapshot], bool]) -> Snapshot:
        end = time.monotonic() + LIMIT
        while True:
            self.port.update()
            snapshot = self.port.snapshot()
            if reached(snapshot):
                return snapshot
            assert time.monotonic() < end, (snapshot.state, snapshot.activity, snapshot.failure)
            time.sleep(0.05)


@pytest.fixture(scope="module")
def log_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A log root with a training of a program that has been killed."""
    root = tmp_path_factory.mktemp("own_process") / "runs"
    with subprocess.Popen([sys.executable, "-c", PANEL, str(root)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"started\n"
        program.send_signal(signal.SIGKILL)
    yield root
    for folder in list_jobs(root):  # where a test has failed
        job = all_engines()[WhereKind.PROCESS].reopen(folder)
        if not job.state.is_over:
            job.stop()


def test_a_killed_panels_run_is_found_followed_and_stopped(log_root: Path, capfd: pytest.CaptureFixture[str]) -> None:
    panel = PanelOf(log_root)
    snapshot = panel.until(lambda snapshot: snapshot.iteration > 2)
    assert (snapshot.state, snapshot.status) == (State.TRAINING, "running")
    assert snapshot.config is not None
    assert snapshot.config.library == "rsl_rl"  # the request left it to the task
    assert snapshot.counts.total_iterations == 100_000
    assert snapshot.counts.eta is not None
    assert snapshot.steps == 16 * 16 * snapshot.iteration
    series = snapshot.metrics.get(MEAN_REWARD)
    assert series is not None
    assert len(series) > 0
    assert [run.status for run in snapshot.elsewhere] == ["running"]
    assert snapshot.can_start

    # the simulator is free meanwhile; its own runs are shown when they are started
    for command in (Load(CARTPOLE), Play(CARTPOLE)):
        panel.port.request(command)
        assert panel.trainer.commands[-1] == command
        assert not panel.port.snapshot().shown_elsewhere
        panel.port.request(ShowRun(snapshot.shown_elsewhere))
        panel.port.update()
        assert panel.port.snapshot().shown_elsewhere == snapshot.shown_elsewhere

    # a terminal can follow it, and leaves it
    run_dir = snapshot.run_dir
    assert run_dir is not None
    timer = threading.Timer(1.0, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    assert main(["attach", str(run_dir)]) == 130
    timer.join()
    assert f"The run continues: rl-trainer stop {run_dir}"[:60] in capfd.readouterr().err

    panel.port.request(Stop())
    panel.until(lambda snapshot: snapshot.state is State.STOPPING)
    ended = panel.until(lambda snapshot: snapshot.state is State.IDLE)
    assert (ended.status, ended.failure) == ("stopped", None)
    panel.until(lambda snapshot: snapshot.checkpoint is not None)
    assert ended.run_dir == run_dir
    record = RunRecord.read(run_dir)
    assert record is not None
    assert (record.status.value, record.config.task) == ("stopped", "Isaac-Cartpole-Direct")

    # a later panel lists it, and shows its own simulator
    later = PanelOf(log_root)
    snapshot = later.until(lambda snapshot: bool(snapshot.elsewhere))
    assert not snapshot.shown_elsewhere
    later.port.request(ShowRun(snapshot.elsewhere[0].name))
    shown = later.until(lambda snapshot: snapshot.checkpoint is not None)
    assert shown.iteration == ended.iteration

    # attach tells how it ended; stop says why it cannot stop it
    capfd.readouterr()
    assert main(["attach", run_dir.name, "--log_root", str(log_root)]) == 130
    assert "stopped: " in capfd.readouterr().out
    assert main(["stop", run_dir.name, "--log_root", str(log_root)]) == 2
    assert f"The run {run_dir.name} does not run: it was stopped." in capfd.readouterr().err
    assert RecordedRun(record).exit_status == 130


def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    base = ["train", "--task", "Isaac-Cartpole-Direct", "--log_root", str(tmp_path / "runs"), "--headless"]
    for words, sentence in (
        (["--where", "process", "--num_gpus", "2"], "--num_gpus is for --where gpus and --where ray"),
        (["--num_gpus", "2"], "--num_gpus is for --where gpus and --where ray, not for --where local"),
        (["--where", "process", "--address", "here"], "--address is for --where ray"),
        (["--where", "process", "--viewport_share", "10"], "--viewport_share is for the viewport"),
        (["--where", "process", "--num_envs", "0"], "num_envs must be a whole number"),
        (["--where", "process", "--render_mode", "full"], "--render_mode is for the viewport"),
    ):
        assert main([*base, *words]) == 2
        error = capfd.readouterr().err
        assert sentence in error
        assert error.count("\n") == 1
    for words, sentence in (
        (["attach", "nothing"], "There is no run 'nothing'"),
        (["stop", "nothing"], "There is no run 'nothing'"),
    ):
        assert main([*words, "--log_root", str(tmp_path)]) == 2
        assert sentence in capfd.readouterr().err
    assert not (tmp_path / "runs").exists()


def test_a_place_without_an_engine_is_refused(tmp_path: Path) -> None:
    port = Elsewhere(RecordingTrainerDouble(idle()), {}, tmp_path)
    port.request(Train(RunConfig("T", "rsl_rl"), Where(WhereKind.RAY)))
    port.update()
    snapshot = port.snapshot()
    assert snapshot.refused
    assert snapshot.failure is not None
    assert "no engine for --where ray" in snapshot.failure.message


def test_a_job_of_another_version_hides_no_run(tmp_path: Path) -> None:
    run_dir = make_run(tmp_path)
    JobFolder.create(RunConfig("T", "rsl_rl", log_root=str(tmp_path)), {"kind": "cloud"}, {})
    with pytest.raises(UserError) as error:
        find_job(run_dir.name, str(tmp_path))
    assert "cloud" not in str(error.value)
    assert "is one of Isaac Lab's own command, which writes down no process" in str(error.value)
