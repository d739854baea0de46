# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Arrow keys over Kit's viewport and a gamepad, from ``carb.input``, for driving a playback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import carb.input
import carb.settings

from ...ui.drive.gamepad import GamepadButton, GamepadState
from ...ui.drive.steering import Steering
from ...ui.widgets import keys
from .names import optional

CAMERA_SETTING = "/persistent/app/omniverse/gamepadCameraControl"
"""Whether a gamepad moves Kit's camera; Isaac Lab's own gamepad switches it off as well."""

_ARROWS = {"UP": "up", "DOWN": "down", "LEFT": "left", "RIGHT": "right"}
_PRESSED = (carb.input.KeyboardEventType.KEY_PRESS, carb.input.KeyboardEventType.KEY_REPEAT)
_GONE = (carb.input.GamepadConnectionEventType.DISCONNECTED, carb.input.GamepadConnectionEventType.DESTROYED)


def _input_interface() -> Any:
    try:
        return carb.input.acquire_input_interface()
    except RuntimeError:  # a Kit without a window has no input plugin
        return None


def _app_window() -> Any:
    appwindow = optional("omni.appwindow")
    get = getattr(appwindow, "get_default_app_window", None)
    return None if get is None else get()


class KitGamepad:
    """The gamepad that was connected first. While it drives, it does not move Kit's camera; until :meth:`close`."""

    def __init__(self) -> None:
        self._input = _input_interface()
        self._connected: list[Any] = []
        self._camera: bool | None = None
        if self._input is not None:
            # carb.input reports at once those that are connected already
            self._subscription = self._input.subscribe_to_gamepad_connection_events(self._changed)

    def _changed(self, event: Any) -> None:
        if event.type == carb.input.GamepadConnectionEventType.CONNECTED and event.gamepad not in self._connected:
            self._connected.append(event.gamepad)
        elif event.type in _GONE and event.gamepad in self._connected:
            self._connected.remove(event.gamepad)

    @property
    def name(self) -> str:
        """What it calls itself; empty without one."""
        return str(self._input.get_gamepad_name(self._connected[0])) if self._connected else ""

    def read(self) -> GamepadState | None:
        """Returns its present state; None without a gamepad."""
        if not self._connected:
            return None
        if self._camera is None:
            settings = carb.settings.get_settings()
            self._camera = bool(settings.get(CAMERA_SETTING))
            settings.set(CAMERA_SETTING, False)
        known = carb.input.GamepadInput
        pressed = {each for each in GamepadButton if self._value(getattr(known, each.name)) > 0.5}
        return GamepadState(
            forward=self._value(known.LEFT_STICK_UP) - self._value(known.LEFT_STICK_DOWN),
            sideways=self._value(known.LEFT_STICK_LEFT) - self._value(known.LEFT_STICK_RIGHT),
            turn=self._value(known.RIGHT_STICK_LEFT) - self._value(known.RIGHT_STICK_RIGHT),
            buttons=frozenset(pressed),
        )

    def _value(self, place: Any) -> float:
        return float(self._input.get_gamepad_value(self._connected[0], place))

    def close(self) -> None:
        """Stops listening; gives Kit's camera its gamepad back."""
        if self._input is not None:
            self._input.unsubscribe_to_gamepad_connection_events(self._subscription)
            self._input = None
        self._connected.clear()
        if self._camera is not None:
            carb.settings.get_settings().set(CAMERA_SETTING, self._camera)
            self._camera = None


class ArrowKeys:
    """The arrows drive while Kit's viewport has the focus; W A S D are the keys of its camera. Kit hears them too.

    Args:
        steering: Carries them out.
        viewport: Returns the window of Kit's active viewport, or None.
    """

    def __init__(self, steering: Steering, viewport: Callable[[], Any]) -> None:
        self._steering, self._viewport = steering, viewport
        self._input, window = _input_interface(), _app_window()
        self._keyboard = None if self._input is None or window is None else window.get_keyboard()
        if self._keyboard is not None:
            self._subscription = self._input.subscribe_to_keyboard_events(self._keyboard, self._heard)

    def _heard(self, event: Any) -> bool:
        name = _ARROWS.get(getattr(event.input, "name", ""))
        if name is not None and event.type in _PRESSED and not event.modifiers and not keys.is_typing():
            window = self._viewport()
            if window is not None and getattr(window, "focused", False):
                self._steering.key_pressed(getattr(keys.KEYS, name), shift=False)
        return True  # pass the event on

    def close(self) -> None:
        """Stops listening."""
        if self._keyboard is not None:
            self._input.unsubscribe_to_keyboard_events(self._keyboard, self._subscription)
            self._keyboard = None
