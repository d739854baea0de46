# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a Ray cluster cannot do, and one that is not there: one sentence each, before anything is trained."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from helpers.recording_trainer import RecordingTrainerDouble, idle
from helpers.runs_on_disk import make_run
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.engines import all_engines
from rl_trainer_ext.hosts.processes.job_main import EXIT
from rl_trainer_ext.hosts.ray import follow
from rl_trainer_ext.hosts.ray.head import Head, NoAnswerError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import JobFolder, list_jobs
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.elsewhere import Elsewhere
from rl_trainer_ext.training.where import Where, WhereKind

LIMIT = 300.0
NOWHERE = "http://127.0.0.1:9"  # the port of the discard protocol, at which nothing listens
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")


def train(folder: Path, *words: str) -> int:
    logs = ["--log_root", str(folder / "logs")] if "--log_root" not in words else []
    return main(["train", "--task", "Isaac-Cartpole-Direct", "--where", "ray", "--headless", *logs, *words])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--address", "head:8265"], "The address head:8265 is not one of a Ray dashboard"),
        (["--address", "ray://head:10001"], "is not one of a Ray dashboard: write it like http://head:8265"),
        (["--address", "http://me:secret@head:8265"], "must hold no password, because it is written down"),
        (["--address", "http://head:99999"], "is not one of a Ray dashboard"),
        (["--token_file", "there-is-none"], "there-is-none cannot be read (No such file or directory)"),
        (["--token_file", "two.txt"], "two.txt must hold one token, and nothing else"),
        (["--runtime_env", "there-is-none"], "there-is-none cannot be read (No such file or directory)"),
        (["--runtime_env", "list.yaml"], "list.yaml is no runtime environment of Ray"),
        (["--runtime_env", "folder.yaml"], "folder.yaml, line 1: working_dir nowhere does not exist"),
        (["--runtime_env", "variables.yaml"], "variables.yaml, line 2: env_vars must be names with values"),
        (["--log_root", "s3://bucket/logs"], "The log root s3://bucket/logs is a URL: name a folder"),
        (["--num_gpus", "2", "--library", "sb3"], "Stable-Baselines3 cannot train on several GPUs: choose RSL-RL"),
        (["--num_gpus", "2", "--stop_minutes", "3"], "isaaclab train has no option for stop_minutes: leave it out"),
        (["--num_gpus", "2", "--log_root", "elsewhere"], "isaaclab train writes to a folder logs, and the log root is"),
        (
            ["--num_gpus", "2", "--storage", "s3://b/runs"],
            "--num_gpus 2 needs a log root that the cluster shares",
        ),
        (["--num_gpus", "2", "--device", "cpu"], "--num_gpus 2 trains on GPUs, not on cpu: leave one"),
        (["--device", "cuda:1"], "which is cuda:0 there, not cuda:1"),
    ],
)
def test_what_cannot_be_right_starts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    files = {
        "two.txt": "one\ntwo\n",
        "list.yaml": "- pip\n",
        "folder.yaml": "working_dir: nowhere\n",
        "variables.yaml": "pip: []\nenv_vars: [A]\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    assert train(tmp_path, *words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert "secret" not in said
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)


def test_without_ray_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "ray" else found(name, *rest))
    assert train(tmp_path) == 2
    assert "--where ray needs Ray, which is not installed (ray is missing): run " in capsys.readouterr().err


@pytest.mark.subprocess
def test_a_head_that_is_not_there_is_told_and_no_job_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = f"No Ray cluster answers at {NOWHERE} (Connection refused): check that its head runs"
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", log_root=str(tmp_path / "logs"))
    # the command removes what a panel would: a job whose run was deleted
    deleted = JobFolder.create(config, Where(WhereKind.PROCESS).to_dict(), {})
    deleted.note_run(tmp_path / "logs" / "rsl_rl" / "cartpole_direct" / "deleted")
    deleted.write(EXIT, {"status": 0, "stopped": False})
    assert train(tmp_path, "--address", NOWHERE) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]
    assert list((tmp_path / "logs").iterdir()) == []

    panel = Elsewhere(RecordingTrainerDouble(idle()), all_engines(), tmp_path / "logs")
    command = Train(config, Where(WhereKind.RAY, address=NOWHERE))
    panel.request(command)
    end = time.monotonic() + LIMIT
    while (snapshot := panel.snapshot()).failure is None:
        assert time.monotonic() < end, snapshot.activity
        panel.update()
        time.sleep(0.05)
    assert (snapshot.asked, snapshot.refused, snapshot.elsewhere) == (command, True, ())
    assert sentence in snapshot.failure.message
    assert list((tmp_path / "logs").iterdir()) == []


