# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The gamepad without Isaac Sim, read with GLFW, which knows the layouts of SDL's database on every system."""

from __future__ import annotations

import warnings
from typing import Any

from ...ui.drive.gamepad import GamepadButton, GamepadState


class GlfwGamepad:
    """The first gamepad that GLFW finds. GLFW is loaded at the first :meth:`read`.

    Args:
        library: The module ``glfw``; None imports it.
    """

    def __init__(self, library: Any = None) -> None:
        self._glfw = library
        self._begun = self._usable = False
        self._id: int | None = None
        self.name = ""

    def read(self) -> GamepadState | None:
        """Returns the state of the gamepad; None without one, or where GLFW cannot start, as without a display."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GLFW's errors, such as that there is no display
            if not self._begun:
                self._begun, self._usable = True, self._begin()
            return self._read() if self._usable else None

    def _begin(self) -> bool:
        try:
            if self._glfw is None:
                import glfw

                self._glfw = glfw
            return bool(self._glfw.init())
        except (ImportError, OSError):  # without a display server's libraries
            return False

    def _read(self) -> GamepadState | None:
        glfw = self._glfw
        glfw.poll_events()  # notices gamepads that come and go
        known = range(glfw.JOYSTICK_1, glfw.JOYSTICK_LAST + 1) if self._id is None else (self._id,)
        for index in known:
            state = glfw.get_gamepad_state(index) if glfw.joystick_is_gamepad(index) else None
            if state is not None:
                if self._id is None:
                    self._id, self.name = index, glfw.get_gamepad_name(index) or ""
                return self._state(state)
        self._id = None
        return None

    def _state(self, state: Any) -> GamepadState:
        glfw = self._glfw
        buttons = {
            GamepadButton.A: glfw.GAMEPAD_BUTTON_A,
            GamepadButton.B: glfw.GAMEPAD_BUTTON_B,
            GamepadButton.X: glfw.GAMEPAD_BUTTON_X,
            GamepadButton.Y: glfw.GAMEPAD_BUTTON_Y,
        }
        return GamepadState(
            # GLFW counts right and down as positive
            forward=-state.axes[glfw.GAMEPAD_AXIS_LEFT_Y],
            sideways=-state.axes[glfw.GAMEPAD_AXIS_LEFT_X],
            turn=-state.axes[glfw.GAMEPAD_AXIS_RIGHT_X],
            buttons=frozenset(name for name, place in buttons.items() if state.buttons[place]),
        )
