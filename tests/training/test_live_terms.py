# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The terms of one environment, read after its steps: what they say, what they cost, and that they change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from helpers.driven_rover import rover_trainer
from helpers.runs_made_here import CARTPOLE, SLICE, equal_to_the_bit, idle, run_to_end, tick_until
from rl_trainer_ext.metrics.step_terms import HISTORY, StepTerms, Term, TermKind
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, Stop, Train, WatchTerms
from rl_trainer_ext.training.live_terms import TRAINING_SHARE, LiveTerms
from rl_trainer_ext.training.snapshot import PreviewActions
from rl_trainer_ext.training.trainer import Trainer


def of_kind(terms: StepTerms, kind: TermKind) -> dict[str, np.ndarray]:
    """The curves of the terms of one kind, by name."""
    return {term.name: terms.curve(index) for index, term in enumerate(terms.terms) if term.kind is kind}


@pytest.fixture(scope="module")
def knowing() -> Iterator[Trainer]:
    """A trainer that knows the sample project's task."""
    with rover_trainer() as trainer:
        yield trainer


def watched(trainer: Trainer, config: RunConfig, environment: int = 0, steps: int = 30) -> tuple[StepTerms, Any]:
    """Previews with random actions until this many steps are read; returns them and the environment."""
    trainer.request(WatchTerms(environment))
    trainer.request(Load(config, PreviewActions.RANDOM))
    trainer.tick(SLICE)
    shown = tick_until(trainer, lambda now: idle(now) or (now.run and now.run.terms and now.run.terms.version >= steps))
    assert not idle(shown), shown.failure
    return shown.run.terms, trainer._session._env.unwrapped


def end(trainer: Trainer) -> None:
    trainer.request(Stop())
    trainer.request(WatchTerms(None))
    trainer.tick(SLICE)
    tick_until(trainer, idle)


@pytest.mark.slow
def test_a_task_with_managers_shows_its_terms_by_name(knowing: Trainer, tmp_path: Path) -> None:
    config = CARTPOLE.replace(task="Rover-Velocity", num_envs=4, log_root=str(tmp_path))
    terms, env = watched(knowing, config, environment=2)
    try:
        assert (terms.environment, terms.num_envs, terms.note) == (2, 4, "")
        assert list(of_kind(terms, TermKind.TERMINATION)) == ["time_out", "tipped_over"]
        assert list(of_kind(terms, TermKind.COMMAND)) == ["base_velocity"]
        assert list(of_kind(terms, TermKind.ACTION)) == ["wheels"]
        names = ["base_lin_vel", "base_ang_vel", "velocity_commands", "projected_gravity", "actions"]
        assert list(of_kind(terms, TermKind.OBSERVATION)) == [f"policy-{name}" for name in names]
        rewards = of_kind(terms, TermKind.REWARD)
        total = rewards.pop("reward of the step")
        assert list(rewards) == ["track_lin_vel", "track_ang_vel", "action_rate", "flat"]
        assert np.allclose(total, sum(rewards.values()) * env.step_dt, atol=1e-6)
        index = next(n for n, term in enumerate(terms.terms) if term.kind is TermKind.COMMAND)
        command = env.command_manager.get_command("base_velocity")[2]
        assert [terms.curve(index, element)[-1] for element in range(3)] == pytest.approx(command.tolist())
        assert terms.curve(index)[-1] == pytest.approx(float(command.norm()))
    finally:
        end(knowing)


