# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which buttons mean something, in every state."""

from __future__ import annotations

import pytest
from rl_trainer_ext.training.snapshot import State

EXPECTED = {
    State.LOADING: "",
    State.IDLE: "train load play",
    State.LAUNCHING: "stop",
    State.TRAINING: "pause stop",
    State.PLAYING: "pause stop",
    State.PAUSED: "pause stop",
    State.STOPPING: "",
}


@pytest.mark.parametrize("state", State)
def test_each_state_enables_what_means_something(omni_ui, state):
    from rl_trainer_ext.ui.panel.controls import enabled

    can = enabled(state, ready=True, has_task=True, can_start=state is State.IDLE)
    assert {name for name in ("train", "load", "pause", "stop", "play") if getattr(can, name)} == set(
        EXPECTED[state].split()
    )


@pytest.mark.parametrize("state", State)
def test_without_a_trainable_task_nothing_can_be_started(omni_ui, state):
    from rl_trainer_ext.ui.panel.controls import enabled

    can, ready = (
        enabled(state, ready=False, has_task=False, can_start=state is State.IDLE),
        enabled(state, ready=True, has_task=True, can_start=state is State.IDLE),
    )
    assert not (can.train)
    assert not (can.load)
    assert not (can.play)
    assert (can.pause, can.stop) == (ready.pause, ready.stop)


@pytest.mark.parametrize("state", State)
def test_the_buttons_follow(show, state):
    from helpers.recording_trainer import SettingsInMemory, idle

    shown = show(idle(state=state), settings=SettingsInMemory(task="Isaac-Cartpole"))
    buttons = {name for name in ("train", "load", "pause", "stop", "play") if shown.driver.find(name).enabled}
    assert buttons == set(EXPECTED[state].split())
    assert shown.driver.text("pause") == ("Continue" if state is State.PAUSED else "Pause")
