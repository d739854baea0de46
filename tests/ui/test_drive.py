# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Driving from the panel and the viewport: sliders, buttons, keys and the mouse become commands."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from helpers.driver import RIGHT, SPACE
from helpers.driving_double import HAND, VELOCITY, DrivingDouble, playing
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.training.commands import Pause, Push, ReleaseCommand, Reset, SetCommand, Step

W, S, A, D, Q, X, R, UP, LEFT_SHIFT = 87, 83, 65, 68, 81, 88, 82, 265, 340


def slide(shown: Any, identifier: str, value: float) -> None:
    """Moves a slider through its model, as a drag does."""
    shown.driver.reveal(identifier).model.set_value(value)
    shown.driver.tick()


@pytest.mark.parametrize("width", [320, 420])
def test_a_slider_for_each_value_is_there_while_a_checkpoint_plays(show, width, tmp_path) -> None:
    driving = DrivingDouble((VELOCITY, HAND))
    driving.values["hand"] = (0.3, 7.0)
    shown = show(width=width)
    assert not shown.driver.shown("drive_target")
    shown.trainer.serve(**vars(playing(driving)))
    shown.driver.tick(5)
    sliders = {name for name in shown.driver.identifiers() if name.startswith("drive:")}
    assert sliders == {
        *("drive:base_velocity:lin_vel_x", "drive:base_velocity:lin_vel_y", "drive:base_velocity:ang_vel_z"),
        *("drive:hand:pos_x", "drive:hand:1"),
    }
    forward = shown.driver.find("drive:base_velocity:lin_vel_x")
    assert (forward.min, forward.max) == pytest.approx((-0.8, 0.8))
    assert forward.model.as_float == pytest.approx(0.1)
    assert not shown.driver.find("drive:base_velocity:lin_vel_y").enabled
    for name in (*sliders, "drive_release", "drive_push", "drive_reset_all", "drive_step"):
        widget = shown.driver.find(name)
        assert widget.screen_position_x + widget.computed_width <= width
    for name in ("drive_reset", "drive_reset_all", "drive_step", "drive_push", "drive_release"):
        button = shown.driver.find(name)
        assert button.computed_width >= 7 * len(button.text)
    shown.driver.screenshot(tmp_path / "drive.png")
    shown.trainer.serve(**vars(idle()))
    shown.driver.tick()
    assert not shown.driver.shown("drive_target")


def test_a_slider_commands_the_followed_environment_or_all(show) -> None:
    shown = show(playing())
    slide(shown, "drive:base_velocity:ang_vel_z", 0.25)
    shown.driver.choose("drive_target", "All 16")
    slide(shown, "drive:base_velocity:lin_vel_x", 0.5)
    first, second = shown.trainer.of(SetCommand)
    assert (first.values, first.env_index) == ((None, None, pytest.approx(0.25)), 0)
    assert (second.values, second.env_index) == ((pytest.approx(0.5), None, None), None)
    shown.driver.click("drive_release")
    assert shown.trainer.of(ReleaseCommand) == [ReleaseCommand(None)]
    assert shown.settings.values["drive_all"] is True


def test_pushes_resets_and_single_steps(show) -> None:
    shown = show(playing())
    slide(shown, "drive_strength", 2.5)
    for name in ("drive_push", "drive_reset", "drive_reset_all", "drive_step"):
        shown.driver.click(name)
    (push,) = shown.trainer.of(Push)
    assert math.hypot(*push.velocity) == pytest.approx(2.5)
    assert (push.velocity[2], push.env_index) == (0.0, 0)
    assert shown.trainer.of(Reset) == [Reset(0), Reset(None)]
    assert shown.trainer.of(Step) == [Step()]


def test_a_task_without_commands_shows_only_what_makes_sense(show) -> None:
    driving = DrivingDouble((), why_no_push="Isaac-Cartpole has no robot to push.", values={})
    shown = show(playing(driving))
    assert not [name for name in shown.driver.identifiers() if name.startswith("drive:")]
    assert not shown.driver.shown("drive_push")
    assert not shown.driver.shown("drive_target")
    assert "no robot to push" in shown.driver.text("drive_words")
    shown.driver.click("drive_reset")
    assert shown.trainer.of(Reset) == [Reset(0)]


