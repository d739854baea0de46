# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Gives the command terms of an open environment the user's values in place of those that the task samples.

A driven term's ``compute`` and ``reset`` are extended: :meth:`ManagerBasedRLEnv.step` resets environments, computes the
commands and then observes, so the user's values are in the command and in the observation of the same step. A term that
is not driven is untouched.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from .command_values import CommandValues, plain_values, values_of_cfg

_EXTENDED = ("compute", "reset")


class DrivenTerm:
    """A command term of any kind, whose command is one tensor that it keeps.

    Args:
        term: Isaac Lab's term.
        values: Its values.
        origins: The origins of the environments, of shape (num_envs, 3) [m].
    """

    def __init__(self, term: Any, values: CommandValues, origins: torch.Tensor) -> None:
        self._term, self._declared, self._origins = term, values, origins
        self._wanted = torch.full((term.num_envs, len(values.values)), math.nan, device=term.device)
        self._driven = torch.zeros(term.num_envs, dtype=torch.bool)
        self._ids: Any = None

    @property
    def values(self) -> CommandValues:
        """The values with their ranges, which include those of the moment: a curriculum may widen them."""
        now = values_of_cfg(self._declared.name, self._term.cfg)
        if now is None or len(now.values) != len(self._declared.values):
            return self._declared
        return self._declared.widened(now)

    def is_driven(self, env_index: int) -> bool:
        """Returns whether the user's values are in force in an environment."""
        return bool(self._driven[env_index])

    def read(self, env_index: int) -> tuple[float, ...]:
        """Returns the values in an environment: what the user asks for, else what the task has sampled."""
        now = self._now([env_index])[0]
        if self._driven[env_index]:
            wanted = self._wanted[env_index]
            now = torch.where(wanted.isnan(), now, wanted)
        return tuple(now.tolist())

    def drive(self, wanted: Sequence[float | None], env_index: int | None) -> None:
        """Puts values in force from the next step on.

        Args:
            wanted: One for each value, within its range; None keeps it as it is now.
            env_index: The environment; None for all.
        """
        chosen = slice(None) if env_index is None else slice(env_index, env_index + 1)
        ids = torch.arange(self._term.num_envs)[chosen]
        new = ids[~self._driven[ids]].to(self._term.device)
        if len(new):
            self._wanted[new] = self._kept(new)
        for column, value in enumerate(wanted):
            if value is not None:
                self._wanted[chosen, column] = value
                self._replaced(chosen, column)
        self._driven[chosen] = True
        self._extend()

    def release(self, env_index: int | None) -> None:
        """Gives the command back to the task, which samples a new one in the next step; None for all environments."""
        chosen = slice(None) if env_index is None else slice(env_index, env_index + 1)
        self._term.time_left[chosen] = torch.where(
            self._driven[chosen].to(self._term.device), 0.0, self._term.time_left[chosen]
        )
        self._driven[chosen] = False
        self._extend()

    def _extend(self) -> None:
        """Extends the term while any environment is driven."""
        term = self._term
        for name in _EXTENDED:
            vars(term).pop(name, None)
        self._ids = self._driven.nonzero().flatten().to(term.device)
        if len(self._ids) == 0:
            return
        compute, reset = term.compute, term.reset

        def compute_and_drive(dt: float) -> None:
            self._before(self._ids, self._wanted[self._ids])
            compute(dt)
            self._after(self._ids, self._wanted[self._ids])

        def reset_and_drive(env_ids: Any = None) -> Any:
            extras = reset(env_ids)
            self._before(self._ids, self._wanted[self._ids])
            self._after(self._ids, self._wanted[self._ids])
            return extras

        term.compute, term.reset = compute_and_drive, reset_and_drive

    def _now(self, ids: Any) -> torch.Tensor:
        """Returns the values of environments, of shape (len(ids), number of values)."""
        return self._term.command[ids].clone()

    def _kept(self, ids: Any) -> torch.Tensor:
        """Returns the values that stay in force when others are changed; NaN where one follows from the others."""
        return self._now(ids)

    def _replaced(self, chosen: slice, column: int) -> None:
        """Called when a value was changed that may exclude another."""

    def _before(self, ids: Any, wanted: torch.Tensor) -> None:
        """Called before the term computes: prevents that it samples another command."""
        self._term.time_left[ids] = math.inf

    def _after(self, ids: Any, wanted: torch.Tensor) -> None:
        """Called after the term has computed: writes the command."""
        self._term.command[ids] = wanted


