# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The values of a task's command terms, as their configurations declare them: names, units, ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..errors import UserError, shortened
from ..overrides.hydra import nearest

Range = tuple[float, float]

VELOCITY = ("lin_vel_x", "lin_vel_y", "ang_vel_z")
POSE = ("pos_x", "pos_y", "pos_z", "roll", "pitch", "yaw")
PLANE_POSE = ("pos_x", "pos_y", "heading")

_UNITS = {"lin_vel": "m/s", "ang_vel": "rad/s", "pos": "m", "heading": "rad", "roll": "rad", "pitch": "rad"}
_UNITS["yaw"] = "rad"
_ROUNDING = 1e-6
"""Relative distance from the end of a range that is still within it: sliders have 32 bits."""


@dataclass(frozen=True)
class CommandValue:
    """One value of a command."""

    name: str
    unit: str = ""
    low: float | None = None
    """The smallest value that the task asks for; None without a limit."""
    high: float | None = None

    @property
    def bounded(self) -> bool:
        """Whether the task declares a range."""
        return self.low is not None and self.high is not None

    def checked(self, term: str, value: float) -> float:
        """Returns a value within the range.

        Args:
            term: The name of the command term, for the message.
            value: What the user asks for.

        Raises:
            UserError: When it is no finite number, or outside the range.
        """
        what = f"{term}.{self.name}"
        if not math.isfinite(value):
            raise UserError(f"{what} must be a finite number, not {value}.")
        if self.low is None or self.high is None:
            return value
        margin = _ROUNDING * max(1.0, abs(self.low), abs(self.high))
        if not self.low - margin <= value <= self.high + margin:
            raise UserError(
                f"{what} must be from {self.low:g} to {self.high:g}{self.unit and ' '}{self.unit}, the range of the "
                f"task, not {value:g}: give a value in it, or widen env.commands.{term}.ranges."
            )
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class CommandValues:
    """A command term and its values, in their order."""

    name: str
    values: tuple[CommandValue, ...]

    @property
    def required(self) -> int:
        """How many values a whole command has; a heading in place of a turning speed is extra."""
        names = [value.name for value in self.values]
        return len(names) - 1 if names[: len(VELOCITY)] == list(VELOCITY) and "heading" in names else len(names)

    def checked(self, wanted: Sequence[float | None]) -> tuple[float | None, ...]:
        """Returns a command of this term, one entry for each value; None keeps a value as it is.

        Raises:
            UserError: When the number of values is another one, or a value is outside its range.
        """
        if len(wanted) not in (self.required, len(self.values)):
            names = ", ".join(value.name for value in self.values[: self.required])
            raise UserError(
                f"{self.name} takes {self.required} value{'s' * (self.required != 1)} ({names}), not {len(wanted)}."
            )
        padded = *wanted, *(None,) * (len(self.values) - len(wanted))
        return tuple(
            None if each is None else value.checked(self.name, each)
            for value, each in zip(self.values, padded, strict=True)
        )

    def widened(self, by: CommandValues) -> CommandValues:
        """Returns the term with ranges that include those of another moment: a curriculum may change them."""
        return replace(self, values=tuple(_widened(*pair) for pair in zip(self.values, by.values, strict=True)))


def values_of_cfg(name: str, cfg: Any) -> CommandValues | None:
    """Returns the values of a command term as far as its configuration tells them; None if it does not.

    Args:
        name: The name of the term.
        cfg: Its ``CommandTermCfg``.
    """
    ranges = getattr(cfg, "ranges", None)
    names: tuple[str, ...]
    if hasattr(ranges, "mean_vel") or all(hasattr(ranges, each) for each in VELOCITY):
        names = (*VELOCITY, "heading") if getattr(cfg, "heading_command", False) else VELOCITY
    elif hasattr(cfg, "simple_heading"):
        names = PLANE_POSE
    elif all(hasattr(ranges, each) for each in POSE):
        names = POSE
    else:
        return None
    limits = {each: _range(getattr(ranges, each, None)) for each in names}
    if getattr(cfg, "simple_heading", False):
        names = PLANE_POSE[:2]  # the heading points to the target
    return CommandValues(
        name, tuple(CommandValue(each, _unit(each), *(limits[each] or (None, None))) for each in names)
    )


def plain_values(name: str, cfg: Any, size: int) -> CommandValues:
    """Returns the values of a command term of an unknown kind, whose command has ``size`` values."""
    names = getattr(cfg, "element_names", None) or ()
    if len(names) != size:
        names = tuple(str(index) for index in range(size))
    return CommandValues(name, tuple(CommandValue(str(each), _unit(str(each))) for each in names))


def parse_command(text: str) -> tuple[str, tuple[float, ...]]:
    """Returns term and values of a command such as ``base_velocity=0.5,0,0.2``.

    Raises:
        UserError: When it is none.
    """
    name, _, values = text.partition("=")
    try:
        numbers = tuple(float(each) for each in values.split(","))
    except ValueError:
        numbers = ()
    if not name.strip() or not numbers:
        raise UserError(
            f"'{shortened(text)}' is no command: write NAME=V,V,V, such as --command base_velocity=0.5,0,0.2."
        )
    return name.strip(), numbers


def check_commands(task: str, env_cfg: Any, commands: Sequence[str]) -> None:
    """Checks fixed commands before the environment is created, as far as its configuration tells.

    Args:
        task: The task, for messages.
        env_cfg: Isaac Lab's configuration of its environment.
        commands: Each as for :func:`parse_command`.

    Raises:
        UserError: When the task has no such command, or the values do not suit it.
    """
    cfgs = command_cfgs(env_cfg)
    for name, values in map(parse_command, commands):
        require_term(task, name, tuple(cfgs))
        declared = values_of_cfg(name, cfgs[name])
        if declared is not None:
            declared.checked(values)


def command_cfgs(env_cfg: Any) -> dict[str, Any]:
    """Returns the configurations of a task's command terms, by name; empty for a task without commands."""
    commands = getattr(env_cfg, "commands", None)
    found = commands if isinstance(commands, dict) else getattr(commands, "__dict__", {})
    return {name: cfg for name, cfg in found.items() if hasattr(cfg, "resampling_time_range")}


def require_term(task: str, name: str, terms: Sequence[str]) -> None:
    """Checks that a task has a command term.

    Raises:
        UserError: When it has none of that name.
    """
    if name in terms:
        return
    if not terms:
        raise UserError(f"{task} has no commands to drive: it takes none, so leave out '{shortened(name)}'.")
    raise UserError(f"{task} has no command '{shortened(name)}'{nearest(name, terms)}")


def _unit(name: str) -> str:
    return next((unit for prefix, unit in _UNITS.items() if name.startswith(prefix)), "")


def _range(declared: Any) -> Range | None:
    try:
        low, high = (float(each) for each in declared)
    except (TypeError, ValueError):
        return None
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low <= high else None


def _widened(first: CommandValue, second: CommandValue) -> CommandValue:
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return replace(first, low=None, high=None)
    return replace(first, low=min(first.low, second.low), high=max(first.high, second.high))
