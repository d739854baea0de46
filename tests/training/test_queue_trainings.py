# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue with the real trainer: what it trains, and how an interrupted run resumes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.own_project import OwnProject
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, tick_until
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training import edited_code
from rl_trainer_ext.training.commands import Describe, Load, Stop
from rl_trainer_ext.training.queue.commands import RunAgain, StartQueue, StopQueue
from rl_trainer_ext.training.queue.model import Request, RunState
from rl_trainer_ext.training.queue.runner import QueueRunner
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow


@pytest.fixture
def runner(trainer: Any, tmp_path: Path) -> Callable[..., QueueRunner]:
    """Makes a queue of the real trainer."""

    def make(*requests: Request) -> QueueRunner:
        runner = QueueRunner(trainer)
        for request in requests:
            config = request.config.replace(log_root=str(tmp_path))
            runner.queue.add(dataclasses.replace(request, config=config))
        return runner

    return make


def run_to_end(trainer: Any, runner: QueueRunner) -> None:
    """Gives trainer and queue their frames until the queue stands still."""
    runner.request(StartQueue())

    def done(snapshot: Any) -> bool:
        runner.update(snapshot)
        return not runner.view().started and runner.view().current is None

    tick_until(trainer, done)


def test_the_queue_trains_what_train_does(trainer: Any, runner: Any, headless: Any) -> None:
    wrong = (CARTPOLE.replace(task="Isaac-Cartpole-Dirct"), CARTPOLE.replace(overrides=("env.sim.dtt=1",)))
    queue = runner(Request(CARTPOLE, (7,)), *map(Request, wrong))
    run_to_end(trainer, queue)
    first, second, third = (entry.runs[0] for entry in queue.queue.entries)
    assert (first.state, first.iterations, first.mean_reward is not None) == (RunState.FINISHED, 3, True)
    assert equal_to_the_bit(Path(first.checkpoint), headless["rsl_rl"].checkpoint)
    assert "did you mean Isaac-Cartpole-Direct" in second.problem
    assert "env.sim has no 'dtt'" in third.problem
    assert second.run_dir == third.run_dir == ""


def test_an_interrupted_run_resumes_where_it_was(trainer: Any, runner: Any) -> None:
    queue = runner(Request(CARTPOLE.replace(max_iterations=50), (7,)))
    queue.request(StartQueue())

    def begun(snapshot: Any) -> bool:
        queue.update(snapshot)
        return snapshot.state is State.TRAINING and snapshot.iteration >= 2

    tick_until(trainer, begun)
    queue.close()
    trainer.request(Stop())
    left = 50 - tick_until(trainer, lambda snapshot: snapshot.state is State.IDLE).iteration
    run = queue.queue.entries[0].runs[0]
    assert run.state is RunState.INTERRUPTED
    assert Path(run.run_dir).is_dir()
    queue.request(RunAgain(1, resume=True))
    queue.request(StartQueue())
    tick_until(trainer, begun)
    snapshot = trainer.snapshot()
    assert snapshot.config.max_iterations == left
    assert snapshot.counts.total_iterations == 50
    queue.request(StopQueue())

    def ended(snapshot: Any) -> bool:
        queue.update(snapshot)
        return queue.view().current is None

    tick_until(trainer, ended)
    assert queue.queue.entries[0].state is RunState.STOPPED


def test_a_run_takes_over_the_environment_of_a_preview(
    trainer: Any, runner: Any, headless: Any, tmp_path: Path
) -> None:
    config = CARTPOLE.replace(log_root=str(tmp_path), speed=0.0)
    env = previewed(trainer, config)
    queue = runner(Request(CARTPOLE, (7,)))
    run_to_end(trainer, queue)
    run = queue.queue.entries[0].runs[0]
    assert (run.state, run.iterations, run.problem) == (RunState.FINISHED, 3, "")
    assert equal_to_the_bit(Path(run.checkpoint), headless["rsl_rl"].checkpoint)
    assert "Took over the environment of the preview" in trainer.snapshot().notice
    assert env.unwrapped._is_closed


def test_a_preview_of_another_kind_is_closed_first_and_what_is_refused_leaves_it_open(
    trainer: Any, runner: Any, tmp_path: Path
) -> None:
    env = previewed(trainer, CARTPOLE.replace(log_root=str(tmp_path), speed=0.0))
    wrong = (CARTPOLE.replace(task="Isaac-Cartpole-Dirct"), CARTPOLE.replace(overrides=("env.sim.dtt=1",)))
    queue = runner(*map(Request, wrong))
    run_to_end(trainer, queue)
    assert [entry.state for entry in queue.queue.entries] == [RunState.FAILED, RunState.FAILED]
    assert "env.sim has no 'dtt'" in queue.queue.entries[1].problem
    assert trainer.snapshot().previewing
    assert not env.unwrapped._is_closed

    queue = runner(Request(CARTPOLE.replace(num_envs=8, max_iterations=1)))
    run_to_end(trainer, queue)
    run = queue.queue.entries[0].runs[0]
    assert (run.state, run.iterations, run.problem) == (RunState.FINISHED, 1, "")
    assert Path(run.checkpoint).is_file()
    assert "Created another environment than that of the preview" in trainer.snapshot().notice
    assert env.unwrapped._is_closed


def previewed(trainer: Any, config: RunConfig) -> Any:
    """Loads a preview; returns its environment."""
    trainer.request(Load(config))
    tick_until(trainer, lambda snapshot: snapshot.previewing and snapshot.steps > 0)
    return trainer._session._env.env


def test_edited_code_is_told_or_imported_again(trainer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PERIOD", 0.0), ("LIBRARIES_PERIOD", 0.0), ("SHARE", 1.0)):
        monkeypatch.setattr(edited_code, name, value)
    with OwnProject(tmp_path / "own", monkeypatch) as project:
        own = Trainer(task_modules=[str(project.folder)])
        tick_until(own, lambda snapshot: snapshot.state is State.IDLE)
        own.request(Describe(project.task, "rsl_rl"))  # imports the modules of the configurations
        own.tick(0.0)
        config = CARTPOLE.replace(task=project.task, max_iterations=1, log_root=str(tmp_path / "logs"))
        project.write("rewards.py", "BONUS = 5.0\n")
        tick_until(own, lambda snapshot: bool(snapshot.edited.words))
        told = QueueRunner(own)
        told.queue.add(Request(config))
        run_to_end(own, told)
        run = told.queue.entries[0].runs[0]
        assert run.note.startswith(f"rewards.py changed after {project.task} was imported: the old code runs")
        assert run.mean_reward == pytest.approx(1.0 * project.steps, rel=0.2)

        reloaded = QueueRunner(own, reloads=lambda: True)
        reloaded.queue.add(Request(config))
        run_to_end(own, reloaded)
        run = reloaded.queue.entries[0].runs[0]
        assert (run.note, run.problem) == ("", "")
        assert run.mean_reward == pytest.approx(5.0 * project.steps, rel=0.2)

        file = project.write("rewards.py", "BONUS = (")
        tick_until(own, lambda snapshot: bool(snapshot.edited.words))
        refused = QueueRunner(own, reloads=lambda: True)
        refused.queue.add(Request(config))
        run_to_end(own, refused)
        run = refused.queue.entries[0].runs[0]
        assert run.state is RunState.FAILED
        assert f"({file}, line 1). The old code stays." in run.problem
        own.close()
