# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is measured: the programs, and the configuration of a benchmark."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass

from rl_trainer_ext.errors import UserError
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.run_config import RunConfig

SEED = 42
"""One seed for all programs: their weights are compared."""

SLOW_FRACTION = 4
"""The command's viewer draws every step, and takes minutes where the others take seconds: it runs so many times fewer
iterations."""

TURN_SECONDS = 0.5
"""A program runs so long until it is the next one's turn, unless something else is asked for."""

MIN_TURN_SECONDS = 0.1
"""Shorter turns would measure the turns."""

MIN_ITERATIONS = 3
"""One to warm up, and two to measure between."""


class Program(enum.Enum):
    """One row of the table; the value is its name in ``--modes`` and in JSON."""

    HEADLESS = "headless"
    VIEWER = "viewer"
    NO_RENDERING = "no"
    PARTIAL_RENDERING = "partial"
    FULL_RENDERING = "full"

    @property
    def label(self) -> str:
        """Its name in a table."""
        if self.render_mode is not None:
            return self.render_mode.value
        return "isaaclab train" if self is Program.HEADLESS else "isaaclab train --visualizer newton"

    @property
    def render_mode(self) -> RenderMode | None:
        """The render mode of this extension's panel; None for the command, which has no panel."""
        return {
            Program.NO_RENDERING: RenderMode.NO_RENDERING,
            Program.PARTIAL_RENDERING: RenderMode.PARTIAL_RENDERING,
            Program.FULL_RENDERING: RenderMode.FULL_RENDERING,
        }.get(self)


OPTIONAL = tuple(program for program in Program if program is not Program.HEADLESS)
"""What ``--modes`` chooses from, and its default; all of them are compared with the headless command."""


@dataclass(frozen=True)
class BenchConfig:
    """One benchmark.

    Args:
        task: Gymnasium id of the task.
        library: RL library.
        num_envs: Numbers of parallel environments, one table each.
        device: ``cpu`` or ``cuda:<index>``; None for the first GPU, or else the CPU.
        max_iterations: Training iterations of each run, warm-up iterations included.
        repeat: Rounds; in each, every program runs once.
        programs: What to run in each round, the headless command first.
        picture: Width and height of the viewport [pixels].
        xvfb: Whether to start a virtual display for the command's viewer.
        huge_pages: Whether this extension may use huge pages, as it does in use; the command never does.
        recorded_physics: Whether this extension may record the physics step on a CPU; the command never does.
        turns: Length of a turn while the programs of a round take turns [s]; 0 runs one after the other.
    """

    task: str
    library: str
    num_envs: tuple[int, ...]
    device: str | None
    max_iterations: int
    repeat: int
    programs: tuple[Program, ...]
    picture: tuple[int, int]
    xvfb: bool = False
    huge_pages: bool = True
    recorded_physics: bool = True
    turns: float = TURN_SECONDS

    def validate(self) -> None:
        """Checks everything that can be checked without Isaac Lab.

        Raises:
            UserError: With one sentence, for the first value that cannot be right.
        """
        for num_envs in self.num_envs or (None,):
            self.run_config(num_envs).validate()
        if self.library not in LIBRARIES:
            raise UserError(f"bench knows {' and '.join(LIBRARIES)}, not '{self.library}': choose one of them.")
        if self.max_iterations < MIN_ITERATIONS:
            raise UserError(
                f"max_iterations must be at least {MIN_ITERATIONS}, not {self.max_iterations}: the first ones warm up."
            )
        if self.repeat < 1:
            raise UserError(f"repeat must be a whole number from 1, not {self.repeat}.")
        if not (self.turns == 0 or MIN_TURN_SECONDS <= self.turns < math.inf):
            raise UserError(
                f"turns must be at least {MIN_TURN_SECONDS} s, or 0 for one after the other, not {self.turns:g}."
            )

    def run_config(self, num_envs: int | None) -> RunConfig:
        """The run that this extension makes."""
        return RunConfig(
            task=self.task,
            library=self.library,
            num_envs=num_envs,
            max_iterations=self.max_iterations,
            seed=SEED,
            device=self.device,
        )

    def iterations(self, program: Program) -> int:
        """How long a program trains."""
        if program is Program.VIEWER:
            return min(self.max_iterations, max(MIN_ITERATIONS + 1, self.max_iterations // SLOW_FRACTION))
        return self.max_iterations


@dataclass(frozen=True)
class LibraryFiles:
    """What a library leaves behind."""

    tag: str
    """A scalar that it logs once an iteration."""
    printed: str
    """What it prints, first and in every iteration, when it logs."""
    device: str = "agent.device={device}"
    """The override of the device that its agent needs; empty for none."""
    once_an_iteration: tuple[str, ...] = ()
    """Arguments of the command that make it log in each iteration, as this extension does; ``{steps}`` stands for the
    environment steps of one, ``{rollout}`` for those of each environment."""


LIBRARIES = {
    "rsl_rl": LibraryFiles("Perf/total_fps", "Learning iteration"),
    "sb3": LibraryFiles("time/fps", "total_timesteps", once_an_iteration=("--log_interval", "{steps}")),
    "skrl": LibraryFiles(
        "Loss / Policy loss",
        "it/s",
        device="",
        once_an_iteration=("agent.agent.experiment.write_interval={rollout}",),
    ),
}


def parse_picture(text: str) -> tuple[int, int]:
    """``1280x720`` as width and height.

    Raises:
        UserError: When it is anything else.
    """
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal()) or not all(16 <= int(side) <= 8192 for side in (width, height)):
        raise UserError(f"The picture '{text}' is no size: write width x height in pixels, such as 1280x720.")
    return int(width), int(height)
