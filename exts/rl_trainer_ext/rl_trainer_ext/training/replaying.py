# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A replay: the kept steps of an environment, shown by its own task with one environment, forwards and backwards.

Nothing is simulated: the state of each step is put into the scene. It is a preview in all else, so it gives way to the
next run.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import UserError
from ..frames.cooperative import next_frame
from ..isaac_lab import simulation
from ..isaac_lab.simulation import SteppedEnv
from ..run_config import RunConfig
from ..runs.kept_steps import KeptSteps, read
from ..viewport.interface import Viewport
from .commands import Replay
from .failures import describe_run_failure
from .kept_terms import KeptTerms
from .open_environment import OpenEnvironment
from .previewing import Previewing, PreviewSession
from .snapshot import PreviewActions, ReplayView, RunView, State

_FRAMES = 20
"""Frames for the pictures of a replay that shows one step and ends."""


class Replaying(Previewing):
    """The loop of a replay.

    Args:
        speed: Multiple of real time.
        wants_end: Called before each step; True ends the replay.
    """

    def __init__(self, speed: float, wants_end: Callable[[], bool]) -> None:
        super().__init__(speed, PreviewActions.ZERO, wants_end)
        self.index: int | None = None
        """Which of the steps is shown; None before the first."""
        self.drawn: int | None = None
        """The step whose state is drawn; None where none up to the shown one is finite."""
        self._next: int | None = None
        self._usable: np.ndarray = np.zeros(0, bool)

    def seek(self, index: int) -> None:
        """Shows this step next."""
        self._next = index

    def reset(self) -> None:
        """Shows the first step next."""
        self.seek(0)

    def replay(self, env: SteppedEnv, kept: KeptSteps, terms: KeptTerms, once: bool) -> None:
        """Shows one step, and those that are asked for, until the replay ends. Blocks, as :meth:`run`.

        Args:
            env: The environment, of whose environments there is one.
            kept: The steps.
            terms: Shows their terms.
            once: Whether to end after the first of them.
        """
        last = len(kept.steps) - 1
        self._usable = np.ones(last + 1, bool)
        for each in kept.state.values():
            self._usable &= np.isfinite(each.reshape(last + 1, -1)).all(axis=1)
        self._next = last if self._next is None else self._next
        env.reset()
        self._env = env

        def step() -> bool:
            if self._wants_end():
                return False
            index, self._next = self._next, None
            if index is None:  # after the last step comes the first
                index = 0 if self.index is None or self.index >= last else self.index + 1
            self._show(env, kept, min(max(index, 0), last))
            terms.show(self.index or 0)
            env.count_step()
            if self.index == last:
                self._step_until = env.step_count  # it pauses there
            return True

        try:
            if once:
                step()
                for _ in range(_FRAMES):
                    next_frame()
                return
            self._step_until = env.step_count + 1  # the user begins to play
            self._keep_pace(env, None, step)
        finally:
            self._env = None

    def _show(self, env: SteppedEnv, kept: KeptSteps, index: int) -> None:
        from ..isaac_lab import kept_state

        self.index = index
        usable = np.flatnonzero(self._usable[: index + 1])
        self.drawn = int(usable[-1]) if len(usable) else None
        if self.drawn is None:
            return
        state = {name: each[self.drawn] for name, each in kept.state.items()}
        commands = {
            name.removeprefix("command/"): each[self.drawn]
            for name, each in kept.values.items()
            if name.startswith("command/") and np.isfinite(each[self.drawn]).all()
        }
        kept_state.put(env.unwrapped, state, commands)


class ReplaySession(PreviewSession):
    """A replay, from its file to its closed environment.

    Args:
        config: What was asked for; its library may be empty.
        command: The command that asked for it.
        viewport: Draws the environment; None for no viewport.
        admit: As for :class:`Session`.
    """

    def __init__(
        self,
        config: RunConfig,
        command: Replay,
        viewport: Viewport | None = None,
        admit: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(config, command, viewport, admit)
        self.replaying = Replaying(config.speed, self._gives_way)
        self.playing = self.previewing = self.replaying
        self._replay = command
        self._kept: KeptSteps | None = None

    def view(self) -> RunView:
        """Returns the replay as it is now."""
        return dataclasses.replace(super().view(), replay=self._view(), driving=None)

    def _view(self) -> ReplayView:
        kept, replaying = self._kept, self.replaying
        if kept is None or replaying.index is None:
            return ReplayView(self._replay.file)
        if replaying.drawn is None:
            note = "No state up to this step is finite, so the robot is drawn as after a reset."
        elif replaying.drawn < replaying.index:
            note = f"The state of this step is not finite: the robot is drawn as in step {kept.steps[replaying.drawn]}."
        else:
            note = ""
        steps = tuple(kept.steps.tolist())
        return ReplayView(
            self._replay.file, steps, replaying.index, tuple(kept.bad(replaying.index)), kept.sentence, note
        )

    def describe(self, exception: BaseException) -> str:
        """Returns one sentence about what ended the replay."""
        return describe_run_failure(exception, playing=True, run_dir=None, saved=None, what="The replay")

    def run(self) -> None:
        """Replays until it is ended; see :meth:`Session.run`."""
        self._report("Reading the steps…")
        kept = self._kept = read(self._replay.file)
        step = self._replay.step
        if step is not None:
            self.replaying.seek(kept.index_of(step, self._replay.file))
        super().run()

    def _step(self, opened: OpenEnvironment) -> None:
        from ..isaac_lab.kept_state import difference

        kept = self._kept
        assert kept is not None
        self.metrics.step_unit = "environment steps"
        with simulation.stepped(opened.env, self._viewport, one_agent=False) as env:
            other = difference(env.unwrapped, kept.state)
            if other:
                raise UserError(
                    f"{self._replay.file} does not fit {self.config.task} as it is now ({other}): replay it with the "
                    "code and the settings of its run."
                )
            with self._stepping(State.PLAYING, env):
                self.replaying.replay(env, kept, KeptTerms(kept, self.terms.terms), self._replay.once)
