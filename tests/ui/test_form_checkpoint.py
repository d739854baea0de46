# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The fields of the checkpoint and the playback: what a training resumes from, and what is played."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.form import trained
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.runs import Difference
from rl_trainer_ext.training.commands import DescribeCheckpoint, Play, SetSpeed
from rl_trainer_ext.training.snapshot import CheckpointDetails, State


@pytest.fixture
def shown(show):
    return show(settings=SettingsInMemory(task="Isaac-Cartpole"))


def test_training_starts_from_scratch_unless_it_is_to_continue(shown):
    shown.driver.write("checkpoint", "/runs/model_10.pt")
    assert trained(shown).checkpoint is None
    shown.driver.click("resume_from")
    assert trained(shown).checkpoint == "/runs/model_10.pt"
    shown.driver.write("checkpoint", "")
    assert trained(shown).checkpoint == "latest"


def test_continuing_says_that_iterations_are_additional(shown):
    assert shown.driver.text("max_iterations_label") == "Iterations"
    shown.driver.click("resume_from")
    assert shown.driver.text("max_iterations_label") == "More iterations"


def test_what_would_differ_from_the_checkpoint_is_shown_once_typing_has_ended(shown):
    assert not shown.driver.shown("origin")
    shown.driver.write("checkpoint", "/runs/2026-11-20/model_150.pt")
    shown.driver.tick(20)
    assert shown.trainer.of(DescribeCheckpoint) == []
    shown.driver.click("resume_from")
    assert shown.trainer.of(DescribeCheckpoint) == []
    shown.driver.tick(20)
    (asked,) = shown.trainer.of(DescribeCheckpoint)
    assert (asked.config.checkpoint, asked.config.task) == ("/runs/2026-11-20/model_150.pt", "Isaac-Cartpole")
    names = ("algorithm.learning_rate", "algorithm.gamma", "seed", "clip_actions", "save_interval", "logger")
    changes = tuple(Difference(name, 0.001, 0.0003) for name in names)
    answer = CheckpointDetails(asked.config, Path("/runs/2026-11-20/model_150.pt"), 150, changes)
    shown.trainer.serve(checkpoint_details=answer)
    shown.driver.tick()
    assert shown.driver.text("origin") == (
        "Resumes from 2026-11-20/model_150.pt, iteration 150. Differs from the checkpoint: "
        "algorithm.learning_rate 0.0003 (was 0.001), algorithm.gamma 0.0003 (was 0.001), seed 0.0003 (was 0.001), "
        "clip_actions 0.0003 (was 0.001) and 2 more."
    )
    shown.driver.write("checkpoint", "/runs/other.pt")
    assert not shown.driver.shown("origin")  # what is shown belongs to what is asked for
    shown.driver.tick(20)
    asked = shown.trainer.of(DescribeCheckpoint)[-1]
    shown.trainer.serve(checkpoint_details=CheckpointDetails(asked.config, problem="There is none."))
    shown.driver.tick()
    assert shown.driver.text("origin") == "There is none."
    shown.driver.click("resume_from")
    assert not shown.driver.shown("origin")


def test_play_plays_the_latest_or_the_given_checkpoint(shown):
    shown.driver.click("play")
    shown.driver.write("checkpoint", "/runs/model_10.pt")
    shown.driver.click("play")
    assert [play.config.checkpoint for play in shown.trainer.of(Play)] == ["latest", "/runs/model_10.pt"]


def test_the_file_picker_of_the_host_fills_in_the_checkpoint(show):
    picked = []
    shown = show(settings=SettingsInMemory(task="Isaac-Ant"), browse=picked.append)
    shown.driver.click("checkpoint_browse")
    picked[0]("/chosen/model.zip")
    shown.driver.tick()
    assert shown.driver.text("checkpoint") == "/chosen/model.zip"
    assert shown.settings.values["checkpoint"] == "/chosen/model.zip"


def test_without_a_file_picker_there_is_no_button(shown):
    assert "checkpoint_browse" not in shown.driver.identifiers()


def test_the_speed_is_sent_live_while_playing_only(shown):
    shown.driver.choose("speed", "2x real time")
    assert shown.trainer.of(SetSpeed) == []
    shown.driver.click("play")
    assert shown.trainer.of(Play)[0].config.speed == 2.0
    shown.trainer.serve(state=State.PLAYING, playing=True)
    shown.driver.tick()
    shown.driver.choose("speed", "as fast as possible")
    assert shown.trainer.of(SetSpeed) == [SetSpeed(0.0)]
    shown.trainer.serve(state=State.PAUSED, playing=False)
    shown.driver.choose("speed", "real time")
    assert len(shown.trainer.of(SetSpeed)) == 1
