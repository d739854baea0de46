# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Options of a run with real trainings: names of its folders, deterministic algorithms."""

from __future__ import annotations

import os

import pytest
import torch
import warp as wp
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, run_to_end
from rl_trainer_ext import runs
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.learners.formats import set_setting
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import memory
from rl_trainer_ext.runs.record import MemoryUse
from rl_trainer_ext.training.commands import Play, Train
from rl_trainer_ext.training.snapshot import Snapshot


def finished(trainer, command: Train | Play) -> Snapshot:
    snapshot = run_to_end(trainer, command)
    assert (snapshot.status, snapshot.failure) == ("finished", None)
    return snapshot


@pytest.mark.slow
def test_names_are_those_of_the_folders_with_each_library(trainer, tmp_path):
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path), run_name="light")
    named = finished(trainer, Train(config.replace(experiment_name="poles")))
    assert named.run_dir.parent == tmp_path / "rsl_rl" / "poles"
    assert named.run_dir.name.endswith("_light")
    _, agent = runs.read_parameters(named.run_dir)
    assert (agent["experiment_name"], agent["run_name"]) == ("poles", "light")
    other = finished(trainer, Train(config.replace(library="sb3")))
    assert other.run_dir.parent == tmp_path / "sb3" / config.task
    assert other.run_dir.name.endswith("_light")
    # the newest checkpoint is looked for in the folder of the experiment
    play = config.replace(checkpoint="latest", num_steps=1, speed=0.0)
    assert finished(trainer, Play(play.replace(experiment_name="poles"))).checkpoint == named.checkpoint
    assert "There is no checkpoint" in run_to_end(trainer, Play(play)).failure.message
    # with this library the option is refused before anything is made
    refused = run_to_end(trainer, Train(config.replace(library="sb3", experiment_name="poles")))
    assert refused.failure.message.startswith("Stable-Baselines3 names the experiment by the task")
    assert not (tmp_path / "sb3" / "poles").exists()


def test_the_command_line_has_isaac_labs_names():
    words = ["--experiment_name", "poles", "--deterministic"]
    config = command_of(parse(["train", "--task", "T", "--run_name", "light", *words])).config
    assert (config.run_name, config.experiment_name, config.deterministic) == ("light", "poles", True)
    assert "--run_name light --experiment_name poles --deterministic" in config.train_command()
    assert command_of(parse(["play", "--task", "T", *words])).config.experiment_name == "poles"
    with pytest.raises(UserError, match="experiment_name=a/b cannot name a run's folder"):
        config.replace(experiment_name="a/b").validate()
    catalogue = Catalogue([Task("T", ("sb3", "rsl_rl"))])
    assert catalogue.complete(RunConfig("T", "rsl_rl", experiment_name="poles")).experiment_name == "poles"


def test_settings_are_set_in_objects_and_in_dictionaries():
    class Agent:
        name = "before"

    agent, nested = Agent(), {"agent": {"experiment": None}}
    set_setting(agent, "name", "after")
    set_setting(nested, "agent.experiment.directory", "after")
    assert agent.name == "after"
    assert nested == {"agent": {"experiment": {"directory": "after"}}}


@pytest.mark.slow
def test_a_training_warns_of_its_memory_and_records_it_for_the_next(trainer, tmp_path):
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path), device="cpu")
    earlier = tmp_path / "rsl_rl" / "cartpole_direct" / "2026-01-01_10-00-00"
    earlier.mkdir(parents=True)
    record = runs.RunRecord.begin(earlier, config)
    record.memory = MemoryUse(1, 10**15)
    record.write()
    snapshot = finished(trainer, Train(config))
    assert snapshot.run.origin.startswith(f"{config.num_envs} environments may not fit: they need about")
    noted = runs.RunRecord.read(snapshot.run_dir)
    assert noted is not None
    assert noted.memory is not None
    assert noted.memory.num_envs == config.num_envs
    assert MemoryUse(config.num_envs, noted.memory.taken) == memory.earlier_uses(config)[0]


@pytest.mark.slow
@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_deterministic_runs_are_deterministic_and_leave_the_process_as_it_was(trainer, tmp_path, monkeypatch, library):
    asked = []
    use = torch.use_deterministic_algorithms
    monkeypatch.setattr(
        torch, "use_deterministic_algorithms", lambda mode, **more: (asked.append(mode), use(mode, **more))
    )
    before = wp.config.deterministic, os.environ.get("CUBLAS_WORKSPACE_CONFIG"), torch.backends.cudnn.deterministic
    config = CARTPOLE.replace(library=library, max_iterations=1, log_root=str(tmp_path), deterministic=True)
    first, second = (finished(trainer, Train(config)) for _ in range(2))
    assert equal_to_the_bit(first.checkpoint, second.checkpoint)
    env, _ = runs.read_parameters(first.run_dir)
    assert env["sim"]["physics"]["deterministic"] is True
    assert asked == [True, False, True, False]
    after = wp.config.deterministic, os.environ.get("CUBLAS_WORKSPACE_CONFIG"), torch.backends.cudnn.deterministic
    assert after == before
    played = finished(trainer, Play(config.replace(checkpoint="latest", num_steps=1, speed=0.0)))
    assert played.config.deterministic
    assert asked == [True, False] * 3