@pytest.mark.slow
def test_a_direct_task_shows_what_there_is_and_what_is_missing(knowing: Trainer, tmp_path: Path) -> None:
    terms, env = watched(knowing, CARTPOLE.replace(log_root=str(tmp_path)), environment=99)
    try:
        assert terms.environment == 0  # there are fewer environments
        assert "there are no terms to show by name" in terms.note
        assert list(of_kind(terms, TermKind.REWARD)) == ["reward of the step"]
        assert list(of_kind(terms, TermKind.TERMINATION)) == ["terminated", "truncated"]
        index = terms.terms.index(Term(TermKind.OBSERVATION, "policy", 4))
        seen = env._get_observations()["policy"][0].tolist()
        assert [terms.curve(index, element)[-1] for element in range(4)] == pytest.approx(seen)
        # another environment, in the middle of the run
        knowing.request(WatchTerms(3))
        tick_until(knowing, lambda now: now.run.terms.environment == 3)
        assert len(terms.steps) < 30
        # and none: nothing is read any more, nor called
        knowing.request(WatchTerms(None))
        knowing.tick(SLICE)
        version = terms.version
        tick_until(knowing, lambda now: now.steps > 16 * 300)
        assert terms.version == version
        assert knowing._session.terms._read not in knowing._session._env.after_step
    finally:
        end(knowing)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["Isaac-Cartpole-Direct", "Isaac-Cartpole"])
def test_a_training_whose_terms_are_read_learns_the_same(knowing: Trainer, tmp_path: Path, task: str) -> None:
    config = CARTPOLE.replace(task=task, log_root=str(tmp_path))
    unread = run_to_end(knowing, Train(config))
    assert unread.run.terms.version == 0
    knowing.request(WatchTerms(5))
    read = run_to_end(knowing, Train(config))
    knowing.request(WatchTerms(None))
    assert read.run.terms.version > 0
    assert equal_to_the_bit(read.checkpoint, unread.checkpoint)


class _Env(SimpleNamespace):
    """A double of a stepped environment, of a task whose managers are the test's; its steps cost nothing."""

    def step(self, terms: dict[str, list[Any]]) -> None:
        if self.after_step:
            self.unwrapped.reward_manager.terms = terms
            self.step_count += 1
            zero = torch.zeros(2)
            self.after_step[0](torch.zeros(2, 1), ({}, zero, zero, zero, {}))


def stepped(clock: Any) -> tuple[_Env, LiveTerms]:
    manager = SimpleNamespace(terms={})
    manager.get_active_iterable_terms = lambda index: manager.terms.items()
    env = _Env(step_count=0, num_envs=2, after_step=(), unwrapped=SimpleNamespace(reward_manager=manager))
    return env, LiveTerms(clock)


def test_terms_that_change_their_number_start_over() -> None:
    env, live = stepped(lambda: 0.0)
    live.watch(0)
    with live.of(env, playing=True):
        for step in range(3):
            env.step({"alive": [step]})
        layout = live.terms.layout
        env.step({"alive": [3.0], "speed": [7.0, 1.0]})
        assert live.terms.layout == layout + 1
        assert of_kind(live.terms, TermKind.REWARD)["alive"].tolist() == [3.0]
        for step in range(2 * HISTORY + 5):
            env.step({"alive": [step], "speed": [0.0, 0.0]})
    assert env.after_step == ()
    assert live.terms.steps.tolist() == list(range(env.step_count - HISTORY + 1, env.step_count + 1))
    assert of_kind(live.terms, TermKind.REWARD)["alive"].tolist() == list(range(HISTORY + 5, 2 * HISTORY + 5))


def test_reading_takes_no_more_than_its_share_of_a_training() -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.001  # each look at the clock: reading a step looks twice, so it takes this long
        return now[0]

    env, live = stepped(clock)
    live.watch(0)
    with live.of(env, playing=False):
        for _ in range(1000):
            env.step({"alive": [1.0]})
            now[0] += 0.010
    reading = live.terms.version * 0.001
    assert 0 < reading <= TRAINING_SHARE * now[0]


def test_a_manager_that_fails_is_told_and_ends_the_reading() -> None:
    env, live = stepped(lambda: 0.0)
    live.watch(0)
    with live.of(env, playing=True):
        env.step({"alive": ["high"]})
        assert live.terms.problem.startswith("The terms of this task cannot be read: ")
        assert env.after_step == ()


def test_of_a_term_with_many_values_only_the_norm_is_kept() -> None:
    terms = StepTerms()
    terms.add(0, 1, [(Term(TermKind.OBSERVATION, "image", 30_000), [1.0] * 30_000), (Term(TermKind.LOG, "a"), [2.0])])
    assert terms.curve(0).tolist() == pytest.approx([30_000**0.5])
    assert terms.curve(1).tolist() == [2.0]
