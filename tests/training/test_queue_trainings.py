# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue with the real trainer: what it trains, and how an interrupted run resumes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, tick_until
from rl_trainer_ext.training.commands import Stop
from rl_trainer_ext.training.queue.commands import RunAgain, StartQueue, StopQueue
from rl_trainer_ext.training.queue.model import Request, RunState
from rl_trainer_ext.training.queue.runner import QueueRunner
from rl_trainer_ext.training.snapshot import State

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
