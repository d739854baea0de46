# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs one program once, and reads off what is measured."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path

from .. import task_config
from ..errors import UserError
from . import panel_run
from .files import final_checkpoint, fingerprint, iteration_times, steps_per_second
from .plan import SEED, BenchConfig, Program
from .processes import Finished, run_child
from .summary import Measurement

_HERE = __name__.rpartition(".")[0]

FIRST_ITERATIONS = 3
"""Iterations of the discarded warm-up."""

WARM_UP_RUNS = 2
"""Programs that it runs: the command and this extension."""


@dataclasses.dataclass(frozen=True)
class Runner:
    """Runs the programs of a benchmark.

    Args:
        config: The benchmark, its device resolved.
        folder: Where the runs go, a folder each.
        display: The display for the command's viewer; empty for none.
        interrupted: Whether somebody asked for the end.
        gpu_memory: Bytes in use on the device; None without one.
    """

    config: BenchConfig
    folder: Path
    display: str
    interrupted: Callable[[], bool]
    gpu_memory: Callable[[], int] | None

    def warm_up(self, num_envs: int) -> int:
        """Fills the caches on disk, and finds out what an iteration is.

        Returns:
            Environment steps of one iteration, over all parallel environments.

        Raises:
            UserError: When the task cannot be trained.
        """
        config = dataclasses.replace(self.config, max_iterations=FIRST_ITERATIONS)
        warming = dataclasses.replace(self, config=config)
        modes = [program for program in config.programs if program.render_mode is not None]
        extension = modes[0] if modes else Program.NO_RENDERING
        report, _ = warming._run_extension(extension, num_envs, "warm-up")
        warming._run_command(Program.HEADLESS, num_envs, "warm-up", report.steps_per_iteration)
        return report.steps_per_iteration

    def run(self, program: Program, num_envs: int, round: int, steps_per_iteration: int) -> tuple[Measurement, str]:
        """Runs a program once.

        Returns:
            What was measured, and a word about it if there is one to say.

        Raises:
            UserError: When it fails.
            KeyboardInterrupt: When somebody asked for the end.
        """
        name = f"round-{round + 1}"
        if program.render_mode is None:
            return self._measure_command(program, num_envs, round, steps_per_iteration, name), ""
        return self._measure_extension(program, num_envs, round, name)

    def _measure_command(
        self, program: Program, num_envs: int, round: int, steps_per_iteration: int, name: str
    ) -> Measurement:
        config = self.config
        child, run_dir = self._run_command(program, num_envs, name, steps_per_iteration)
        times = iteration_times(run_dir, config.library)
        iterations = config.iterations(program)
        comparable = iterations == config.max_iterations
        return Measurement(
            program,
            round,
            steps_per_second(times, steps_per_iteration),
            first_iteration=times[0] - child.started,
            peak_memory=child.peak_memory,
            peak_gpu_memory=child.peak_gpu_memory,
            weights=fingerprint(final_checkpoint(run_dir, config.library, iterations)) if comparable else "",
        )

    def _measure_extension(self, program: Program, num_envs: int, round: int, name: str) -> tuple[Measurement, str]:
        config = self.config
        report, child = self._run_extension(program, num_envs, name)
        first, second = (iteration_times(Path(run_dir), config.library) for run_dir in report.run_dirs)
        measurement = Measurement(
            program,
            round,
            steps_per_second(first, report.steps_per_iteration),
            first_iteration=first[0] - report.clicks[0],
            peak_memory=child.peak_memory,
            peak_gpu_memory=child.peak_gpu_memory,
            weights=fingerprint(final_checkpoint(Path(report.run_dirs[0]), config.library, config.max_iterations)),
            ready=report.ready - child.started,
            second_first_iteration=second[0] - report.clicks[1],
            figures=report.figures,
            figures_in_use=report.figures_in_use,
        )
        return measurement, report.note

    def _run_command(
        self, program: Program, num_envs: int, name: str, steps_per_iteration: int
    ) -> tuple[Finished, Path]:
        """Runs Isaac Lab's command; returns how it ended and its run's folder."""
        config = self.config
        viewer = program is Program.VIEWER
        module = [f"{_HERE}.viewer_run", "{}x{}".format(*config.picture)] if viewer else ["isaaclab"]
        command = [
            *(sys.executable, "-m", *module, "train", "--rl_library", config.library, "--task", config.task),
            *("--num_envs", str(num_envs), "--max_iterations", str(config.iterations(program)), "--seed", str(SEED)),
            *("--device", str(config.device), f"agent.device={config.device}", *self._overrides()),
        ]
        if config.library == "sb3":
            # once an iteration, as this extension does; the command's own interval is as long as a whole benchmark
            command += ["--log_interval", str(steps_per_iteration)]
        environment = dict(os.environ)
        if viewer:
            command += ["--visualizer", "newton"]
            environment["DISPLAY"] = self.display
        folder = self._folder(program, num_envs, name)
        child = self._run(command, folder, environment)
        run_dirs = sorted(path.parent for path in folder.glob(f"logs/{config.library}/*/*/run.json"))
        if child.status != 0 or not run_dirs:
            raise UserError(f"isaaclab train failed with exit status {child.status}: {child.last_words()}")
        return child, run_dirs[-1]

    def _run_extension(self, program: Program, num_envs: int, name: str) -> tuple[panel_run.Report, Finished]:
        """Runs this extension, two clicks in one process."""
        assert program.render_mode is not None
        folder = self._folder(program, num_envs, name)
        folder.mkdir(parents=True, exist_ok=True)
        config = self.config.run_config(num_envs).replace(
            log_root=str(folder / "logs"), overrides=tuple(self._overrides())
        )
        request = folder / "request.json"
        panel_run.Request(config, program.render_mode, self.config.picture, self.config.attended).write(request)
        child = self._run([sys.executable, "-m", f"{_HERE}.panel_run", str(request)], folder, dict(os.environ))
        written = folder / panel_run.REPORT
        if child.status != 0 or not written.exists():
            raise UserError(f"This extension failed with exit status {child.status}: {child.last_words()}")
        report = panel_run.Report.read(written)
        if report.error:
            raise UserError(report.error)
        return report, child

    def _run(self, command: list[str], folder: Path, environment: dict[str, str]) -> Finished:
        return run_child(
            command,
            folder,
            environment=environment | {"PYTHONUNBUFFERED": "1"},
            interrupted=self.interrupted,
            gpu_memory=self.gpu_memory,
        )

    def _folder(self, program: Program, num_envs: int, name: str) -> Path:
        return self.folder / f"{num_envs}-environments" / name / program.value

    def _overrides(self) -> list[str]:
        """Physics that both programs can run here."""
        return [] if task_config.isaac_sim_is_installed() else [task_config.NEWTON_PRESET]
