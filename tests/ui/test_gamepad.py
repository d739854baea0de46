# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A gamepad drives a playback. The machine of the tests has none: GLFW is a double, and once the real library."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest
from helpers.driving_double import DrivingDouble, playing
from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory
from rl_trainer_ext.hosts.standalone.gamepad import GlfwGamepad
from rl_trainer_ext.training.commands import Pause, Push, Reset, SetCommand, Step, Unpause
from rl_trainer_ext.training.snapshot import State


class GlfwDouble:
    """Behaves as the package ``glfw``: no error for a gamepad that vanishes, but None where its state was.

    GLFW counts its axes from left x, left y and right x on; right and down are positive. Where it is not started it
    warns, and returns nothing.
    """

    JOYSTICK_1, JOYSTICK_LAST = 0, 15
    GAMEPAD_BUTTON_A, GAMEPAD_BUTTON_B, GAMEPAD_BUTTON_X, GAMEPAD_BUTTON_Y = range(4)
    GAMEPAD_AXIS_LEFT_X, GAMEPAD_AXIS_LEFT_Y, GAMEPAD_AXIS_RIGHT_X = range(3)
    State = namedtuple("State", ("buttons", "axes"))

    def __init__(self, starts: bool = True) -> None:
        self.starts = starts
        self.started = self.polled = False
        self.connected: dict[int, Any] = {}

    def init(self) -> bool:
        self.started = self.starts
        return self.starts

    def connect(self, index: int = 2) -> None:
        self.connected[index] = self.State([0] * 15, [0.0] * 6)
        self.polled = False

    def hold(self, *axes: float, buttons: tuple[int, ...] = (), index: int = 2) -> None:
        pressed = [int(place in buttons) for place in range(15)]
        self.connected[index] = self.State(pressed, [*axes, *[0.0] * (6 - len(axes))])

    def poll_events(self) -> None:
        assert self.started
        self.polled = True

    def joystick_is_gamepad(self, index: int) -> bool:
        return self.polled and index in self.connected

    def get_gamepad_state(self, index: int) -> Any:
        return self.connected.get(index)

    def get_gamepad_name(self, index: int) -> str | None:
        return "Xbox Controller" if index in self.connected else None


@pytest.fixture
def glfw() -> GlfwDouble:
    return GlfwDouble()


@pytest.fixture
def drive(omni_ui: Any, glfw: GlfwDouble) -> Any:
    """A section with a gamepad in a window, what it asks of the trainer, and a frame."""
    from rl_trainer_ext.ui.drive.section import DriveSection
    from rl_trainer_ext.ui.drive.steering import Steering

    class Drive:
        def __init__(self) -> None:
            self.trainer, settings = RecordingTrainerDouble(playing()), SettingsInMemory()
            self.window = omni_ui.Window("Gamepad", width=420, height=500)
            with self.window.frame:
                steering = Steering(self.trainer, settings, gamepad=GlfwGamepad(glfw))
                self.section = DriveSection(self.trainer, steering, settings)

        def frame(self) -> None:
            self.section.update(self.trainer.snapshot())

        @property
        def commands(self) -> list[tuple[float | None, ...]]:
            asked = [command.values for command in self.trainer.of(SetCommand)]
            self.trainer.commands.clear()
            return asked

        @property
        def words(self) -> str:
            return self.section._words.text

    drive = Drive()
    yield drive
    drive.window.destroy()


def test_sticks_drive_in_proportion_and_only_when_they_move(drive, glfw) -> None:
    glfw.connect()
    drive.frame()
    assert "Gamepad Xbox Controller: left stick drives, right stick turns" in drive.words
    assert drive.commands == []
    glfw.hold(0.0, -1.0, 0.55)
    drive.frame()
    assert drive.commands == [(0.8, None, None), (None, None, pytest.approx(-0.5))]
    drive.frame()
    assert drive.commands == []  # a slider or a key may drive meanwhile
    glfw.hold(0.0, 0.05, 0.05)
    drive.frame()
    assert drive.commands == [(0.0, None, None), (None, None, 0.0)]
    glfw.hold(0.0, 0.08, -0.09)  # sticks that do not return exactly
    drive.frame()
    assert drive.commands == []


def test_buttons_act_once_for_each_press(drive, glfw) -> None:
    glfw.connect()
    drive.frame()
    for _ in range(3):
        glfw.hold(buttons=(0, 1, 2, 3))
        drive.frame()
    assert (drive.trainer.of(Pause), drive.trainer.of(Reset), drive.trainer.of(Step)) == (
        [Pause()],
        [Reset(0)],
        [Step()],
    )
    assert len(drive.trainer.of(Push)) == 1
    glfw.hold()
    drive.frame()
    drive.trainer.serve(**vars(playing(state=State.PAUSED)))
    glfw.hold(buttons=(0,))
    drive.frame()
    assert drive.trainer.of(Unpause) == [Unpause()]


def test_a_gamepad_that_vanishes_is_one_sentence_and_the_robot_stands_still(drive, glfw) -> None:
    glfw.connect()
    drive.frame()
    glfw.hold(0.0, -1.0)
    drive.frame()
    assert drive.commands == [(0.8, None, None)]
    glfw.connected.clear()
    drive.frame()
    assert drive.commands == [(0.0, None, None)]
    assert "The gamepad Xbox Controller has vanished, and the robot is commanded to stand still" in drive.words
    drive.frame()
    assert drive.commands == []
    glfw.connect(index=0)
    drive.frame()
    assert "has vanished" not in drive.words
    glfw.hold(0.0, 1.0, index=0)
    drive.frame()
    assert drive.commands == [(-0.8, None, None)]


def test_without_a_velocity_command_the_buttons_remain(drive, glfw) -> None:
    drive.trainer.serve(**vars(playing(DrivingDouble((), values={}))))
    glfw.connect()
    drive.frame()
    glfw.hold(0.0, -1.0, buttons=(1,))
    drive.frame()
    assert drive.trainer.of(Reset) == [Reset(0)]
    assert not drive.commands
    assert "stick" not in drive.words


def test_nothing_is_loaded_before_something_plays(drive, glfw) -> None:
    from helpers.recording_trainer import idle

    drive.trainer.serve(**vars(idle()))
    drive.frame()
    assert not glfw.started


def test_where_glfw_does_not_start_there_is_no_gamepad(recwarn) -> None:
    assert GlfwGamepad(GlfwDouble(starts=False)).read() is None
    real = GlfwGamepad()
    assert real.read() is None
    assert real.read() is None
    assert not recwarn.list
