# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A preview in the panel: the button Load, what acts, and the buttons that start a run in its place."""

from __future__ import annotations

import itertools

import pytest
from helpers.driver import PERIOD
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, Play, Reset, SetActions, Step, Train
from rl_trainer_ext.training.snapshot import PreviewActions, RunView, State

CARTPOLE = {"task": "Isaac-Cartpole"}
L = 76


def previewing(state: State = State.PLAYING, actions: PreviewActions = PreviewActions.ZERO, **values):
    run = RunView(RunConfig("Isaac-Cartpole", "rsl_rl"), playing=True, preview=actions)
    return idle(state=state, status="running", run=run, **values)


def test_load_previews_what_the_form_says(show) -> None:
    shown = show(settings=SettingsInMemory(**CARTPOLE, num_envs="32"))
    shown.driver.click("load")
    (load,) = shown.trainer.of(Load)
    assert (load.config.task, load.config.num_envs, load.actions) == ("Isaac-Cartpole", 32, PreviewActions.ZERO)


def test_the_key_loads_except_in_a_text_field(show) -> None:
    shown = show(settings=SettingsInMemory(**CARTPOLE))
    shown.driver.click("num_envs")
    shown.driver.press(L)
    assert not shown.trainer.of(Load)
    shown.driver.click("state")
    shown.driver.press(L)
    assert len(shown.trainer.of(Load)) == 1


def test_a_preview_needs_no_library(show) -> None:
    shown = show(settings=SettingsInMemory(task="Isaac-Ant-Old"))
    enabled = {name for name in ("train", "load", "play") if shown.driver.find(name).enabled}
    assert enabled == {"load"}
    shown.driver.click("load")
    assert [each.config.library for each in shown.trainer.of(Load)] == [""]


def test_actions_are_chosen_during_the_preview_and_remembered(show) -> None:
    shown = show(settings=SettingsInMemory(**CARTPOLE))
    assert not shown.driver.shown("preview_actions")
    shown.trainer.serve(**vars(previewing()))
    shown.driver.tick()
    shown.driver.choose("preview_actions", "Random")
    assert shown.trainer.of(SetActions) == [SetActions(PreviewActions.RANDOM)]
    assert shown.settings.values["preview_actions"] == "random"
    shown.trainer.serve(**vars(previewing(actions=PreviewActions.RANDOM)))
    shown.driver.tick()
    shown.driver.click("preview_reset")
    shown.driver.press(PERIOD)
    assert (len(shown.trainer.of(Reset)), len(shown.trainer.of(Step))) == (1, 1)
    shown.driver.click("load")
    assert shown.trainer.of(Load)[-1].actions is PreviewActions.RANDOM


@pytest.mark.parametrize("state", [State.PLAYING, State.PAUSED])
def test_other_runs_can_be_started_in_a_preview(show, state) -> None:
    shown = show(previewing(state), settings=SettingsInMemory(**CARTPOLE))
    assert "Preview" in shown.driver.text("state")
    shown.driver.write("num_envs", "8")
    shown.driver.click("train")
    shown.driver.click("play")
    assert [each.config.num_envs for each in (*shown.trainer.of(Train), *shown.trainer.of(Play))] == [8, 8]


@pytest.mark.parametrize("state", [State.PLAYING, State.PAUSED])
def test_nothing_is_recorded_of_a_preview_which_has_no_folder(show, state) -> None:
    shown = show(previewing(state), has_viewport=True)
    assert not any(shown.driver.find(name).enabled for name in ("record", "picture"))


@pytest.mark.parametrize("state", [State.LAUNCHING, State.STOPPING])
def test_none_can_be_started_while_the_preview_opens_or_closes(show, state) -> None:
    shown = show(previewing(state), settings=SettingsInMemory(**CARTPOLE))
    assert not any(shown.driver.find(name).enabled for name in ("train", "load", "play"))


def test_a_command_of_the_command_line_presses_load(show) -> None:
    shown = show()
    shown.panel.start(Load(RunConfig("Isaac-Cartpole", "", num_envs=4), PreviewActions.RANDOM))
    (load,) = shown.trainer.of(Load)
    assert (load.config.num_envs, load.actions) == (4, PreviewActions.RANDOM)
    with pytest.raises(UserError, match="Environments"):
        shown.panel.start(Load(RunConfig("Isaac-Cartpole", "", num_envs=0)))


@pytest.mark.parametrize("width", [320, 440])
def test_five_buttons_fit_beside_each_other(show, width) -> None:
    shown = show(previewing(State.PAUSED), width=width, settings=SettingsInMemory(**CARTPOLE), has_viewport=True)
    buttons = [shown.driver.find(name) for name in ("train", "load", "pause", "stop", "play")]
    for one, other in itertools.pairwise(buttons):
        assert one.screen_position_x + one.computed_width <= other.screen_position_x
    assert buttons[-1].screen_position_x + buttons[-1].computed_width <= width
    for button in buttons:  # about 7 pixels a letter
        assert button.computed_width >= 7 * len(button.text)
