# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings as jobs of a real Ray cluster: found again, stopped, lost; and what the cluster cannot do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from helpers.ftp_server import PASSWORD, ftp_server
from helpers.ray_cluster import TOKEN, RayCluster, ray_cluster
from rl_trainer_ext.cli.elsewhere import find_job
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.hosts.processes.job_main import PROCESSES
from rl_trainer_ext.hosts.ray.worker import WORKER
from rl_trainer_ext.learners.formats import CheckpointKind
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import list_checkpoints
from rl_trainer_ext.runs.jobs import list_jobs
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.elsewhere import start
from rl_trainer_ext.training.where import Job, JobState, Where, WhereKind

pytestmark = [
    pytest.mark.subprocess,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither sessions nor signals"),
]
LIMIT = 300.0
CARTPOLE = ["--task", "Isaac-Cartpole-Direct", "--library", "rsl_rl", "--num_envs", "16", "--device", "cpu"]

# A program that starts two trainings as a panel does, and lives on.
PANEL = """
import sys, time
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.elsewhere import start
from rl_trainer_ext.training.where import Where, WhereKind
config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", num_envs=16, max_iterations=100_000, device="cpu")
config = config.replace(log_root=sys.argv[1], overrides=("agent.save_interval=2",))
for _ in range(2):
    start(all_engines()[WhereKind.RAY], config, Where(WhereKind.RAY, address=sys.argv[2]))
print("started", flush=True)
time.sleep(600)
"""


@dataclass
class Trainings:
    """Two trainings side by side, whose starter was killed."""

    log_root: Path
    stopped: Job
    lost: Job


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RayCluster]:
    with ray_cluster(tmp_path_factory.mktemp("ray")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def trainings(cluster: RayCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trainings]:
    root = tmp_path_factory.mktemp("ray_jobs") / "runs"
    words = [sys.executable, "-c", PANEL, str(root), cluster.address]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=os.environ | {"RAY_AUTH_TOKEN": TOKEN}) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"started\n"
        program.send_signal(signal.SIGKILL)
    jobs = [all_engines()[WhereKind.RAY].reopen(folder) for folder in list_jobs(root)]
    yield Trainings(root, *jobs)
    for job in jobs:  # where a test has failed
        job.update()
        if not job.state.is_over:
            job.stop()
            until(job, lambda job=job: job.state.is_over)


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)
    monkeypatch.delenv("RAY_AUTH_MODE", raising=False)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def until(job: Job, reached: Callable[[], Any]) -> None:
    end = time.monotonic() + LIMIT
    while not reached():
        assert time.monotonic() < end, (job.state, job.progress, job.problem)
        job.update()
        time.sleep(0.05)


def until_saved(job: Job) -> Path:
    """Waits until a job has saved a checkpoint; returns the folder of its run."""
    until(job, lambda: job.state.is_over or (job.run_dir is not None and list_checkpoints(job.run_dir)))
    assert job.state is JobState.RUNNING, job.problem
    assert job.run_dir is not None
    return job.run_dir


def attached(run_dir: Path) -> subprocess.Popen[str]:
    """Returns a terminal that follows a run."""
    words = [sys.executable, "-m", "rl_trainer_ext", "attach", str(run_dir)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_a_killed_panels_jobs_train_side_by_side_and_are_stopped_by_name(
    cluster: RayCluster, trainings: Trainings, capfd: pytest.CaptureFixture[str]
) -> None:
    run_dir, other = until_saved(trainings.stopped), until_saved(trainings.lost)
    assert run_dir != other
    told = json.loads((trainings.stopped.folder.path / "ray.json").read_text())
    assert told == {"submission_id": f"rl-trainer-{trainings.stopped.folder.name}", "address": cluster.address}

    # a third one waits for a core, and is stopped before it begins
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", num_envs=16, device="cpu", log_root=str(trainings.log_root))
    waiting = start(all_engines()[WhereKind.RAY], config, Where(WhereKind.RAY, address=cluster.address))
    until(waiting, lambda: waiting.state.is_over or waiting.progress.startswith("Waiting for the Ray cluster"))
    waiting.stop()
    until(waiting, lambda: waiting.state.is_over)
    assert (waiting.state, waiting.problem, waiting.run_dir) == (JobState.STOPPED, "", None)

    # two terminals follow it; Ctrl+C leaves it
    with attached(run_dir) as left, attached(run_dir) as stays:
        for terminal in (left, stays):
            assert terminal.stdout is not None
            assert next((line for line in terminal.stdout if line.startswith("Training ")), "")
        left.send_signal(signal.SIGINT)
        assert f"The run continues: rl-trainer stop {run_dir}"[:60] in left.communicate(timeout=LIMIT)[0]
        assert left.returncode == 130
        trainings.stopped.update()
        assert trainings.stopped.state is JobState.RUNNING
        assert main(["stop", run_dir.name, "--log_root", str(trainings.log_root), "--json"]) == 0
        assert "stopped: " in stays.communicate(timeout=LIMIT)[0]
        assert stays.returncode == 130
    ended = json.loads(capfd.readouterr().out)
    assert ended["status"] == "stopped"
    assert Path(ended["checkpoint"]).parent == run_dir
    record = RunRecord.read(run_dir)
    assert record is not None
    assert record.status.value == "stopped"
    assert ended["iterations"] == record.iterations

    written = [path for path in trainings.log_root.rglob("*") if path.is_file()]
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]


