# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Weights & Biases as logger, the real one without its server: each training ends its run, however it ends."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.cli.arguments import command_of, parse
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.learners.wandb_runs import check_account, ended_run
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.snapshot import State

wandb = pytest.importorskip("wandb")


@pytest.fixture
def offline(monkeypatch, tmp_path) -> Path:
    """Lets W&B write to a folder, which is returned, and to no server."""
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    wandb.teardown()  # it keeps what the environment said
    yield tmp_path / "wandb"
    wandb.teardown()


def begun(folder: Path) -> int:
    """The number of runs that W&B has written."""
    return len(list(folder.glob("offline-run-*")))


@pytest.mark.slow
def test_each_training_of_a_process_has_a_run_and_ends_it(trainer, offline, tmp_path):
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path / "logs"), logger="wandb", log_project_name="p")
    for number in (1, 2):
        done = run_to_end(trainer, Train(config))
        assert (done.status, done.failure) == ("finished", None)
        assert done.mean_reward is not None or done.metrics
        assert (begun(offline), wandb.run) == (number, None)
    trainer.request(Train(config.replace(max_iterations=10_000)))
    tick_until(trainer, lambda now: now.state is State.TRAINING and now.iteration)
    assert wandb.run is not None
    trainer.request(Stop())
    tick_until(trainer, idle)
    assert (begun(offline), wandb.run) == (3, None)
    # one that fails: a rate that no weight survives
    failed = run_to_end(
        trainer, Train(config.replace(max_iterations=50, overrides=("agent.algorithm.learning_rate=1e30",)))
    )
    assert failed.status == "failed"
    assert (begun(offline), wandb.run) == (4, None)
    # and the next one is not logged there
    assert run_to_end(trainer, Train(config.replace(logger="tensorboard"))).status == "finished"
    assert begun(offline) == 4


def test_only_a_run_that_begins_within_is_ended_also_after_an_error(offline, tmp_path):
    def fail() -> None:
        with ended_run():
            wandb.init(project="p", dir=tmp_path)
            raise ArithmeticError

    with pytest.raises(ArithmeticError):
        fail()
    assert (begun(offline), wandb.run) == (1, None)
    before = wandb.init(project="p", dir=tmp_path)
    with ended_run():
        pass
    assert wandb.run is before
    before.finish()


@pytest.mark.slow
def test_without_an_account_nothing_is_begun(trainer, monkeypatch, tmp_path):
    for name in ("WANDB_MODE", "WANDB_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wandb.teardown()
    with pytest.raises(UserError, match="has no account here: run wandb login in a terminal, or set WANDB_MODE=off"):
        check_account()
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path), logger="wandb")
    refused = run_to_end(trainer, Train(config))
    assert refused.failure.bad_input
    assert "has no account here" in refused.failure.message
    assert not (tmp_path / "rsl_rl").exists()
    wandb.teardown()


@pytest.mark.slow
def test_a_logger_that_is_not_installed_is_refused_with_its_pip_line(trainer, monkeypatch, tmp_path):
    found = importlib.util.find_spec
    hidden = lambda name, *more: None if name == "wandb" else found(name, *more)  # noqa: E731
    monkeypatch.setattr(importlib.util, "find_spec", hidden)
    refused = run_to_end(trainer, Train(CARTPOLE.replace(log_root=str(tmp_path), logger="wandb")))
    assert "needs wandb, which is not installed: run" in refused.failure.message
    assert "pip install" in refused.failure.message
    assert not (tmp_path / "rsl_rl").exists()


def test_the_command_line_has_isaac_labs_names():
    words = ["--logger", "wandb", "--log_project_name", "poles"]
    config = command_of(parse(["train", "--task", "T", *words])).config
    assert (config.logger, config.log_project_name) == ("wandb", "poles")
    assert " ".join(words) in config.train_command()
    catalogue = Catalogue([Task("T", ("rsl_rl", "sb3"))])
    with pytest.raises(UserError, match="RSL-RL has no logger 'mlflow': choose tensorboard or wandb or neptune"):
        catalogue.complete(RunConfig("T", "rsl_rl", logger="mlflow"))
    with pytest.raises(UserError, match="Stable-Baselines3 has no logger 'wandb': leave --logger out"):
        catalogue.complete(RunConfig("T", "sb3", logger="wandb"))
