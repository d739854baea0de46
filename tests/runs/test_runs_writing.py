# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Files of a run are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from helpers.runs_on_disk import make_run
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import process as processes

CONFIG = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl")


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "256k") -> Iterator[Path]:
    """A file system of its own, where this machine allows one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def hidden(folder: Path) -> list[str]:
    """What is left of unfinished writing."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def fail_half_way(path: Path) -> None:
    """Writes a part of a file."""
    with runs.atomic(path) as temporary:
        temporary.write_bytes(b"tw")
        raise RuntimeError("half-way")


def test_a_file_appears_whole_or_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model_5.pt"
    with runs.atomic(path) as temporary:
        assert temporary.name == path.name
        assert temporary.parent.parent == tmp_path / ".saving"
        temporary.write_bytes(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"
    with pytest.raises(RuntimeError, match="half-way"):
        fail_half_way(path)
    assert path.read_bytes() == b"one"
    with runs.atomic(path) as first, runs.atomic(path) as second:  # two processes write the same file
        second.write_bytes(b"second")
        first.write_bytes(b"first")
    assert path.read_bytes() == b"first"
    assert hidden(tmp_path) == []


@pytest.mark.root
def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk / "model_5.pt"
        runs.atomic_write_text(path, "x" * 100_000)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            runs.atomic_write_text(path, "y" * 200_000)
        assert path.read_text() == "x" * 100_000
        assert hidden(disk) == []


def test_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "rl_trainer.json"
    script = (
        "import sys, itertools, pathlib\n"
        "from rl_trainer_ext import runs\n"
        "for number in itertools.count():\n"
        "    runs.atomic_write_text(pathlib.Path(sys.argv[1]), str(number) * 50_000 + 'end')\n"
        "    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    with process:
        for _ in range(20):
            process.stdout.readline()
        process.kill()
    assert path.read_text().endswith("end")


def test_runs_that_begin_in_the_same_second_have_folders_of_their_own(tmp_path: Path) -> None:
    import isaaclab_rl.entrypoints.common  # noqa: F401  (before there are copies of this process)

    root = tmp_path / "läufe und mehr"
    context = multiprocessing.get_context("fork")
    together = context.Barrier(4)

    def begin() -> None:
        together.wait(60)
        for _ in range(5):
            runs.create_run_dir(CONFIG.replace(log_root=str(root)), "cartpole_direct", "")

    children = [context.Process(target=begin) for _ in range(4)]
    with warnings.catch_warnings():
        # the threads that Python warns of are the libraries', which have nothing to do here
        warnings.simplefilter("ignore", DeprecationWarning)
        for child in children:
            child.start()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0, 0, 0]
    made = list(root.glob("rsl_rl/cartpole_direct/*"))
    assert len(made) == 20
    for run_dir in made:
        assert json.loads((run_dir / "run.json").read_text())["task"] == "Isaac-Cartpole-Direct"
        assert hidden(run_dir) == []
    assert len(runs.list_runs(root, tmp_path / "cache")) == 20


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A log root with a run that can be read and not written."""
    if os.geteuid():
        make_run(tmp_path / "logs", rewards=[1.0, 2.0], models=["model_99.pt"])
        folders = [tmp_path / "logs", *(path for path in (tmp_path / "logs").rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        yield tmp_path / "logs"
        for folder in folders:
            folder.chmod(0o755)
    else:  # whom no permission holds back
        with small_disk(tmp_path / "disk", "1m") as disk:
            make_run(disk, rewards=[1.0, 2.0], models=["model_99.pt"])
            subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            yield disk


def test_a_read_only_log_root_is_read_and_refused_in_a_sentence(read_only: Path, tmp_path: Path) -> None:
    why = "(Read-only file system|Permission denied)"
    (run,) = runs.list_runs(read_only, tmp_path / "cache")
    assert (run.status, run.last_reward) == (runs.RunStatus.FINISHED, 2.0)
    assert len(runs.list_checkpoints(run.path)) == 1
    with pytest.raises(UserError, match=rf"cannot be written \({why}\): choose another"):
        runs.create_run_dir(CONFIG.replace(log_root=str(read_only)), "cartpole_direct", "")
    for refused in (lambda: runs.rename(run.path, "x"), lambda: runs.delete(run.path)):
        with pytest.raises(UserError, match=why):
            refused()


# --- The record -----------------------------------------------------------------------------------------------------


def test_the_record_says_how_far_a_run_came_and_how_it_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resumed = runs.ResumedFrom(str(tmp_path / "parent" / "model_9.pt"), 10, 640, 2.5)
    record = runs.RunRecord.begin(tmp_path, CONFIG, resumed)

    def read() -> dict:
        return json.loads((tmp_path / "rl_trainer.json").read_text())

    begun = read()
    assert begun["version"] == 1
    assert RunConfig.from_dict(begun["config"]) == CONFIG
    assert (begun["status"], begun["pid"], begun["ended_at"]) == ("running", os.getpid(), None)
    # totals: they go on where the other run ended
    assert (begun["iterations"], begun["steps"], begun["seconds"]) == (10, 640, 2.5)
    record.update(iterations=11, steps=704, seconds=3.0)
    assert read()["iterations"] == 10  # not every iteration writes
    record.update(iterations=12, steps=768, seconds=3.5, best=runs.Best(11, 4.5, "best.pt"), at_once=True)
    assert (read()["iterations"], read()["best"]) == (12, {"iteration": 11, "mean_reward": 4.5, "file": "best.pt"})
    monkeypatch.setattr("rl_trainer_ext.runs.record.RECORD_INTERVAL", 0.0)
    record.update(iterations=13, steps=832, seconds=4.0)
    assert read()["iterations"] == 13
    record.end(runs.RunStatus.FAILED, iterations=14, steps=896, seconds=4.5, failure="The gripper fell off.")
    ended = read()
    assert (ended["status"], ended["failure"], ended["steps"]) == ("failed", "The gripper fell off.", 896)
    assert ended["ended_at"] >= ended["started_at"]
    assert ended["best"]["file"] == "best.pt"
    assert ended["resumed_from"]["iteration"] == 10


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    assert runs.RunRecord.read(tmp_path) is None
    config = CONFIG.replace(overrides=("env.sim.dt=0.01", "agent.name='läufe'"), agent="other_cfg_entry_point")
    record = runs.RunRecord.begin(tmp_path, config, runs.ResumedFrom("model_3.pt", 4, None, None))
    best = runs.Best(11, -4.5, "best.pt")
    record.end(runs.RunStatus.FAILED, iterations=14, steps=896, seconds=4.5, best=best, failure="It fell off.")
    values = record.path.read_text(encoding="utf-8")
    read = runs.RunRecord.read(tmp_path)
    assert read is not None
    assert (read.config, read.process, read.status) == (config, record.process, runs.RunStatus.FAILED)
    assert (read.best, read.resumed_from, read.failure) == (best, record.resumed_from, "It fell off.")
    assert (read.iterations, read.steps, read.seconds) == (14, 896, 4.5)
    assert json.dumps(read.to_json(), indent=2, ensure_ascii=False) + "\n" == values
    # what a later version of this extension adds is ignored
    record.path.write_text(json.dumps({**json.loads(values), "mood": "good"}))
    assert runs.RunRecord.read(tmp_path) == read


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"status": "resting"},
        {"iterations": None},
        {"iterations": float("inf")},
        {"updated_at": 5},
        {"best": {"iteration": 3}},
        {"best": "best.pt"},
        {"resumed_from": {"checkpoint": "model_3.pt", "iteration": "many", "steps": 1, "seconds": 1.0}},
        {"config": {}},
        {"config": {"task": "T", "library": "rsl_rl", "overrides": "env.sim.dt=1"}},
        {"config": {"task": "T", "library": "rsl_rl", "overrides": [1]}},
        {"config": {"task": None, "library": "rsl_rl", "overrides": []}},
        {"pid": None, "process_started": "x", "config": None},
    ],
    ids=str,
)
def test_a_record_that_cannot_be_used_reads_as_none(tmp_path: Path, change: dict) -> None:
    record = runs.RunRecord.begin(tmp_path, CONFIG)
    values = json.loads(record.path.read_text())
    record.path.write_text(json.dumps(values | change))
    assert runs.RunRecord.read(tmp_path) is None
    for text in (json.dumps(values)[:-9], "[]", "null", '"text"', ""):
        record.path.write_text(text)
        assert runs.RunRecord.read(tmp_path) is None
    record.path.unlink()
    record.path.mkdir()  # not a file
    assert runs.RunRecord.read(tmp_path) is None


def test_a_process_is_told_from_a_later_one_with_its_number(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        here = processes.Process.current()
        started = processes._started(child.pid)
        other = processes.Process(child.pid, started, here.boot_id, here.host, here.pid_namespace)
        assert other.is_alive() is True
        assert here.is_alive() is True
        # the number has been given to another process since
        assert processes.Process(child.pid, started - 1, *here_of(here)).is_alive() is False
        # the machine has been started since; another machine; another container
        assert processes.Process(child.pid, started, "another", *here_of(here)[1:]).is_alive() is False
        assert processes.Process(child.pid, started, here.boot_id, "another", here.pid_namespace).is_alive() is None
        assert processes.Process(child.pid, started, here.boot_id, here.host, "another").is_alive() is None
        child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert other.is_alive() is False  # though nobody has collected it yet
    assert other.is_alive() is False


def here_of(process: processes.Process) -> tuple[str, str, str]:
    return process.boot_id, process.host, process.pid_namespace


def test_the_origin_of_a_run_leaves_when_it_started(tmp_path: Path) -> None:
    record = runs.RunRecord.begin(tmp_path, CONFIG, runs.ResumedFrom("model_3.pt", None, None, None))
    record.started_at = datetime(2026, 1, 1, tzinfo=UTC)
    record.set_origin(runs.ResumedFrom("model_3.pt", 4, 400, 2.5))
    written = json.loads(record.path.read_text(encoding="utf-8"))
    assert written["started_at"] == "2026-01-01T00:00:00+00:00"
    assert (written["iterations"], written["steps"], written["seconds"]) == (4, 400, 2.5)
    assert written["resumed_from"]["iteration"] == 4
