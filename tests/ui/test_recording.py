# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Recording in the panel: the buttons, and the options of runs that record by themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Record, TakePicture, Train
from rl_trainer_ext.training.snapshot import Recording, RunView, State

CONFIG = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl")


def running(state=State.TRAINING, recording=None, **values):
    return idle(state=state, run=RunView(CONFIG, recording=recording or Recording()), **values)


def asked(shown):
    return [each for each in shown.trainer.commands if isinstance(each, Record | TakePicture)]


@pytest.mark.parametrize(
    ("snapshot", "record", "picture"),
    [
        (idle(), False, False),
        (running(State.LAUNCHING), False, False),
        (running(State.TRAINING), True, True),
        (running(State.PLAYING), True, True),
        (running(State.PAUSED), False, True),
        (running(State.TRAINING, viewport_problem="no OpenGL"), False, False),
    ],
)
def test_the_buttons_are_enabled_while_there_is_something_to_record(show, snapshot, record, picture):
    shown = show(snapshot, has_viewport=True)
    assert shown.driver.find("record").enabled is record
    assert shown.driver.find("picture").enabled is picture


def test_a_click_begins_a_clip_and_the_next_one_ends_it(show):
    shown = show(running(), has_viewport=True)
    shown.driver.click("record")
    assert asked(shown) == [Record(True)]
    shown.trainer.serve(run=RunView(CONFIG, recording=Recording(Path("clip.mp4"), pictures=150, rate=50.0)))
    shown.driver.tick()
    assert shown.driver.find("record").text == "Stop  0:03"
    shown.driver.click("record")
    assert asked(shown)[1:] == [Record(False)]
    shown.trainer.serve(run=RunView(CONFIG, recording=Recording(clips=(Path("clip.mp4"),))))
    shown.driver.tick()
    assert shown.driver.find("record").text == "Record"


def test_a_click_saves_a_picture(show):
    shown = show(running(), has_viewport=True)
    shown.driver.click("picture")
    assert asked(shown) == [TakePicture()]


def test_without_a_viewport_there_are_no_buttons(show):
    shown = show(running(), has_viewport=False)
    assert "record" not in shown.driver.identifiers()


def test_runs_record_clips_where_the_user_says_so_and_it_is_remembered(show):
    settings = SettingsInMemory(task="Isaac-Cartpole-Direct", section_advanced=False)
    shown = show(has_viewport=True, settings=settings)
    assert not shown.driver.shown("video_length")
    shown.driver.reveal("video")
    shown.driver.click("video")
    shown.driver.tick()
    shown.driver.write("video_length", "50")
    shown.driver.click("train")
    (command,) = [each for each in shown.trainer.commands if isinstance(each, Train)]
    assert (command.config.video, command.config.video_length, command.config.video_interval) == (True, 50, None)
    again = show(has_viewport=True, settings=settings)
    again.driver.click("train")
    (command,) = [each for each in again.trainer.commands if isinstance(each, Train)]
    assert (command.config.video, command.config.video_length) == (True, 50)


def test_a_wrong_length_is_refused_by_the_name_of_its_field(show):
    settings = SettingsInMemory(task="Isaac-Cartpole-Direct", section_advanced=False)
    shown = show(has_viewport=True, settings=settings)
    shown.driver.reveal("video")
    shown.driver.click("video")
    shown.driver.tick()
    shown.driver.write("video_length", "0")
    shown.driver.click("train")
    assert not [each for each in shown.trainer.commands if isinstance(each, Train)]
    assert "Clip length must be a whole number at least 1" in shown.panel.message
