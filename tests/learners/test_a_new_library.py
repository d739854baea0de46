# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A library that no module of the extension knows is added as one folder and one line in a table, and works."""

from __future__ import annotations

import dataclasses
import importlib
import json

import pytest
import torch
from helpers import dummy_library
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext import runs
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.processes.export import PolicyExport
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.learners.base import load_learner
from rl_trainer_ext.learners.formats import trainable
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.runs.checkpoints import list_checkpoints
from rl_trainer_ext.training.commands import Play, Train
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

STEPS = 16 * 8
"""Environment steps of an iteration."""


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture(scope="module")
def config(logs):
    return CARTPOLE.replace(library="dummy", max_iterations=2, log_root=str(logs))


@pytest.fixture(scope="module")
def dummy():
    """The library, for the tests of this module."""
    with pytest.MonkeyPatch.context() as patch:
        dummy_library.add(patch)
        yield


@pytest.fixture(scope="module")
def trainer(dummy):
    trainer = Trainer()
    tick_until(trainer, idle)
    yield trainer
    trainer.close()


@pytest.fixture(scope="module")
def trained(trainer, config):
    snapshot = run_to_end(trainer, Train(config))
    assert snapshot.failure is None, snapshot.failure
    return snapshot


def test_it_trains(trained):
    assert (trained.status, trained.iteration, trained.steps) == ("finished", 2, 2 * STEPS)
    assert trained.checkpoint.name == "weights_1.pt"
    assert len(trained.metrics.get(MEAN_REWARD)) == 2
    assert trained.metrics.get(MEAN_REWARD).step_unit == "iterations"


def test_its_defaults_are_told(dummy):
    details = task_config.describe(dummy_library.TASK, "dummy", "cpu")
    assert (details.max_iterations, details.seed, details.problem) == (50, 42, "")


def test_an_override_of_it_is_checked(trainer, config):
    failure = run_to_end(trainer, Train(config.replace(overrides=("agent.trainer.rollout=0",)))).failure
    assert failure.message.endswith("agent.trainer.rollout must be greater than 0.")


@pytest.mark.parametrize("recorded", [True, False])
def test_it_is_listed(trained, logs, tmp_path, recorded):
    """Without a record, as a command of Isaac Lab would have left the run."""
    record = trained.run_dir / "rl_trainer.json"
    content = record.read_bytes()
    if not recorded:
        record.unlink()
    try:
        run = next(run for run in runs.list_runs(logs, tmp_path) if run.path == trained.run_dir)
        (checkpoint,) = list_checkpoints(trained.run_dir)
    finally:
        record.write_bytes(content)
    assert (run.library, run.task, run.status.value) == ("dummy", dummy_library.TASK, "finished")
    assert (run.iterations, run.steps, run.last_reward is not None) == (2, 2 * STEPS, True)
    # without a record, and without a save interval, nothing tells that the last checkpoint is the final model
    kind = runs.CheckpointKind.FINAL if recorded else runs.CheckpointKind.PERIODIC
    assert (checkpoint.steps, checkpoint.kind) == (2 * STEPS, kind)


def test_the_command_line_lists_it(trained, logs, capsys):
    assert main(["runs", "--log_root", str(logs), "--library", "dummy", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert trained.run_dir.name in json.dumps(listed)
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert " or ".join(trainable()) in capsys.readouterr().out


def test_it_resumes(trainer, trained, config):
    resumed = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=3)))
    assert (resumed.failure, resumed.iteration, resumed.checkpoint.name) == (None, 5, "weights_4.pt")
    first, second = (torch.load(one, weights_only=True)["weights"] for one in (trained.checkpoint, resumed.checkpoint))
    assert not torch.equal(first, second)


def test_it_plays(trainer, trained, config):
    played = run_to_end(trainer, Play(config.replace(checkpoint=str(trained.checkpoint), num_steps=4, speed=0.0)))
    assert (played.failure, played.steps) == (None, 4 * 16)


def test_it_says_that_it_cannot_be_exported(trained):
    export = PolicyExport(trained.checkpoint, "dummy", dummy_library.TASK)
    assert (export.problem, export.running) == ("Isaac Lab cannot export policies of Dummy: play them here.", False)


def test_a_library_whose_runs_are_only_listed_does_not_train(dummy, monkeypatch):
    format_module = importlib.import_module("helpers.dummy_library.format")
    monkeypatch.setattr(format_module, "LIBRARY", dataclasses.replace(format_module.LIBRARY, trains=False))
    with pytest.raises(UserError, match=f"No RL library 'dummy' trains here: choose {' or '.join(trainable())}"):
        load_learner("dummy")