class OldHeadDouble(BaseHTTPRequestHandler):
    """A head of a Ray from before its job API: it cannot be installed for this Python."""

    def do_GET(self) -> None:
        """Answers as ``ray/dashboard/head.py`` of that version."""
        body = json.dumps({"version": "3", "ray_version": "1.8.0", "ray_commit": "x"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""


class IllHeadDouble(OldHeadDouble):
    """A head of this Ray that cannot answer about jobs, as a real one for an unknown time."""

    def do_GET(self) -> None:
        """Answers as ``ray/dashboard/modules/job/job_head.py`` when an exception ends a request."""
        import ray

        is_version = self.path == "/api/version"
        values = {"version": "4", "ray_version": ray.__version__, "ray_commit": "x", "session_name": "s"}
        body = json.dumps(values).encode() if is_version else f"Traceback: no answer about {JOB_WITH_404}".encode()
        self.send_response(200 if is_version else 500)
        self.send_header("Content-Type", "application/json" if is_version else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


JOB_WITH_404 = "rl-trainer-2026-11-28_10-00-00_404abc"


@contextlib.contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yields the address of an HTTP server with these answers."""
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def old_head() -> Iterator[str]:
    with served(OldHeadDouble) as address:
        yield address


@pytest.mark.subprocess
def test_a_head_of_another_version_is_told(old_head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(tmp_path, "--address", old_head) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert f"The Ray cluster at {old_head} cannot be used by Ray 2." in said
    assert "Ray version 1.8.0 is running on the cluster" in said


@pytest.mark.subprocess
def test_a_job_whose_name_holds_404_is_not_taken_for_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")  # the head sets it for its own process
    monkeypatch.setattr(logging.root.manager, "disable", logging.root.manager.disable)
    with served(IllHeadDouble) as address, pytest.raises(NoAnswerError, match="no answer about"):
        Head(address).info(JOB_WITH_404)


def test_a_head_that_is_lost_in_mid_run_is_told_with_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE", 0.2)
    monkeypatch.setattr(follow, "POLL", 0.01)
    for name, value in (("RAY_AUTH_MODE", "token"), ("RAY_USAGE_STATS_ENABLED", "0")):
        monkeypatch.setenv(name, value)  # the follower sets them for its own process
    run_dir = make_run(tmp_path, models=("model_0.pt", "model_5.pt"))
    os.utime(run_dir.parent)
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", log_root=str(tmp_path))
    folder = JobFolder.create(config, Where(WhereKind.RAY, address=NOWHERE).to_dict(), {"words": []})
    folder.write("ray.json", {"submission_id": "job", "address": NOWHERE})
    RunRecord.begin(run_dir, config)
    folder.write("worker.json", dataclasses.asdict(Process.current()))
    assert [each.name for each in list_jobs(tmp_path)] == [folder.name]
    with pytest.raises(UserError) as error:
        follow.Follower(folder).run()
    assert f"The head of the Ray cluster at {NOWHERE} has not answered for 0 s" in str(error.value)
    assert str(error.value).endswith(f"resume from its latest checkpoint, {run_dir / 'model_5.pt'}.")


class BusyHeadDouble:
    """A head that takes a job at the second try: a real one says so while its nodes start, for an unknown time."""

    address = "http://head:8265"

    def __init__(self) -> None:
        self.tries = 0

    def gpus(self) -> list[int]:
        """As :meth:`Head.gpus`."""
        return [0, 1]

    def submit(self, *words: object) -> None:
        """As :meth:`Head.submit`, where Ray answers with the status code 500."""
        self.tries += 1
        if self.tries == 1:
            raise NoAnswerError("No available agent to submit job, please try again later")


@pytest.mark.parametrize(("patience", "tries"), [(60.0, 2), (-1.0, 1)])
def test_a_job_that_the_head_cannot_take_yet_is_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: float, tries: int
) -> None:
    monkeypatch.setattr(follow, "POLL", 0.0)
    monkeypatch.setattr(follow, "PATIENCE", patience)
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", log_root=str(tmp_path))
    folder = JobFolder.create(config, Where(WhereKind.RAY).to_dict(), {"words": ["train"]})
    follower, head = follow.Follower(folder), BusyHeadDouble()
    follower._head, follower._name = head, "job"  # type: ignore[assignment]
    if tries == 1:
        with pytest.raises(UserError, match=r"has not taken the job \(No available agent"):
            follower._submit()
        assert not folder.read("ray.json")
    else:
        follower._submit()
        assert folder.read("ray.json") == {"submission_id": "job", "address": head.address}
    assert head.tries == tries
