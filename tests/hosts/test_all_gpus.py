# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command of several GPUs, read by Isaac Lab's own parsers, and what is refused before it. tests/gpu runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.processes import all_gpus
from rl_trainer_ext.hosts.processes.all_gpus import AllGpus, command
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.learners.formats import all_formats
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.jobs import JobFolder, list_jobs
from rl_trainer_ext.runs.process import Process
from rl_trainer_ext.training.where import Where, WhereKind

GPUS = Where(WhereKind.GPUS)
CONFIG = CARTPOLE.replace(device=None)


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Says that there are two GPUs. A stand-in: this machine may have none."""
    monkeypatch.setattr(task_config, "devices", lambda: ("cuda:0", "cuda:1", "cpu"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")


@pytest.fixture
def log_root(tmp_path: Path) -> Path:
    return tmp_path / "logs"


def test_isaac_labs_own_parsers_read_the_command(
    two_gpus: None, log_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isaaclab_rl.entrypoints.backends.train_rsl_rl import _parse_args
    from isaaclab_rl.entrypoints.multigpu import LAUNCHER_CFG, build_launch_command, parse_launcher_args

    config = CONFIG.replace(
        log_root=str(log_root), max_iterations=7, seed=3, run_name="wide", overrides=("env.sim.dt=0.01",)
    )
    module, name, *arguments = command(config, 2, "2026-01-01_00-00-00")
    assert (module, name) == ("isaaclab", "train_multigpu")
    launcher, worker = parse_launcher_args(arguments, LAUNCHER_CFG)
    assert (launcher.nproc_per_node, launcher.rl_library) == ("2", "rsl_rl")
    words = build_launch_command(launcher, worker, LAUNCHER_CFG)
    # a free port, found by the launcher
    assert words[words.index("--rdzv_backend") + 1] == "c10d"
    assert words[words.index("--rdzv_endpoint") + 1] == "localhost:0"
    monkeypatch.setattr(sys, "argv", ["train"])
    parsed = _parse_args([*worker, "--distributed"])
    assert (parsed.task, parsed.num_envs, parsed.max_iterations, parsed.seed) == (config.task, config.num_envs, 7, 3)
    assert (parsed.distributed, parsed.run_timestamp) == (True, "2026-01-01_00-00-00")
    assert {"env.sim.dt=0.01", "agent.run_name=wide"} <= set(sys.argv)
    # each process has a device of its own
    assert "--device" not in worker
    assert not any("device" in text for text in sys.argv)


@pytest.mark.usefixtures("two_gpus")
@pytest.mark.parametrize(
    ("changes", "where", "sentence"),
    [
        ({"library": "sb3"}, GPUS, "Stable-Baselines3 cannot train on several GPUs: choose RSL-RL or skrl or RL-Games"),
        ({"device": "cpu"}, GPUS, "trains on all GPUs from cuda:0 on, not on cpu"),
        ({"device": "cuda:1"}, GPUS, "not on cuda:1"),
        ({"fine_tune": True, "checkpoint": "x.pt"}, GPUS, "no option for fine_tune"),
        ({"stop_minutes": 2.0}, GPUS, "no option for stop_minutes"),
        ({"external": ("my_tasks",)}, GPUS, "no option for external"),
        ({"log_root": "elsewhere"}, GPUS, "writes to a folder logs"),
        ({}, Where(WhereKind.GPUS, 3), "--num_gpus 3 is more than the 2 GPUs here"),
        ({}, Where(WhereKind.GPUS, 0), "num_gpus must be a whole number of at least 1"),
        ({"task": "Isaac-Nothing"}, GPUS, "Isaac-Nothing"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_before_the_start(
    log_root: Path, changes: dict[str, Any], where: Where, sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        AllGpus().check(CONFIG.replace(**{"log_root": str(log_root), **changes}), where)
    assert not log_root.exists()


def test_a_machine_without_gpus_is_told(log_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(task_config, "devices", lambda: ("cpu",))
    with pytest.raises(UserError, match="needs NVIDIA GPUs"):
        AllGpus().check(CONFIG.replace(log_root=str(log_root)), GPUS)


def test_what_can_be_done_is_completed_with_the_tasks_library(two_gpus: None, log_root: Path) -> None:
    config = RunConfig("Isaac-Cartpole-Direct", "", device="cuda:0", log_root=str(log_root))
    assert AllGpus().check(config, GPUS).library == "rsl_rl"


def test_the_libraries_are_those_of_isaac_labs_command() -> None:
    from isaaclab_rl.entrypoints.api import MULTI_GPU_BACKENDS

    assert {each.name for each in all_formats() if each.multi_gpu} == set(MULTI_GPU_BACKENDS)


def test_two_runs_that_start_at_once_have_a_folder_each(log_root: Path) -> None:
    config = CONFIG.replace(log_root=str(log_root))
    first = all_gpus.free_timestamp(log_root)
    JobFolder.create(config, GPUS.to_dict(), {"timestamp": first})
    second = all_gpus.free_timestamp(log_root)
    JobFolder.create(config, GPUS.to_dict(), {"timestamp": second})
    assert first != second
    for name in (first, f"{second}_wide"):
        folder = log_root / "rsl_rl" / "cartpole_direct" / name
        folder.mkdir(parents=True)
        (folder / "run.json").write_text("{}")
    found = {all_gpus.find_run(job, Process.current()) for job in list_jobs(log_root)}
    assert {path.name for path in found if path is not None} == {first, f"{second}_wide"}
