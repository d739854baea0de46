# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keyboard and gamepad drive in Kit. The input of Kit is real; devices and the application's window are made here."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import stand_ins
from kernel import Kernel

APPWINDOW = "omni.appwindow"


class Devices:
    """A keyboard and a gamepad of Kit, and the application's window that hands them out."""

    def __init__(self) -> None:
        import carb.input

        self.known = carb.input
        self.input, self.provider = carb.input.acquire_input_interface(), carb.input.acquire_input_provider()
        self.keyboard = self.provider.create_keyboard("keyboard")
        self.pad: Any = None

    def get_default_app_window(self) -> SimpleNamespace:
        return SimpleNamespace(get_keyboard=lambda: self.keyboard)

    def connect(self, connected: bool) -> None:
        if self.pad is None:
            self.pad = self.provider.create_gamepad("Pad of the test", "guid")
        self.provider.set_gamepad_connected(self.pad, connected)
        self._distribute()

    def move(self, name: str, value: float) -> None:
        self.provider.buffer_gamepad_event(self.pad, getattr(self.known.GamepadInput, name), value)
        self.provider.update_gamepad(self.pad)
        self._distribute()

    def press(self, name: str) -> None:
        kind, key = self.known.KeyboardEventType, getattr(self.known.KeyboardInput, name)
        for event in (kind.KEY_PRESS, kind.KEY_RELEASE):
            self.provider.buffer_keyboard_key_event(self.keyboard, event, key, 0)
            self.provider.update_keyboard(self.keyboard)
            self._distribute()

    def _distribute(self) -> None:
        self.input.distribute_buffered_events()

    def close(self) -> None:
        if self.pad is not None:
            self.provider.destroy_gamepad(self.pad)
        self.provider.destroy_keyboard(self.keyboard)


@pytest.fixture
def devices(enabled: Kernel) -> Iterator[Devices]:
    devices = Devices()
    stand_ins.install(APPWINDOW, SimpleNamespace(get_default_app_window=devices.get_default_app_window))
    yield devices
    stand_ins.remove(APPWINDOW)
    devices.close()


def commands_of(trainer: Any) -> list[Any]:
    """What the trainer was asked to command since the last call."""
    from rl_trainer_ext.training.commands import SetCommand

    asked = [command.values for command in trainer.of(SetCommand)]
    trainer.commands.clear()
    return asked


def test_arrows_drive_while_the_viewport_has_the_focus(devices: Devices) -> None:
    from helpers.driving_double import playing
    from helpers.recording_trainer import RecordingTrainerDouble, SettingsInMemory
    from rl_trainer_ext.hosts.kit.drive_input import ArrowKeys
    from rl_trainer_ext.ui.drive.steering import Steering

    trainer, viewport = RecordingTrainerDouble(playing()), SimpleNamespace(focused=True)
    arrows = ArrowKeys(Steering(trainer, SettingsInMemory()), lambda: viewport)
    devices.press("UP")
    devices.press("RIGHT")
    devices.press("W")  # flies the camera
    assert commands_of(trainer) == [(pytest.approx(0.3), None, None), (None, None, pytest.approx(-0.75))]
    viewport.focused = False
    devices.press("UP")
    viewport.focused = True
    arrows.close()
    devices.press("UP")
    assert commands_of(trainer) == []


def test_a_gamepad_comes_drives_and_vanishes(devices: Devices) -> None:
    import carb.settings
    from rl_trainer_ext.hosts.kit.drive_input import CAMERA_SETTING, KitGamepad
    from rl_trainer_ext.ui.drive.gamepad import GamepadButton, GamepadState

    settings = carb.settings.get_settings()
    settings.set(CAMERA_SETTING, True)
    gamepad = KitGamepad()
    assert (gamepad.read(), gamepad.name) == (None, "")
    devices.connect(True)
    assert (gamepad.read(), gamepad.name) == (GamepadState(), "Pad of the test")
    assert settings.get(CAMERA_SETTING) is False
    devices.move("LEFT_STICK_DOWN", 0.5)
    devices.move("RIGHT_STICK_LEFT", 1.0)
    devices.move("B", 1.0)
    assert gamepad.read() == GamepadState(-0.5, 0.0, 1.0, frozenset({GamepadButton.B}))
    devices.connect(False)
    assert (gamepad.read(), gamepad.name) == (None, "")
    devices.connect(True)
    assert gamepad.read() is not None
    gamepad.close()
    assert settings.get(CAMERA_SETTING) is True
