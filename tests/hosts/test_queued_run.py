# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings of the queue in processes of their own: followed while they run, stopped in order, told when they end."""

from __future__ import annotations

import functools
import os
import shlex
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.processes import queued_run
from rl_trainer_ext.hosts.processes.child import ChildProcess
from rl_trainer_ext.hosts.processes.queued_run import QueuedProcess, RunLauncher
from rl_trainer_ext.isaac_lab.registration import ExternalModule
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.runs.record import RunRecord
from rl_trainer_ext.training.queue.model import ProcessKind, RunState

LIMIT = 300.0
OWN, ISAACLAB = ProcessKind.OWN, ProcessKind.ISAACLAB


def until(process: QueuedProcess, reached: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not reached():
        assert time.monotonic() < end, process.progress
        process.update()
        time.sleep(0.05)


@pytest.fixture
def warm(warm_process: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts children as copies of the warm process, whose process id is not the child's."""

    class WarmChild(ChildProcess):
        def _command(self, program: str, arguments: Sequence[str]) -> list[str]:
            return warm_process.python("-m", program, *arguments)

    monkeypatch.setattr(queued_run, "ChildProcess", WarmChild)


@pytest.mark.subprocess
@pytest.mark.slow
def test_the_run_of_a_process_is_found_while_it_trains_and_stopped_in_order(tmp_path: Path) -> None:
    config = CARTPOLE.replace(log_root=str(tmp_path / "runs"), max_iterations=10_000)
    process = RunLauncher().start(config, OWN)
    try:
        until(process, lambda: bool(process.run_dir) and process.progress.startswith("Training"))
        process.stop()
        until(process, lambda: process.result is not None)
    finally:
        process.close()
    result = process.result
    assert result is not None
    assert result["state"] is RunState.STOPPED
    assert result["run_dir"] == process.run_dir
    assert Path(process.run_dir).parents[2] == tmp_path / "runs"
    assert Path(result["checkpoint"]).is_file()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


def test_isaac_labs_command_trains_the_same(tmp_path: Path, warm: None) -> None:
    config = CARTPOLE.replace(log_root=str(tmp_path / "logs"), run_name="queued", max_iterations=2)
    process = QueuedProcess(config, ISAACLAB)
    until(process, lambda: process.result is not None)
    result = process.result
    assert result is not None
    assert result["state"] is RunState.FINISHED, result
    run_dir = Path(result["run_dir"])
    assert run_dir.parents[2] == tmp_path / "logs"
    assert run_dir.name.endswith("_queued")
    assert (result["iterations"], Path(result["checkpoint"]).name) == (2, "model_1.pt")
    assert result["mean_reward"] is not None
    assert "Learning iteration" in (run_dir / "console.log").read_text()


def test_a_process_that_fails_says_why(tmp_path: Path, warm: None) -> None:
    refused = QueuedProcess(CARTPOLE.replace(checkpoint="latest", log_root=str(tmp_path / "logs")), OWN)
    broken = QueuedProcess(CARTPOLE.replace(checkpoint="/no/such.pt", log_root=str(tmp_path / "logs")), ISAACLAB)
    for process, sentence in ((refused, "There is no checkpoint"), (broken, "isaaclab train failed with exit status")):
        until(process, lambda process=process: process.result is not None)
        assert process.result is not None
        assert process.result["state"] is RunState.FAILED
        assert sentence in process.result["problem"]
        assert "\n" not in process.result["problem"]


def test_an_earlier_run_of_a_process_with_the_same_number_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(600)", encoding="utf-8")
    sleeps = functools.partial(ChildProcess, str(tmp_path / "sleeps.py"), [])
    monkeypatch.setattr(queued_run, "ChildProcess", lambda *_, **__: sleeps())
    earlier, own = (tmp_path / "logs" / "rsl_rl" / "cartpole" / name for name in ("earlier", "own"))
    earlier.mkdir(parents=True)
    process = QueuedProcess(CARTPOLE.replace(log_root=str(tmp_path / "logs")), OWN)
    try:
        RunRecord(earlier, CARTPOLE, Process.of(process.pid), datetime.now(UTC), datetime.now(UTC)).write()
        process.update()
        assert process.run_dir == ""
        own.mkdir()
        RunRecord(own, CARTPOLE, Process.of(process.pid), datetime.now(UTC), datetime.now(UTC)).write()
        until(process, lambda: process.run_dir == str(own))
    finally:
        process.close()


def test_the_command_line_can_be_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = ExternalModule("own_tasks")
    imported.file = "/here/own_tasks.py"
    monkeypatch.setattr(queued_run, "imported_modules", lambda: (imported,))
    config = CARTPOLE.replace(overrides=("env.x='a b'",), run_name="one two", external=("my_tasks",))
    line = RunLauncher().text(config, OWN)
    words = shlex.split(line)
    assert words[:3] == ["rl-trainer", "train", "--headless"]
    # a module that was imported into this process is named too: the other process must know its tasks
    assert command_of(parse(words[1:])).config == config.replace(external=("my_tasks", "/here/own_tasks.py"))
    assert shlex.split(RunLauncher().text(config, ProcessKind.THIS))[:2] == ["rl-trainer", "train"]


def test_isaac_labs_command_line_names_folder_physics_and_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISAACSIM_ASSET_ROOT", "/my assets")
    config = CARTPOLE.replace(log_root=str(tmp_path / "logs"), num_envs=None, experiment_name="mine")
    line = RunLauncher().text(config, ISAACLAB)
    assert line.startswith(f"cd {tmp_path} && ISAACSIM_ASSET_ROOT='/my assets' python -m isaaclab train --rl_library ")
    # as rl-trainer does it: fewer environments on a CPU, its physics where there is no Isaac Sim
    for part in ("--num_envs 64", "agent.device=cpu", "physics=newton_mjwarp", "agent.experiment_name=mine"):
        assert part in line
    assert RunLauncher().text(config.replace(overrides=("physics=ovphysx",)), ISAACLAB).count("physics=") == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"keep_all_info": True}, "no option for keep_all_info"),
        ({"fine_tune": True, "checkpoint": "x.pt"}, "no option for fine_tune"),
        ({"external": ("my_tasks",)}, "no option for external"),
        ({"stop_reward": 4.0}, "no option for stop_reward"),
        ({"checkpoint": "best"}, "another meaning of --checkpoint best"),
        ({"library": "sb3", "experiment_name": "mine"}, "no option for experiment_name"),
        ({"library": "skrl", "logger": "wandb"}, "no option for logger"),
        ({"log_root": "elsewhere"}, "writes to a folder logs"),
    ],
)
def test_what_isaac_labs_command_cannot_do_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        RunLauncher().words(CARTPOLE.replace(**changes), ISAACLAB)


def test_each_option_is_either_known_or_refused() -> None:
    """A new field of the configuration must not be left out in silence."""
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", device="cpu")
    assert RunLauncher().words(config, ISAACLAB)
    object.__setattr__(changed := config.replace(), "keep_all_info", "something new")
    with pytest.raises(UserError, match="no option"):
        RunLauncher().words(changed, ISAACLAB)
