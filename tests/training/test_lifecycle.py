# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests the states of a run: what the run does, and what the user makes of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from rl_trainer_ext.frames.cooperative import CooperativeTask
from rl_trainer_ext.training import lifecycle as module
from rl_trainer_ext.training.counters import Counters
from rl_trainer_ext.training.lifecycle import Lifecycle
from rl_trainer_ext.training.snapshot import State


@pytest.fixture
def counters() -> Counters:
    return Counters()


@pytest.fixture
def lifecycle(counters: Counters) -> Lifecycle:
    return Lifecycle(counters)


def stepping(lifecycle: Lifecycle, phase: State = State.TRAINING) -> Any:
    """Shows a run that steps, with an environment that has taken no step."""
    env: Any = SimpleNamespace(step_count=0, num_envs=4)
    return lifecycle.stepping(phase, env)


@pytest.mark.parametrize("phase", [State.TRAINING, State.PLAYING])
def test_a_run_launches_steps_and_closes(lifecycle: Lifecycle, phase: State) -> None:
    assert lifecycle.state is State.LAUNCHING
    with stepping(lifecycle, phase):
        assert (lifecycle.state, lifecycle.activity) == (phase, phase.value.capitalize())
    assert lifecycle.state is State.STOPPING


def test_a_pause_hides_the_phase_and_stops_the_time(lifecycle: Lifecycle, counters: Counters) -> None:
    with stepping(lifecycle):
        lifecycle.pause()
        assert lifecycle.state is State.PAUSED
        assert counters.seconds == counters.seconds
        lifecycle.unpause()
        assert lifecycle.state is State.TRAINING
        assert counters.seconds < counters.seconds


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_is_shown_at_once_also_in_a_pause(lifecycle: Lifecycle, paused: bool) -> None:
    with stepping(lifecycle):
        if paused:
            lifecycle.pause()
        lifecycle.stop()
        assert (lifecycle.state, lifecycle.paused, lifecycle.activity) == (State.STOPPING, False, "Stopping…")


def test_a_run_that_is_held_retries_when_it_is_unpaused(
    lifecycle: Lifecycle, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 1000.0)
    with stepping(lifecycle):
        task = CooperativeTask(lambda: lifecycle.hold("The disk is full."))
        for _ in range(3):
            assert not task.run_slice(0.0)
            assert (lifecycle.state, lifecycle.held) == (State.PAUSED, "The disk is full.")
        assert counters.seconds == counters.seconds
        lifecycle.unpause()
        while not task.run_slice(0.0):  # it looks a few times a second
            pass
        assert (lifecycle.state, lifecycle.held) == (State.TRAINING, "")


def test_a_stop_ends_a_hold(lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 1000.0)
    task = CooperativeTask(lambda: lifecycle.hold("The disk is full."))
    task.run_slice(0.0)
    lifecycle.stop()
    assert lifecycle.state is State.STOPPING
    task.stop()
    assert task.run_slice(10.0)
    assert task.stopped
    assert (lifecycle.state, lifecycle.held) == (State.STOPPING, "")


def test_a_run_that_is_held_while_it_stops_shows_why(lifecycle: Lifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_INTERVAL", 1000.0)
    seen = []

    def save() -> None:
        lifecycle.stop()
        lifecycle.hold("The disk is full.")
        seen.append(lifecycle.state)

    task = CooperativeTask(save)
    task.run_slice(0.0)
    assert lifecycle.state is State.PAUSED
    lifecycle.unpause()
    while not task.run_slice(0.0):
        pass
    assert seen == [State.STOPPING]
