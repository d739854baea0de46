# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives with a gamepad: sticks command a velocity, buttons pause, step, reset and push."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...errors import shortened
from .gamepad import Gamepad, GamepadButton, GamepadState
from .steering import FORWARD, SIDEWAYS, TURN, Steering

DEAD_ZONE = 0.1
"""How far a stick may be off its middle without a meaning: those of used gamepads do not return exactly."""

_SMALLEST_CHANGE = 0.01


class GamepadDriver:
    """Carries out what a gamepad says. A stick acts when it moves, so that keys and sliders work beside it.

    Args:
        gamepad: The gamepad.
        steering: Gets the velocities.
        actions: What the buttons do.
    """

    def __init__(
        self, gamepad: Gamepad, steering: Steering, actions: Mapping[GamepadButton, Callable[[], None]]
    ) -> None:
        self._gamepad, self._steering, self._actions = gamepad, steering, actions
        self._before: GamepadState | None = None
        self._name = ""
        self.words = ""
        """What the gamepad does, or that it has vanished, in one sentence; empty if there was none."""

    def update(self) -> None:
        """Reads the gamepad. Called once a frame while the user can drive."""
        state = self._gamepad.read()
        before, self._before = self._before, state
        if state is None:
            if before is not None:
                self._stand_still(before)
                self.words = (
                    f"The gamepad {self._name} has vanished, and the robot is commanded to stand still: connect it "
                    "again, or drive with the keys."
                )
            return
        if before is None:
            before, self._name = GamepadState(), shortened(self._gamepad.name) or "without a name"
            sticks = "left stick drives, right stick turns, " if self._steering.velocity is not None else ""
            self.words = f"Gamepad {self._name}: {sticks}A pauses, Y steps, B resets, X pushes."
        self._steer(before, state)
        for button in state.buttons - before.buttons:
            self._actions[button]()

    def _steer(self, before: GamepadState, state: GamepadState) -> None:
        for name, then, now in (
            (FORWARD, before.forward, state.forward),
            (SIDEWAYS, before.sideways, state.sideways),
            (TURN, before.turn, state.turn),
        ):
            share = _share(now)
            if abs(share - _share(then)) > _SMALLEST_CHANGE or (share == 0.0 != _share(then)):
                self._steering.steer(name, share)

    def _stand_still(self, before: GamepadState) -> None:
        self._steer(before, GamepadState())


def _share(stick: float) -> float:
    """Returns the share of the range for the place of a stick, without a jump at the edge of the dead zone."""
    size = min(1.0, max(0.0, (abs(stick) - DEAD_ZONE) / (1.0 - DEAD_ZONE)))
    return size if stick > 0 else -size
