# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The rounds: in each, every program runs once, in turns with the others or after them; some rounds may share turns."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator

from rl_trainer_ext.errors import UserError

from . import processes
from .plan import BenchConfig, Program
from .processes import Child
from .programs import WARM_UP_RUNS, Runner, Running
from .progress import Progress
from .summary import Measurement

START = 0.5
"""Share of a program's time until it begins to take turns, as far as the time that is left is concerned."""


def progress_of(config: BenchConfig, has_display: bool) -> Progress:
    """The progress of a whole benchmark."""
    programs = len(config.programs) - (Program.VIEWER in config.programs and not has_display)
    turns = math.ceil(config.repeat / config.together) if config.turns else 0
    return Progress(
        len(config.num_envs) * (1 + config.repeat * programs + turns),
        len(config.num_envs) * (WARM_UP_RUNS + config.repeat * programs),
    )


class Rounds:
    """All rounds for one number of environments.

    Args:
        runner: Runs the programs.
        num_envs: Number of parallel environments.
        progress: Where it is told.
    """

    def __init__(self, runner: Runner, num_envs: int, progress: Progress) -> None:
        self._runner, self._num_envs, self._progress = runner, num_envs, progress
        self.steps_per_iteration = 0
        """Environment steps of one iteration, over all parallel environments; the same for all programs."""
        self.measurements: list[Measurement] = []
        """What was measured, also when the rest cannot be."""
        self.notes: dict[Program, str] = {}
        """Words about programs."""

    def run(self) -> None:
        """Runs all of them.

        Raises:
            UserError: When a program fails, unless it is Isaac Lab's viewer: its row has a note then.
            KeyboardInterrupt: When somebody asked for the end. No program is left behind.
        """
        config = self._runner.config
        if not self._runner.display:
            self.notes[Program.VIEWER] = "no display"
        with self._progress.step(f"{self._num_envs:,} environments, warm-up", WARM_UP_RUNS):
            self.steps_per_iteration = self._runner.warm_up(self._num_envs)
        for first in range(0, config.repeat, config.together):
            rounds = range(first, min(first + config.together, config.repeat))
            if config.turns:
                self._in_turns(rounds)
            else:
                self._one_after_the_other(first)

    def _programs(self) -> list[Program]:
        """Those to be run; what could not be run once is not tried again."""
        measured = {measurement.program for measurement in self.measurements}
        return [each for each in self._runner.config.programs if each not in self.notes or each in measured]

    def _what(self, rounds: range) -> str:
        numbers = f"round {rounds[0] + 1}" if len(rounds) == 1 else f"rounds {rounds[0] + 1} to {rounds[-1] + 1}"
        return f"{self._num_envs:,} environments, {numbers} of {self._runner.config.repeat}"

    def _one_after_the_other(self, round: int) -> None:
        what = self._what(range(round, round + 1))
        for program in self._programs():
            with self._progress.step(f"{what}: {program.label}"), self._noting_failures(program):
                self._measured(*self._runner.run(program, self._num_envs, round, self.steps_per_iteration))

    def _in_turns(self, rounds: range) -> None:
        at_work: dict[Child, tuple[Program, Running]] = {}

        def ended(child: Child) -> None:
            program, running = at_work[child]
            with self._noting_failures(program):
                self._measured(*running.measure())

        try:
            for round in rounds:
                what = self._what(range(round, round + 1))
                for program in self._programs():
                    with self._progress.step(f"{what}: {program.label} starts", START):
                        running = self._runner.start(program, self._num_envs, round, self.steps_per_iteration)
                        child = running.child
                        at_work[child] = (program, running)
                        child.wait(running.past_first_iteration)
                        child.stop()
                        if child.finished is not None:
                            ended(child)
            turns = f"{self._what(rounds)}: all take turns of {self._runner.config.turns:g} s"
            with self._progress.step(turns, (1 - START) * len(at_work)):
                processes.take_turns(list(at_work), self._runner.config.turns, ended)
        finally:
            processes.end(list(at_work))

    def _measured(self, measurement: Measurement, note: str) -> None:
        self.measurements.append(measurement)
        if note:
            self.notes[measurement.program] = note

    @contextlib.contextmanager
    def _noting_failures(self, program: Program) -> Iterator[None]:
        """A viewer that fails is a note."""
        try:
            yield
        except UserError as error:
            if program is not Program.VIEWER:
                raise
            self.notes[program] = f"failed: {error}"
