# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Turns keys, sliders, the mouse and a gamepad into commands to the trainer. Widgets are elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable

from ...isaac_lab.command_values import VELOCITY, CommandValue, CommandValues
from ...training.commands import Push, ReleaseCommand, Reset, SetCommand, TrainerPort
from ...training.snapshot import DrivingView, Snapshot, State
from ..widgets import keys
from ..widgets.settings import Settings, remembered_number
from .gamepad import Gamepad

KEY_STEPS = 4
"""How many presses of a key lead from standing still to the end of a range."""

WEAKEST, STRONGEST, STRENGTH = 0.1, 5.0, 1.0
"""Limits of a push, and the default [m/s]."""

FORWARD, SIDEWAYS, TURN = VELOCITY
_ALIVE = (State.PLAYING, State.PAUSED)


class Steering:
    """What the user drives: one environment or all, and how.

    Args:
        trainer: Gets the commands.
        settings: Where the choices are remembered.
        followed: Returns the environment that the viewport follows; None for none.
        gamepad: The host's gamepad; None for none.
        arrows_only: Whether the other keys over the viewport are the host's, as in Kit.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        settings: Settings,
        followed: Callable[[], int | None] = lambda: None,
        gamepad: Gamepad | None = None,
        arrows_only: bool = False,
    ) -> None:
        self.gamepad, self.arrows_only = gamepad, arrows_only
        self._trainer, self._settings, self._followed = trainer, settings, followed
        self._everyone = settings.get("drive_all", False) is True
        self._strength = remembered_number(settings, "drive_push", STRENGTH, WEAKEST, STRONGEST)
        self._asked: dict[str, list[float | None]] = {}
        """What was asked for since the trainer's last frame, by term: several keys may be pressed in one frame."""

    @property
    def everyone(self) -> bool:
        """Whether all environments are driven, rather than the followed one."""
        return self._everyone

    @everyone.setter
    def everyone(self, everyone: bool) -> None:
        self._everyone = everyone
        self._settings.set("drive_all", everyone)

    @property
    def strength(self) -> float:
        """Speed that a push adds [m/s]."""
        return self._strength

    @strength.setter
    def strength(self, strength: float) -> None:
        self._strength = min(max(strength, WEAKEST), STRONGEST)
        self._settings.set("drive_push", self._strength)

    @property
    def shown(self) -> int:
        """The environment whose values are shown: the followed one, else the first."""
        driving, followed = self.driving, self._followed() or 0
        return followed if driving is None or followed < driving.num_envs else 0

    @property
    def target(self) -> int | None:
        """The environment that is driven; None for all."""
        return None if self._everyone else self.shown

    @property
    def driving(self) -> DrivingView | None:
        """What can be driven now; None while nothing plays."""
        return driven_by(self._trainer.snapshot())

    @property
    def velocity(self) -> CommandValues | None:
        """The first velocity command of the task; None for a task without one."""
        driving = self.driving
        terms = () if driving is None else driving.terms
        return next((term for term in terms if tuple(value.name for value in term.values[:3]) == VELOCITY), None)

    def update(self) -> None:
        """Once a frame, after the trainer's."""
        self._asked.clear()

    def set_value(self, term: CommandValues, index: int, value: float) -> None:
        """Commands one value of a term; the others stay."""
        asked = self._asked.setdefault(term.name, [None] * len(term.values))
        asked[index] = value
        self._trainer.request(
            SetCommand(term.name, tuple(value if at == index else None for at in range(len(asked))), self.target)
        )

    def release(self) -> None:
        """Gives the commands of the target back to the task."""
        self._trainer.request(ReleaseCommand(self.target))

    def push(self, x: float, y: float, strength: float | None = None) -> None:
        """Pushes the target in a direction of the ground.

        Args:
            x: Component along the world's x; only the ratio of both counts.
            y: Component along its y.
            strength: Speed [m/s]; None for the chosen one.
        """
        length = math.hypot(x, y)
        if length > 0:
            speed = self._strength if strength is None else strength
            self._trainer.request(Push((x / length * speed, y / length * speed, 0.0), self.target))

    def reset(self, everyone: bool) -> None:
        """Resets the shown environment, or all."""
        self._trainer.request(Reset(None if everyone else self.shown))

    def steer(self, name: str, share: float) -> None:
        """Commands a share of the range of a velocity's value: 1 is the upper end, -1 the lower one, 0 stands still."""
        term = self.velocity
        if term is not None:
            index = VELOCITY.index(name)
            value = term.values[index]
            if _ends(value)[0] < _ends(value)[1]:
                self.set_value(term, index, _at_share(value, share))

    def key_pressed(self, key: int, shift: bool) -> bool:
        """Carries out a key of the viewport; returns whether it has a meaning now.

        Args:
            key: Its code.
            shift: Whether Shift is held.
        """
        if self.driving is None:
            return False
        known = keys.KEYS
        if key == known.r:
            self.reset(everyone=shift)
        elif shift or self.velocity is None:
            return False
        elif key == known.x:
            for name in VELOCITY:
                self.steer(name, 0.0)
        elif key in (moves := _moves()):
            self._move(*moves[key])
        else:
            return False
        return True

    def _move(self, name: str, sign: int) -> None:
        term, driving = self.velocity, self.driving
        if term is None or driving is None:
            return
        index = VELOCITY.index(name)
        value = term.values[index]
        now = self._asked.get(term.name, [None] * len(term.values))[index]
        if now is None:
            now = driving.read(term.name, self.shown)[index]
        low, high = _ends(value)
        if low < high:
            step = max(abs(low), abs(high)) / KEY_STEPS
            self.set_value(term, index, min(max(now + sign * step, low), high))


def driven_by(snapshot: Snapshot) -> DrivingView | None:
    """Returns what can be driven in a playback or a preview that is open; None while none is."""
    run = snapshot.run
    driving = None if run is None or snapshot.state not in _ALIVE else run.driving
    return driving if driving is not None and driving.num_envs else None


def _moves() -> dict[int, tuple[str, int]]:
    known = keys.KEYS
    return {
        known.w: (FORWARD, 1),
        known.up: (FORWARD, 1),
        known.s: (FORWARD, -1),
        known.down: (FORWARD, -1),
        known.a: (TURN, 1),
        known.left: (TURN, 1),
        known.d: (TURN, -1),
        known.right: (TURN, -1),
        known.q: (SIDEWAYS, 1),
        known.e: (SIDEWAYS, -1),
    }


def _ends(value: CommandValue) -> tuple[float, float]:
    return (-1.0, 1.0) if value.low is None or value.high is None else (value.low, value.high)


def _at_share(value: CommandValue, share: float) -> float:
    low, high = _ends(value)
    return min(max(share * (high if share > 0 else -low), low), high)
