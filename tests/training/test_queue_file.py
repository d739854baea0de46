# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The file of the queue: it survives the program, and one that cannot be used is told and kept."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.recording_trainer import RecordingTrainerDouble, idle
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.queue.commands import AddEntry, SkipEntry, StartQueue
from rl_trainer_ext.training.queue.file import NAME, VERSION, QueueFile
from rl_trainer_ext.training.queue.model import Entry, ProcessKind, QueuedRun, Request, RunState
from rl_trainer_ext.training.queue.runner import QueueRunner

EVERYTHING = Request(
    CARTPOLE.replace(
        seed=None, overrides=("env.sim.dt=0.01", "+agent.x='a b'"), external=("my_tasks",), run_name="ä", video=True
    ),
    (1, 2, 3),
    ProcessKind.ISAACLAB,
)
RUNS = (
    QueuedRun(1, RunState.FINISHED, "/logs/a", False, "", 3, 512, 1.5, 0.1, "/logs/a/model_2.pt"),
    QueuedRun(2, RunState.FAILED, problem="It failed: why?"),
    QueuedRun(3, RunState.WAITING, "/logs/b", resume=True),
)


def opened(folder: Path) -> tuple[QueueRunner, str]:
    """A program's queue, and what it says at its start."""
    runner = QueueRunner(RecordingTrainerDouble(idle()), None, QueueFile(folder))
    message = runner.view().message
    return runner, "" if message is None else message.text


def frame(runner: QueueRunner, *commands: Any) -> None:
    for command in commands:
        runner.request(command)
    runner.update(idle())


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entries = [Entry(1, EVERYTHING, RUNS), Entry(2, Request(RunConfig("T", "sb3", seed=4)), (QueuedRun(4),))]
    QueueFile(tmp_path).write(entries)
    assert QueueFile(tmp_path).open() == (entries, "")


def test_the_queue_survives_the_program(tmp_path: Path) -> None:
    runner, said = opened(tmp_path)
    assert said == ""
    frame(runner, AddEntry(Request(CARTPOLE, (1, 2))), AddEntry(Request(CARTPOLE)), AddEntry(Request(CARTPOLE)))
    frame(runner, SkipEntry(2), StartQueue())
    assert runner.queue.entries[0].running
    # killed: nothing else is written
    again, said = opened(tmp_path)
    assert said == ""
    assert [entry.state for entry in again.queue.entries] == [
        *(RunState.WAITING, RunState.SKIPPED, RunState.WAITING),
    ]
    assert [run.state for run in again.queue.entries[0].runs] == [RunState.INTERRUPTED, RunState.WAITING]
    assert not again.view().started  # nothing starts by itself


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_cut, "is damaged"),
        (lambda text: "", "is damaged"),
        (lambda text: "[]", "is damaged"),
        (_replaced(f'"version": {VERSION}', '"version": 99'), "is of another version of RL Trainer (99, not 1)"),
        (_replaced('"isaaclab"', '"another"'), "is damaged"),
        (_replaced('"finished"', '"flown"'), "is damaged"),
        (_replaced('"num_envs": 16', '"num_envs": "many"'), "num_envs must be a whole number"),
        (_replaced('"num_envs": 16', '"num_envs": -1'), "num_envs must be a whole number"),
        (_replaced('"seed": 3', '"seed": 4'), "is damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_kept(
    tmp_path: Path, damage: Callable[[str], str], sentence: str
) -> None:
    QueueFile(tmp_path).write([Entry(1, EVERYTHING, RUNS)])
    damaged = damage((tmp_path / NAME).read_text(encoding="utf-8"))
    (tmp_path / NAME).write_text(damaged, encoding="utf-8")
    runner, said = opened(tmp_path)
    assert sentence in said
    assert said.count("\n") == 0
    kept = tmp_path / "queue.unread-1.json"
    assert str(kept) in said
    assert kept.read_text(encoding="utf-8") == damaged
    # and the next one does not replace it
    frame(runner, AddEntry(Request(CARTPOLE)))
    (tmp_path / NAME).write_text("{", encoding="utf-8")
    assert "queue.unread-2.json" in opened(tmp_path)[1]
    assert kept.read_text(encoding="utf-8") == damaged


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    runner, said = opened(tmp_path / "file")
    assert "cannot be written" in said
    frame(runner, AddEntry(Request(CARTPOLE)))
    assert len(runner.queue.entries) == 1


def test_two_programs_have_a_file_each_and_the_next_takes_both_over(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        owned_by(tmp_path / NAME, other.pid)
        mine, said = opened(tmp_path)
        assert (said, mine.queue.entries) == ("", ())
        frame(mine, AddEntry(Request(CARTPOLE.replace(seed=5))))
        assert {path.name for path in tmp_path.iterdir()} == {NAME, "queue-2.json"}
    finally:
        other.communicate(b"\n")
    mine.close()
    third, said = opened(tmp_path)
    assert said == ""
    assert [entry.request.config.seed for entry in third.queue.entries] == [7, 5]
    assert [entry.number for entry in third.queue.entries] == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def owned_by(path: Path, pid: int) -> None:
    """A file with one entry, of another process."""
    QueueFile(path.parent).write([Entry(1, Request(CARTPOLE), (QueuedRun(7),))])
    values = json.loads(path.read_text(encoding="utf-8"))
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]).split() if os.name == "posix" else []
    process = dataclasses.replace(Process.current(), pid=pid, process_started=int(fields[19]))
    values["program"] = dataclasses.asdict(process)
    path.write_text(json.dumps(values), encoding="utf-8")
