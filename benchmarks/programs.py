# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Starts the programs that are measured."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.isaac_lab.recorded_physics import EAGER_PHYSICS

from . import panel_run, processes
from .plan import LIBRARIES, SEED, BenchConfig, Program
from .processes import Child
from .readings import command_run_dir, extension_report, read_command, read_extension
from .summary import Measurement

FIRST_ITERATIONS = 3
"""Iterations of the discarded warm-up."""

WARM_UP_ROUND = -1
"""The number of the discarded round before the first."""

WARM_UP_RUNS = 2
"""Programs that it runs: the command and this extension."""


@dataclasses.dataclass(frozen=True)
class Running:
    """A program that was started."""

    child: Child
    folder: Path
    past_first_iteration: Callable[[], bool]
    """Returns whether its first iteration is over; this extension then stops itself, if it takes turns."""
    measure: Callable[[], tuple[Measurement, str]]
    """What was measured, and a word about it if there is one to say, when it has ended; a UserError when it failed."""


@dataclasses.dataclass(frozen=True)
class Runner:
    """Runs the programs of a benchmark.

    Args:
        config: The benchmark, its device resolved.
        folder: Where the runs go, a folder each.
        display: The display for the command's viewer; empty for none.
        interrupted: Returns whether the user asked to stop.
        gpu_memory: Bytes in use on the device; None without one.
    """

    config: BenchConfig
    folder: Path
    display: str
    interrupted: Callable[[], bool]
    gpu_memory: Callable[[], int] | None

    def warm_up(self, num_envs: int) -> int:
        """Fills the caches on disk and counts the steps of an iteration.

        Returns:
            Environment steps of one iteration, over all parallel environments.

        Raises:
            UserError: When the task cannot be trained.
            KeyboardInterrupt: When the user interrupts.
        """
        config = dataclasses.replace(self.config, max_iterations=FIRST_ITERATIONS, turns=0.0)
        warming = dataclasses.replace(self, config=config)
        # the viewport has kernels of its own, which a program that draws compiles
        drawing = [each for each in config.programs if each.render_mode not in (None, RenderMode.NO_RENDERING)]
        extension = warming.start((drawing or [Program.NO_RENDERING])[0], num_envs, WARM_UP_ROUND, 0)
        to_its_end(extension.child)
        steps_per_iteration = extension_report(extension.child, extension.folder).steps_per_iteration
        headless = warming.start(Program.HEADLESS, num_envs, WARM_UP_ROUND, steps_per_iteration)
        to_its_end(headless.child)
        command_run_dir(headless.child, headless.folder, config.library, Program.HEADLESS)
        return steps_per_iteration

    def run(self, program: Program, num_envs: int, round: int, steps_per_iteration: int) -> tuple[Measurement, str]:
        """Runs a program alone, from its start to its end.

        Returns:
            What was measured, and a word about it if there is one to say.

        Raises:
            UserError: When it fails.
            KeyboardInterrupt: When the user interrupts.
        """
        running = self.start(program, num_envs, round, steps_per_iteration)
        to_its_end(running.child)
        return running.measure()

    def start(self, program: Program, num_envs: int, round: int, steps_per_iteration: int) -> Running:
        """Starts a program; the caller must end it."""
        name = "warm-up" if round == WARM_UP_ROUND else f"round-{round + 1}"
        folder = self.folder / f"{num_envs}-environments" / name / program.value
        if program.render_mode is None:
            return self._start_command(program, num_envs, round, steps_per_iteration, folder)
        return self._start_extension(program, num_envs, round, steps_per_iteration, folder)

    def _start_command(
        self, program: Program, num_envs: int, round: int, steps_per_iteration: int, folder: Path
    ) -> Running:
        config = self.config
        child = self._isaaclab(program, num_envs, steps_per_iteration, folder)
        printed = LIBRARIES[config.library].printed.encode()
        return Running(
            child,
            folder,
            lambda: printed in child.output.read_bytes(),
            lambda: (read_command(child, folder, config, program, round, steps_per_iteration), ""),
        )

    def _isaaclab(self, program: Program, num_envs: int, steps_per_iteration: int, folder: Path) -> Child:
        config = self.config
        arguments = [
            *("train", "--rl_library", config.library, "--task", config.task, "--num_envs", str(num_envs)),
            *("--max_iterations", str(config.iterations(program)), "--seed", str(SEED)),
            *("--device", str(config.device), *self._overrides()),
        ]
        library = LIBRARIES[config.library]
        # the command's own intervals may be as long as a whole benchmark
        rollout = steps_per_iteration // num_envs
        words = [library.device, *library.once_an_iteration]
        values = {"device": config.device, "steps": steps_per_iteration, "rollout": rollout}
        arguments += [word.format(**values) for word in words if word]
        if program is not Program.VIEWER:
            return self._child("isaaclab", arguments, folder, {})
        arguments = ["{}x{}".format(*config.picture), *arguments, "--visualizer", "newton"]
        return self._child(f"{__package__}.viewer_run", arguments, folder, {"DISPLAY": self.display})

    def _start_extension(
        self, program: Program, num_envs: int, round: int, steps_per_iteration: int, folder: Path
    ) -> Running:
        assert program.render_mode is not None
        config = self.config
        folder.mkdir(parents=True, exist_ok=True)
        overrides = [*self._overrides(), *([] if config.recorded_physics else [EAGER_PHYSICS])]
        run_config = config.run_config(num_envs).replace(log_root=str(folder / "logs"), overrides=tuple(overrides))
        request = folder / "request.json"
        in_use = 0.0 if round == WARM_UP_ROUND else panel_run.IN_USE
        panel_run.Request(run_config, program.render_mode, config.picture, config.huge_pages, in_use).write(request)
        child = self._child(panel_run.__name__, [str(request)], folder, {}, own_time=config.turns > 0)
        return Running(
            child,
            folder,
            lambda: child.stops.stopped,
            lambda: read_extension(child, folder, config, program, round, steps_per_iteration),
        )

    def _child(
        self, module: str, arguments: list[str], folder: Path, environment: dict[str, str], own_time: bool = False
    ) -> Child:
        return Child(
            module,
            arguments,
            folder,
            environment=os.environ | {"PYTHONUNBUFFERED": "1"} | environment,
            interrupted=self.interrupted,
            gpu_memory=self.gpu_memory,
            own_time=own_time,
        )

    def _overrides(self) -> list[str]:
        """Physics that both programs can run here."""
        return [] if task_config.isaac_sim_is_installed() else [task_config.NEWTON_PRESET]


def to_its_end(child: Child) -> None:
    """Lets a child run to its end.

    Raises:
        KeyboardInterrupt: When the user interrupts; the child has ended then.
    """
    try:
        child.wait()
    finally:
        processes.end([child])
