# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The rounds: in each, every program runs once, in turns with the others or after them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.console import say

from . import processes
from .plan import BenchConfig, Program
from .processes import Child
from .programs import WARM_UP_RUNS, Runner, Running
from .summary import Measurement

START = 0.5
"""Share of a program's run that counts as done when it begins to take turns; the estimate of the time left uses it."""


class Progress:
    """Prints on stderr what runs, and estimates the time left from the steps so far.

    Args:
        steps: How many there will be.
        runs: How many programs will run in them.
    """

    def __init__(self, steps: int, runs: float) -> None:
        self._steps, self._runs = steps, runs
        self._steps_done, self._runs_done, self._seconds = 0, 0.0, 0.0

    @contextlib.contextmanager
    def step(self, what: str, runs: float = 1) -> Iterator[None]:
        """One step, in which this number of programs runs; a program that does not end in it counts in part."""
        left = ""
        if self._runs_done:
            seconds = self._seconds / self._runs_done * (self._runs - self._runs_done)
            left = f", about {seconds / 60:.0f} min left" if seconds >= 90 else f", about {seconds:.0f} s left"
        say(f"[{self._steps_done + 1}/{self._steps}] {what}{left}")
        start = time.monotonic()
        yield
        self._seconds += time.monotonic() - start
        self._steps_done += 1
        self._runs_done += runs


def progress_of(config: BenchConfig, has_display: bool) -> Progress:
    """The progress of a whole benchmark."""
    programs = len(config.programs) - (Program.VIEWER in config.programs and not has_display)
    return Progress(
        len(config.num_envs) * (1 + config.repeat * (programs + (config.turns > 0))),
        len(config.num_envs) * (WARM_UP_RUNS + config.repeat * programs),
    )


class Rounds:
    """All rounds for one number of environments.

    Args:
        runner: Runs the programs.
        num_envs: Number of parallel environments.
        progress: Prints each step.
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
            UserError: When a program fails, except Isaac Lab's viewer: its row has a note then.
            KeyboardInterrupt: When the user interrupts. All programs have ended then.
        """
        config = self._runner.config
        if not self._runner.display:
            self.notes[Program.VIEWER] = "no display"
        with self._progress.step(f"{self._num_envs:,} environments, warm-up", WARM_UP_RUNS):
            self.steps_per_iteration = self._runner.warm_up(self._num_envs)
        for round in range(config.repeat):
            what = f"{self._num_envs:,} environments, round {round + 1} of {config.repeat}"
            # a program that could not be run once is not tried again
            measured = {measurement.program for measurement in self.measurements}
            programs = [each for each in config.programs if each not in self.notes or each in measured]
            run = self._in_turns if config.turns else self._one_after_the_other
            run(round, programs, what)

    def _one_after_the_other(self, round: int, programs: list[Program], what: str) -> None:
        for program in programs:
            with self._progress.step(f"{what}: {program.label}"), self._noting_failures(program):
                self._measured(*self._runner.run(program, self._num_envs, round, self.steps_per_iteration))

    def _in_turns(self, round: int, programs: list[Program], what: str) -> None:
        started: dict[Child, tuple[Program, Running]] = {}

        def ended(child: Child) -> None:
            program, running = started[child]
            with self._noting_failures(program):
                self._measured(*running.measure())

        try:
            for program in programs:
                with self._progress.step(f"{what}: {program.label} starts", START):
                    running = self._runner.start(program, self._num_envs, round, self.steps_per_iteration)
                    child = running.child
                    started[child] = (program, running)
                    child.wait(running.past_first_iteration)
                    child.stop()
                    if child.finished is not None:
                        ended(child)
            turns = self._runner.config.turns
            with self._progress.step(f"{what}: all take turns of {turns:g} s", (1 - START) * len(started)):
                processes.take_turns(list(started), turns, ended)
        finally:
            processes.end(list(started))

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
