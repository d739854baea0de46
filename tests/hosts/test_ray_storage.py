# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The files of a Ray job through a storage, a real FTP server: what arrives, and what cannot be used."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import fsspec
import pytest
from helpers.ftp_server import PASSWORD, USER, Served, ftp_server
from helpers.runs_on_disk import make_run
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.ray import job_files, stored_worker
from rl_trainer_ext.hosts.ray.follow import Follower, Lost
from rl_trainer_ext.hosts.ray.job import RayCluster
from rl_trainer_ext.hosts.ray.job_files import StoredFiles
from rl_trainer_ext.hosts.ray.storage import Pace, Sender, Storage, StorageError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import JobFolder
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.runs.record import ResumedFrom, RunRecord
from rl_trainer_ext.training.where import Where, WhereKind

RUN = "rsl_rl/cartpole_direct/2026-09-21_10-00-00"
CARTPOLE = RunConfig("Isaac-Cartpole-Direct", "rsl_rl")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with ftp_server(tmp_path_factory.mktemp("ftp")) as server:
        yield server


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """fsspec reads its configuration when it is imported."""
    monkeypatch.setitem(fsspec.config.conf, "ftp", {"username": USER, "password": PASSWORD})
    monkeypatch.setattr(job_files, "INTERVAL", 0.0)
    monkeypatch.setattr(job_files, "LIMIT", 0.1)


Job = Callable[..., JobFolder]


@pytest.fixture
def new_job(tmp_path: Path) -> Job:
    def make(url: str, **changes: object) -> JobFolder:
        config = CARTPOLE.replace(log_root=str(tmp_path / "here"), **changes)
        return JobFolder.create(config, Where(WhereKind.RAY, storage=url).to_dict(), {"words": []})

    return make