def refused(root: Path, capfd: pytest.CaptureFixture[str], *words: str) -> str:
    """Returns the sentence with which a training on the cluster is refused; what has no log leaves nothing."""
    assert main(["train", *CARTPOLE, "--where", "ray", "--headless", "--log_root", str(root), *words]) == 2
    said = capfd.readouterr().err.splitlines()[-1]
    assert [path.name for path in root.iterdir()] == ([".jobs"] if "Its log is in" in said else [])
    return said


def test_a_cluster_without_a_gpu_or_with_another_token_trains_nothing(
    cluster: RayCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("another")
    words = ["--address", cluster.address, "--token_file", str(tmp_path / "token")]
    said = refused(tmp_path / "a", capfd, *words)
    assert f"The Ray cluster at {cluster.address} refuses the token: put its token into RAY_AUTH_TOKEN" in said
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    said = refused(tmp_path / "b", capfd, "--device", "cuda:0")
    assert (
        f"The Ray cluster at {cluster.address} has no GPU on any of its 2 machines: add one, or train on a CPU" in said
    )
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    said = refused(tmp_path / "c", capfd)
    assert "needs a token, and there is none: put its token into RAY_AUTH_TOKEN" in said


def test_a_log_root_that_the_cluster_does_not_share_is_refused(
    cluster: RayCluster, capfd: pytest.CaptureFixture[str]
) -> None:
    if cluster.unshared is None:
        pytest.skip("mounting needs root")
    said = refused(cluster.unshared, capfd, "--address", cluster.address)
    assert f"does not share the log root {cluster.unshared}: choose a folder on a file system that is mounted" in said


# early: until then it trains, beside all the tests before this one
def test_a_lost_machine_is_told_with_the_last_checkpoint(cluster: RayCluster, trainings: Trainings) -> None:
    run_dir = until_saved(trainings.lost)
    folder = trainings.lost.folder
    # the process of this machine that follows the job is killed, too
    follower = psutil.Process(folder.read(PROCESSES)["process"]["pid"])
    assert TOKEN not in str([each.cmdline() for each in (follower, *follower.children(recursive=True))])
    follower.kill()
    job = find_job(folder.name, str(trainings.log_root))
    until(job, lambda: folder.read(PROCESSES).get("process", {}).get("pid") not in (None, follower.pid))
    assert (job.state, job.run_dir) == (JobState.RUNNING, run_dir)

    cluster.kill(cluster.worker)
    until(job, lambda: job.state.is_over)
    assert job.state is JobState.FAILED
    assert "The machine of the Ray cluster that trained is lost (" in job.problem
    latest = next(one.path for one in list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST)
    assert job.problem.endswith(f": resume from its latest checkpoint, {latest}.")
    assert job.exit_status == 1


@pytest.fixture(scope="module")
def machine_with_gpus(cluster: RayCluster) -> None:
    """Another machine in place of the first, on which Ray is told of two GPUs."""
    cluster.replace_worker(2)


@pytest.mark.usefixtures("machine_with_gpus")
def test_files_come_through_a_storage_where_the_log_root_is_not_shared(
    cluster: RayCluster, trainings: Trainings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    first = trainings.stopped
    first.update()  # another test may have stopped it by its name
    until(first, lambda: first.state.is_over or (first.run_dir is not None and list_checkpoints(first.run_dir)))
    if not first.state.is_over:  # where only this test runs
        first.stop()
        until(first, lambda: first.state.is_over)
    assert first.run_dir is not None
    resumed = list_checkpoints(first.run_dir)[-1].path
    root = (cluster.unshared or tmp_path) / "stored"
    with ftp_server(tmp_path / "ftp") as served, pytest.MonkeyPatch.context() as here:
        for name, value in served.environment.items():
            here.setenv(name, value)
        environment = tmp_path / "cluster.yaml"
        environment.write_text(json.dumps({"env_vars": served.environment}))
        config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", num_envs=16, max_iterations=100_000, device="cpu")
        config = config.replace(log_root=str(root), checkpoint=str(resumed), overrides=("agent.save_interval=2",))
        where = Where(WhereKind.RAY, None, cluster.address, "", str(environment), served.url)
        job = start(all_engines()[WhereKind.RAY], config, where)
        run_dir = until_saved(job)
        assert run_dir.is_relative_to(root)
        until(job, lambda: "Training" in job.folder.output.read_text())  # what the training prints comes, too
        assert main(["stop", run_dir.name, "--log_root", str(root), "--json"]) == 0
        ended = json.loads(capfd.readouterr().out)
        stored = served.folder / "runs" / job.folder.name / "logs" / run_dir.relative_to(root)
        checkpoint = Path(ended["checkpoint"])
        assert (ended["status"], checkpoint.parent) == ("stopped", run_dir)
        assert checkpoint.read_bytes() == (stored / checkpoint.name).read_bytes()
    record = RunRecord.read(run_dir)
    assert record is not None
    assert (record.status.value, record.iterations) == ("stopped", ended["iterations"])
    assert record.resumed_from is not None
    assert record.resumed_from.checkpoint == str(resumed)
    assert [path for path in run_dir.iterdir() if "tfevents" in path.name]
    written = [path for path in root.rglob("*") if path.is_file()]
    assert not [path for path in written if PASSWORD.encode() in path.read_bytes()]


@pytest.mark.usefixtures("machine_with_gpus")
def test_a_runtime_environment_that_cannot_be_built_shows_its_log(
    cluster: RayCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cluster.yaml").write_text("conda: there-is-no-such-environment\n")
    words = ["--address", cluster.address, "--runtime_env", str(tmp_path / "cluster.yaml")]
    said = refused(tmp_path / "runs", capfd, *words)
    assert "The Ray cluster cannot build the runtime environment cluster.yaml (" in said
    (folder,) = list_jobs(tmp_path / "runs")
    assert f"Its log is in {folder.output}." in said
    assert "conda" in folder.output.read_text()


@pytest.mark.usefixtures("machine_with_gpus")
def test_several_gpus_that_are_not_there_are_told(
    cluster: RayCluster, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if torch.cuda.device_count() > 1:
        pytest.skip("this machine has several GPUs")
    words = ["train", *CARTPOLE[:-2], "--where", "ray", "--address", cluster.address, "--headless", "--num_gpus"]
    for number, sentence in (
        ("3", f"--num_gpus 3 is more than any machine of the Ray cluster at {cluster.address} has, which is 2: lower"),
        ("2", "PyTorch sees 0 of the 2 GPUs that Ray has given to the job on "),
    ):
        assert main([*words, number, "--log_root", str(tmp_path / "logs")]) == 2
        assert sentence in capfd.readouterr().err.splitlines()[-1]
        assert list((tmp_path / "logs").iterdir()) == []


@pytest.mark.usefixtures("machine_with_gpus")
def test_a_lost_head_is_told_with_the_checkpoint_that_its_training_has_saved(
    cluster: RayCluster, tmp_path: Path
) -> None:
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", num_envs=16, max_iterations=100_000, device="cpu")
    config = config.replace(log_root=str(tmp_path), overrides=("agent.save_interval=2",))
    job = start(all_engines()[WhereKind.RAY], config, Where(WhereKind.RAY, address=cluster.address))
    run_dir = until_saved(job)
    training = psutil.Process(job.folder.read(WORKER)["pid"])
    cluster.kill(cluster.head)
    until(job, lambda: job.state.is_over)
    assert (job.state, job.exit_status) == (JobState.FAILED, 1)
    latest = next(one for one in list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST)
    assert job.problem == (
        f"The head of the Ray cluster at {cluster.address} is lost (Connection refused), and the training has saved "
        f"and ended: resume from its latest checkpoint, {latest.path}."
    )
    record = RunRecord.read(run_dir)
    assert record is not None
    assert (record.status.value, record.iterations) == ("stopped", (latest.iteration or 0) + 1)
    training.wait(LIMIT)  # no machine trains on without its cluster