def test_the_next_task_may_have_other_terms_and_a_curriculum_other_ranges(show) -> None:
    driving = DrivingDouble()
    shown = show(playing(driving))
    wider = replace(VELOCITY.values[0], low=-2.0, high=2.0)
    driving.terms = (replace(VELOCITY, values=(wider, *VELOCITY.values[1:])),)
    shown.driver.tick()
    assert shown.driver.find("drive:base_velocity:lin_vel_x").max == pytest.approx(2.0)
    shown.trainer.serve(**vars(playing(DrivingDouble((HAND,), values={"hand": (0.3, 0.0)}))))
    shown.driver.tick(5)
    assert {name for name in shown.driver.identifiers() if name.startswith("drive:")} == {
        "drive:hand:pos_x",
        "drive:hand:1",
    }
    slide(shown, "drive:hand:1", 3.0)
    assert shown.trainer.of(SetCommand) == [SetCommand("hand", (None, pytest.approx(3.0)), 0)]


def test_nothing_is_read_while_the_section_is_folded(show) -> None:
    driving = DrivingDouble()
    shown = show(playing(driving), settings=SettingsInMemory(section_drive=True))
    shown.driver.tick(5)
    assert driving.reads == 0
    shown.driver.click("section_drive", right=0.2)
    shown.driver.tick(3)


def test_keys_over_the_viewport_drive_a_velocity(show_viewport) -> None:
    shown = show_viewport(playing(), num_envs=16)
    shown.viewport.followed = 3
    for key in (W, UP, S, D, A, RIGHT):
        shown.driver.press(key)
    assert [(each.values, each.env_index) for each in shown.trainer.of(SetCommand)] == [
        ((pytest.approx(0.3), None, None), 3),
        ((pytest.approx(0.3), None, None), 3),
        ((pytest.approx(-0.1), None, None), 3),
        ((None, None, pytest.approx(-0.75)), 3),
        ((None, None, pytest.approx(-0.25)), 3),
        ((None, None, pytest.approx(-0.75)), 3),
    ]
    assert not shown.trainer.of(Step)
    shown.trainer.commands.clear()
    shown.driver.press(Q)  # this robot does not go sideways
    assert not shown.trainer.of(SetCommand)
    shown.driver.press(X)
    assert [each.values for each in shown.trainer.of(SetCommand)] == [(0.0, None, None), (None, None, 0.0)]
    shown.driver.press(SPACE)
    assert shown.trainer.of(Pause)
    shown.driver.press(R)
    shown.driver.hold(LEFT_SHIFT, True)
    shown.driver.press(R)
    shown.driver.hold(LEFT_SHIFT, False)
    assert shown.trainer.of(Reset) == [Reset(3), Reset(None)]


def test_several_presses_in_a_frame_add_up_to_the_end_of_the_range(show_viewport) -> None:
    shown = show_viewport(playing())
    for _ in range(6):
        shown.view.key_pressed(W, 0, True)
        shown.view.key_pressed(W, 0, False)
    speeds = [each.values[0] for each in shown.trainer.of(SetCommand)]
    assert speeds == pytest.approx([0.3, 0.5, 0.7, 0.8, 0.8, 0.8])


def test_the_keys_have_their_old_meaning_where_nothing_is_driven(show_viewport) -> None:
    shown = show_viewport(playing(DrivingDouble((), values={})))
    shown.driver.press(RIGHT)
    shown.driver.press(W)
    assert shown.trainer.of(Step) == [Step()]
    shown.trainer.serve(**vars(idle()))
    shown.driver.press(R)
    assert not shown.trainer.of(SetCommand) + shown.trainer.of(Reset)


def test_shift_and_a_drag_push_in_the_direction_of_the_drag(show_viewport) -> None:
    shown = show_viewport(playing())
    shown.driver.hold(LEFT_SHIFT, True)
    shown.drag(60, 45)
    shown.driver.hold(LEFT_SHIFT, False)
    (push,) = shown.trainer.of(Push)
    # half of the drag that has the whole strength of 1 m/s; the double looks along y
    assert push.velocity == pytest.approx((0.4, -0.3, 0.0), abs=0.02)
    assert not shown.viewport.of("orbit")
    shown.drag(60, 45)
    assert shown.viewport.of("orbit")
    assert len(shown.trainer.of(Push)) == 1
