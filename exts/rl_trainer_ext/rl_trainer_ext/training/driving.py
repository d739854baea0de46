# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives a playback: the user's commands in place of the task's, pushes, and resets, between two environment steps."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..errors import UserError
from ..isaac_lab.command_values import CommandValues, parse_command, require_term
from ..isaac_lab.simulation import SteppedEnv
from .commands import Push, ReleaseCommand, Reset, SetCommand

DriveCommand = SetCommand | ReleaseCommand | Push | Reset


class Driving:
    """What the user does to the environments of a playback or a preview.

    Costs nothing per step until it is used: a term of the task is extended while it is driven.
    """

    def __init__(self) -> None:
        self._env: SteppedEnv | None = None
        self._task = ""
        self._terms: dict[str, Any] = {}
        self._pushable = False
        self._pending: list[Callable[[], None]] = []
        self.on_reset: Callable[[Any], None] | None = None
        """Called with the indices of environments that the user resets, before the step that resets them."""

    @contextlib.contextmanager
    def of(self, env: SteppedEnv, task: str, commands: Sequence[str] = ()) -> Iterator[None]:
        """Within the block, an environment can be driven.

        Args:
            env: The environment, before its first reset: the ranges of its commands are those of the configuration.
            task: Its task, for messages.
            commands: What all environments are commanded, each as ``NAME=V,V,V``.

        Raises:
            UserError: When a command does not suit the task.
        """
        from ..isaac_lab.command_terms import driven_terms
        from ..isaac_lab.disturbing import pushable

        self._env, self._task = env, task
        self._terms = driven_terms(env.unwrapped)
        self._pushable = pushable(env.unwrapped) is not None
        try:
            for name, values in map(parse_command, commands):
                self.obey(SetCommand(name, values))
            yield
        finally:
            for term in self._terms.values():
                term.release(None)
            self._env, self._terms, self._pushable = None, {}, False
            env.before_step = None
            self._pending.clear()

    def obey(self, command: DriveCommand) -> None:
        """Does what the user asks for in the next step.

        Raises:
            UserError: When the task has no such command, a value is outside its range, or there is nothing to push.
        """
        env = self._env
        if env is None:
            raise UserError("Nothing plays that can be driven: play a checkpoint, then drive it.")
        index = command.env_index
        if index is not None and not 0 <= index < env.num_envs:
            raise UserError(f"There is no environment {index}: they are counted from 0 to {env.num_envs - 1}.")
        match command:
            case SetCommand(name, values):
                require_term(self._task, name, tuple(self._terms))
                term = self._terms[name]
                term.drive(term.values.checked(values), index)
            case ReleaseCommand():
                for term in self._terms.values():
                    term.release(index)
            case Push(velocity):
                self._push(velocity, index)
            case Reset():
                self._later(lambda: self._end_episodes(index))

    @property
    def num_envs(self) -> int:
        """The number of environments; 0 while there are none."""
        return 0 if self._env is None else self._env.num_envs

    @property
    def terms(self) -> tuple[CommandValues, ...]:
        """The command terms that can be driven, with the ranges of the moment."""
        return tuple(term.values for term in self._terms.values())

    def read(self, term: str, env_index: int) -> tuple[float, ...]:
        """Returns the values of a term in an environment: the user's, else those that the task has sampled."""
        return self._terms[term].read(env_index)

    def is_driven(self, term: str, env_index: int) -> bool:
        """Returns whether the user's values are in force in an environment."""
        return self._terms[term].is_driven(env_index)

    @property
    def why_no_push(self) -> str:
        """Why no robot can be pushed, in one sentence; empty where one can."""
        from ..isaac_lab.disturbing import why_not_pushable

        return "" if self._pushable or self._env is None else why_not_pushable(self._task)

    def _push(self, velocity: tuple[float, float, float], index: int | None) -> None:
        from ..isaac_lab.disturbing import push, why_not_pushable

        if not all(map(math.isfinite, velocity)):
            raise UserError("A push needs a finite speed: type a number of m/s.")
        if not self._pushable:
            raise UserError(why_not_pushable(self._task))
        self._later(lambda: push(self._unwrapped, self._task, velocity, self._ids(index)))

    def _end_episodes(self, index: int | None) -> None:
        from ..isaac_lab.disturbing import end_episodes

        ids = self._ids(index)
        if self.on_reset is not None:
            self.on_reset(ids)
        end_episodes(self._unwrapped, ids)

    @property
    def _unwrapped(self) -> Any:
        assert self._env is not None
        return self._env.unwrapped

    def _ids(self, index: int | None) -> Any:
        import torch

        env = self._unwrapped
        return torch.arange(env.num_envs, device=env.device)[slice(None) if index is None else slice(index, index + 1)]

    def _later(self, action: Callable[[], None]) -> None:
        """Does something before the next step, inside the run's task."""
        assert self._env is not None
        self._pending.append(action)
        self._env.before_step = self._act

    def _act(self) -> None:
        assert self._env is not None
        self._env.before_step = None
        pending, self._pending = self._pending, []
        for action in pending:
            action()