class _Velocity(DrivenTerm):
    """A velocity in the robot's frame; the turning speed may follow from a heading."""

    _TURN, _HEADING = 2, 3

    @property
    def _has_heading(self) -> bool:
        return self._wanted.shape[1] > self._HEADING

    def _now(self, ids: Any) -> torch.Tensor:
        velocity = self._term.command[ids].clone()
        if not self._has_heading:
            return velocity
        return torch.cat([velocity, self._term.heading_target[ids].unsqueeze(1)], dim=1)

    def _kept(self, ids: Any) -> torch.Tensor:
        now = self._now(ids)
        if self._has_heading:
            to_heading = self._term.is_heading_env[ids]
            now[to_heading, self._TURN] = math.nan
            now[~to_heading, self._HEADING] = math.nan
        return now

    def _replaced(self, chosen: slice, column: int) -> None:
        other = {self._TURN: self._HEADING, self._HEADING: self._TURN}.get(column)
        if other is not None and self._has_heading:
            self._wanted[chosen, other] = math.nan

    def _before(self, ids: Any, wanted: torch.Tensor) -> None:
        super()._before(ids, wanted)
        self._term.is_standing_env[ids] = False
        if self._has_heading:
            to_heading = ~wanted[:, self._HEADING].isnan()
            self._term.is_heading_env[ids] = to_heading
            self._term.heading_target[ids[to_heading]] = wanted[to_heading, self._HEADING]

    def _after(self, ids: Any, wanted: torch.Tensor) -> None:
        velocity = wanted[:, : self._HEADING]
        self._term.command[ids] = torch.where(velocity.isnan(), self._term.command[ids], velocity)


class _Pose(DrivenTerm):
    """Position and orientation, which the user gives as roll, pitch and yaw, and the term keeps as a quaternion."""

    def _now(self, ids: Any) -> torch.Tensor:
        from isaaclab.utils.math import euler_xyz_from_quat

        pose = self._term.command[ids].clone()
        return torch.cat([pose[:, :3], torch.stack(euler_xyz_from_quat(pose[:, 3:7]), dim=1)], dim=1)

    def _after(self, ids: Any, wanted: torch.Tensor) -> None:
        from isaaclab.utils.math import quat_from_euler_xyz, quat_unique

        orientation = quat_from_euler_xyz(wanted[:, 3], wanted[:, 4], wanted[:, 5])
        if getattr(self._term.cfg, "make_quat_unique", False):
            orientation = quat_unique(orientation)
        self._term.command[ids] = torch.cat([wanted[:, :3], orientation], dim=1)


class _PlanePose(DrivenTerm):
    """A place on the ground relative to the environment's origin, and a heading; the term keeps both in the world."""

    def _now(self, ids: Any) -> torch.Tensor:
        place = self._term.pos_command_w[ids, :2] - self._origins[ids, :2]
        columns = [place, self._term.heading_command_w[ids].unsqueeze(1)]
        return torch.cat(columns, dim=1)[:, : self._wanted.shape[1]]

    def _before(self, ids: Any, wanted: torch.Tensor) -> None:
        super()._before(ids, wanted)
        term = self._term
        term.pos_command_w[ids, :2] = self._origins[ids, :2] + wanted[:, :2]
        if wanted.shape[1] > 2:
            term.heading_command_w[ids] = wanted[:, 2]
        else:
            term.heading_command_w[ids] = self._towards(ids)

    def _towards(self, ids: Any) -> torch.Tensor:
        """Returns the heading to the target, or away from it where the robot has to turn less, as the term does."""
        from isaaclab.utils.math import wrap_to_pi

        term = self._term
        way = term.pos_command_w[ids, :2] - term.robot.data.root_pos_w.torch[ids, :2]
        towards, heading = torch.atan2(way[:, 1], way[:, 0]), term.robot.data.heading_w.torch[ids]
        away = wrap_to_pi(towards + torch.pi)
        nearer = wrap_to_pi(towards - heading).abs() < wrap_to_pi(away - heading).abs()
        return torch.where(nearer, towards, away)

    def _after(self, ids: Any, wanted: torch.Tensor) -> None:
        """Does nothing: the term computes its command from what was written before."""


def driven_terms(env: Any) -> dict[str, DrivenTerm]:
    """Returns the command terms of an environment that can be driven, by name; empty for a task without commands.

    Args:
        env: The environment, unwrapped.
    """
    from isaaclab.envs.mdp import NullCommand

    manager = getattr(env, "command_manager", None)
    if manager is None:
        return {}
    terms = {name: manager.get_term(name) for name in manager.active_terms}
    origins = env.scene.env_origins
    found = {name: _driven(name, term, origins) for name, term in terms.items() if not isinstance(term, NullCommand)}
    return {name: term for name, term in found.items() if term is not None}


def _driven(name: str, term: Any, origins: torch.Tensor) -> DrivenTerm | None:
    """Returns a term as one that can be driven; None if its command follows from something that is not known here."""
    values = values_of_cfg(name, term.cfg)
    if values is not None:
        if all(hasattr(term, each) for each in ("pos_command_w", "heading_command_w")):
            return _PlanePose(term, values, origins)
        if _keeps_command(term, 7) and len(values.values) == 6:
            return _Pose(term, values, origins)
        if _keeps_command(term, 3) and hasattr(term, "is_standing_env"):
            return _Velocity(term, values, origins)
    size = math.prod(term.command.shape[1:])
    return DrivenTerm(term, plain_values(name, term.cfg, size), origins) if _keeps_command(term, size) else None


def _keeps_command(term: Any, size: int) -> bool:
    """Whether a term's command is a tensor that it keeps, of shape (num_envs, size), rather than one made anew."""
    first, second = term.command, term.command
    return tuple(first.shape) == (term.num_envs, size) and first.data_ptr() == second.data_ptr()
