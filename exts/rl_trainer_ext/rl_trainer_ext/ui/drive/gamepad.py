# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A gamepad as the user interface sees it; each host has one."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol


class GamepadButton(enum.Enum):
    """The buttons that have a meaning, by their names on Xbox gamepads."""

    A = "a"
    B = "b"
    X = "x"
    Y = "y"


@dataclass(frozen=True)
class GamepadState:
    """What is held at one moment. Sticks are from -1 to 1; up and left are positive, as in the robot's frame."""

    forward: float = 0.0
    """The left stick, up."""
    sideways: float = 0.0
    """The left stick, to the left."""
    turn: float = 0.0
    """The right stick, to the left."""
    buttons: frozenset[GamepadButton] = frozenset()


class Gamepad(Protocol):
    """The first gamepad of the machine, whichever it is."""

    @property
    def name(self) -> str:
        """What it calls itself; empty without one."""
        ...

    def read(self) -> GamepadState | None:
        """Returns its present state; None without a gamepad. Called once a frame."""
        ...