def content(folder: Path) -> dict[str, bytes]:
    """Returns the files in a folder by their paths."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_files_arrive_as_they_change(
    served: Served, new_job: Job, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    job, root = new_job(served.url), tmp_path / "worker"
    here, there = StoredFiles(job, served.url), root / "logs"
    here.begin("mark")
    run_dir = make_run(there, rewards=(1.0, 2.0), models=("model_0.pt",))
    RunRecord.begin(run_dir, CARTPOLE, ResumedFrom(f"{there}/rsl_rl/cartpole_direct/first/model_5.pt", 5, 5, 5.0))
    (root / "output.txt").write_bytes(b"one\n")
    (root / "worker.json").write_bytes(b'{"pid": 1}')
    (run_dir / ".saving").mkdir()
    (run_dir / ".saving" / "model_5.pt").write_bytes(b"half of it")
    sender = Sender(Storage(served.url, job.name), root, (), {str(there): str(job.log_root)})
    sender.send()
    here.receive()
    received = content(job.log_root / RUN)
    assert set(received) == {name for name in content(run_dir) if ".saving" not in name}
    assert received["model_0.pt"] == (run_dir / "model_0.pt").read_bytes()
    assert (job.log_root / RUN / "model_0.pt").stat().st_mtime_ns == (run_dir / "model_0.pt").stat().st_mtime_ns
    assert job.read("worker.json") == {"pid": 1}
    record = RunRecord.read(job.log_root / RUN)
    assert record is not None
    assert record.resumed_from is not None
    assert record.resumed_from.checkpoint == f"{job.log_root}/rsl_rl/cartpole_direct/first/model_5.pt"

    # a file of the same size within the same second, which FTP does not show
    (run_dir / "model_0.pt").write_bytes(received["model_0.pt"][::-1])
    with (root / "output.txt").open("ab") as output:
        output.write(b"two\n")
    sender.send()
    StoredFiles(job, served.url).receive()  # a later process that follows the job
    assert (job.log_root / RUN / "model_0.pt").read_bytes() == received["model_0.pt"][::-1]
    assert capsysbinary.readouterr().out == b"one\ntwo\n"
    stored = served.folder / "runs" / job.name
    changed = (stored / "logs" / RUN / "model_0.pt").stat().st_mtime_ns
    sender.send()
    assert (stored / "logs" / RUN / "model_0.pt").stat().st_mtime_ns == changed


def test_a_file_that_is_half_written_keeps_its_old_content(served: Served, new_job: Job, tmp_path: Path) -> None:
    job, root = new_job(served.url), tmp_path / "worker"
    run_dir = make_run(root / "logs", models=("model_0.pt",))
    (root / "worker.json").write_text("{}")
    sender = Sender(Storage(served.url, job.name), root, (), {})
    sender.send()
    here = StoredFiles(job, served.url)
    here.finish()
    whole = content(job.log_root / RUN)
    stored = served.folder / "runs" / job.name
    (run_dir / "model_0.pt").write_bytes(b"new")
    (run_dir / "note.txt").write_bytes(b"beside")
    sender.send()
    (stored / "logs" / RUN / "model_0.pt").write_bytes(b"ne")
    with pytest.raises(UserError, match=r"cannot be copied to this machine .*model_0.pt is just being written"):
        here.finish()
    assert content(job.log_root / RUN) == whole | {"note.txt": b"beside"}
    assert not list(job.log_root.rglob(".saving"))
    (stored / "files.json").write_text('{"logs/')  # half of the list
    here.receive()
    (stored / "files.json").write_text(json.dumps({"../../outside": ["", 0], "logs/x": ["", 0], "/logs/a/b/c/d": []}))
    here.receive()
    assert content(job.log_root / RUN) == whole | {"note.txt": b"beside"}


def test_two_jobs_with_one_url_have_folders_of_their_own(served: Served, new_job: Job) -> None:
    url = f"{served.url}/new/folders/"
    jobs = new_job(url), new_job(url)
    for job, mark in zip(jobs, "ab", strict=True):
        StoredFiles(job, url).begin(mark)
    marks = [Storage(url, job.name).read("marker.json")["mark"] for job in jobs]
    assert marks == ["a", "b"]


@pytest.mark.parametrize("named", ["model_5.pt", "latest"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_checkpoint_reaches_the_worker_with_what_it_needs(
    served: Served, new_job: Job, tmp_path: Path, named: str, inside: bool
) -> None:
    root = tmp_path / ("here" if inside else "elsewhere")
    run_dir = make_run(root, rewards=(1.0,), models=("model_0.pt", "model_5.pt"))
    if named == "latest" and not inside:
        with pytest.raises(UserError, match=r"There is no run of rsl_rl in .*: train one first"):
            StoredFiles(new_job(served.url, checkpoint=named), served.url).begin("mark")
        return
    job = new_job(served.url, checkpoint=named if named == "latest" else str(run_dir / named))
    StoredFiles(job, served.url).begin("mark")
    storage = Storage(served.url, job.name)
    words = ["train", "--log_root", "/here", "--checkpoint", named, "env.sim.dt=1"]
    worker = tmp_path / "worker"
    kept, paths = stored_worker._place(storage, storage.read("marker.json"), worker, words)
    place = worker / "logs" / ("" if inside else "resumed") / RUN
    assert words == ["train", "--log_root", f"{worker}/logs", "--checkpoint", str(place / "model_5.pt"), "env.sim.dt=1"]
    assert sorted(content(place)) == ["model_5.pt", "params/agent.yaml", "params/env.yaml", "run.json"]
    assert content(place)["model_5.pt"] == (run_dir / "model_5.pt").read_bytes()
    assert kept == set(content(worker))
    assert paths == {f"{worker}/logs": str(tmp_path / "here")} | ({} if inside else {str(place): str(run_dir)})


def test_a_checkpoint_is_looked_for_among_those_of_the_tasks_library() -> None:
    where, config = Where(WhereKind.RAY, storage="ftp://server/runs"), CARTPOLE.replace(library="")
    assert RayCluster().check(config.replace(checkpoint="latest"), where).library == "rsl_rl"
    assert RayCluster().check(config, where).library == ""


def test_a_checkpoint_that_is_not_there_is_told(served: Served, new_job: Job, tmp_path: Path) -> None:
    job = new_job(served.url, checkpoint=str(tmp_path / "model_7.pt"))
    with pytest.raises(UserError, match=r"The checkpoint .*model_7.pt does not exist"):
        StoredFiles(job, served.url).begin("mark")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("bucket/runs", "The storage bucket/runs is no URL of a bucket or folder: write it like s3://bucket/runs"),
        ("s3://", "The storage s3:// is no URL of a bucket"),
        ("simplecache::s3://bucket", "is no URL of a bucket"),
        ("ftp://me:secret@host/runs", "must hold no password or options, because it is written down"),
        ("s3://key:sec/secret@bucket/runs", "must hold no password or options"),
        ("abfs://runs@account/?sig=secret", "must hold no password or options"),
        ("s4://bucket/runs", "fsspec knows no storage s4://: write a URL such as s3://bucket/runs"),
        ("s3://bucket/runs", "cannot be used on this machine (Install s3fs to access S3): install that package"),
    ],
)
def test_a_url_that_cannot_be_right_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str, sentence: str
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "s3fs" else found(name, *rest))
    words = ["train", "--task", "Isaac-Cartpole-Direct", "--where", "ray", "--headless", "--storage", url]
    assert main([*words, "--log_root", str(tmp_path / "logs")]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret" not in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_storage_needs_ray(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["train", "--task", "Isaac-Cartpole-Direct", "--where", "process", "--headless", "--storage", "s3://b/r"]
    assert main(words) == 2
    assert "--storage is for --where ray, not for --where process: leave it out." in capsys.readouterr().err


def test_a_storage_that_cannot_be_written_is_told_with_the_cause(
    served: Served, new_job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(url: str) -> str:
        job = new_job(url)
        with pytest.raises(UserError) as error:
            StoredFiles(job, url).begin("mark")
        assert PASSWORD not in str(error.value)
        return str(error.value).replace(f"{url}/{job.name}", "URL")

    cannot = "The storage URL cannot be used on this machine "
    nowhere = refused("ftp://127.0.0.1:9/runs")
    assert nowhere.startswith(f"{cannot}([Errno 111] Connection refused): check that its bucket exists and its server")
    assert refused("http://127.0.0.1:9/runs").startswith(f"{cannot}([Errno 111] Connect call failed (")
    (tmp_path / "file").write_text("")
    assert refused(f"file://{tmp_path}/file").startswith(f"{cannot}(FileExistsError {tmp_path}/file): ")
    monkeypatch.setitem(fsspec.config.conf, "ftp", {"username": "anonymous"})
    assert refused(served.url).startswith(f"{cannot}(550 Not enough privileges): check that")
    monkeypatch.setitem(fsspec.config.conf, "ftp", {"username": USER, "password": "another"})
    assert refused(served.url).startswith(f"{cannot}(530 Authentication failed): check that")
    monkeypatch.setitem(sys.modules, "paramiko", None)
    missing = refused("sftp://127.0.0.1/runs")
    assert missing == f"{cannot}(import of paramiko halted; None in sys.modules): install that package there."


def test_a_worker_that_reads_another_storage_says_so(
    served: Served, new_job: Job, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signal.signal", lambda *_: None)  # this process keeps its handlers
    job = new_job(served.url)
    StoredFiles(job, served.url).begin("mark")
    assert stored_worker.main(served.url, job.name, "another", ["train"]) == stored_worker.EXIT_NOT_SHARED
    assert f"The storage {served.url} is another one on the machine " in capsys.readouterr().out
    assert stored_worker.main("memory://runs", job.name, "mark", ["train"]) == stored_worker.EXIT_NOT_SHARED
    said = capsys.readouterr().out
    assert f"The storage memory://runs/{job.name} cannot be used on the machine {os.uname().nodename}" in said


def test_a_copy_that_fails_is_repeated_and_the_last_one_kept(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "output.txt").write_text("done")
    storage = Storage(served.url, "job")
    sender, put, tries = Sender(storage, tmp_path, (), {}), storage.put, []

    def fails_once(source: Path, name: str) -> tuple[str, int]:
        tries.append(name)
        if len(tries) == 1:
            raise StorageError("The storage is not there.")
        return put(source, name)

    monkeypatch.setattr(storage, "put", fails_once)
    assert stored_worker._send_last(sender) == ""
    assert len(tries) == 2
    assert (served.folder / "runs" / "job" / "output.txt").read_text() == "done"


def told_by_ray(code: int | None, message: str) -> SimpleNamespace:
    """What Ray knows of a job that has failed."""
    status = SimpleNamespace(value="FAILED")
    return SimpleNamespace(status=status, driver_exit_code=code, message=message, error_type=None)


@pytest.mark.parametrize(
    ("code", "message", "sentence"),
    [
        (None, "the node died", "The machine of the Ray cluster that trained is lost (the node died): resume from its"),
        (137, "killed", "The training was killed on its machine (signal 9, often for want of memory): resume from its"),
        (stored_worker.EXIT_NOT_SENT, "logs:\nThe files did not reach the storage.", "The files did not reach the"),
    ],
)
def test_a_lost_training_leaves_the_last_checkpoint_that_arrived(
    served: Served, new_job: Job, tmp_path: Path, code: int | None, message: str, sentence: str
) -> None:
    job, root = new_job(served.url), tmp_path / "worker"
    run_dir = make_run(root / "logs", models=("model_0.pt", "model_5.pt"))
    RunRecord.begin(run_dir, CARTPOLE)
    (root / "worker.json").write_text(json.dumps(dataclasses.asdict(Process.current())))
    sender = Sender(Storage(served.url, job.name), root, (), {})
    sender.send()
    (run_dir / "model_9.pt").write_bytes(b"never copied")
    with pytest.raises(Lost) as error:
        Follower(job)._end(told_by_ray(code, message))
    said = str(error.value)
    assert said.startswith(sentence)
    if code != stored_worker.EXIT_NOT_SENT:
        assert said.endswith(f" latest checkpoint, {job.log_root / RUN / 'model_5.pt'}.")


def test_a_worker_that_does_not_reach_the_storage_is_quoted(served: Served, new_job: Job) -> None:
    follower = Follower(new_job(served.url))
    told = told_by_ray(stored_worker.EXIT_NOT_SHARED, "logs:\nThe storage cannot be used on the machine node-3 (why).")
    with pytest.raises(UserError, match=r"^The storage cannot be used on the machine node-3 \(why\)\.$"):
        follower._end(told)


def test_copying_takes_a_fifth_of_the_time() -> None:
    pace = Pace(5.0)
    assert pace.is_due
    pace.took(1.0)
    assert (pace.pause, pace.is_due) == (5.0, False)
    pace.took(10.0)
    assert pace.pause == pytest.approx(40.0)
