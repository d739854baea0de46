# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is read off a program that has ended."""

from __future__ import annotations

from pathlib import Path

from rl_trainer_ext.errors import UserError

from .files import final_checkpoint, fingerprint, iteration_times, steps_per_second, warm_up_iterations
from .panel_run import REPORT, Report
from .plan import BenchConfig, Program
from .processes import Child, Finished
from .summary import Measurement
from .turns import progress


def command_run_dir(child: Child, folder: Path, library: str, program: Program) -> Path:
    """The run's folder of a command without a panel, which was started in ``folder``.

    Raises:
        UserError: When it failed.
    """
    run_dirs = sorted(path.parent for path in folder.glob(f"logs/{library}/*/*/run.json"))
    if _finished(child).status != 0 or not run_dirs:
        raise UserError(f"{program.label} failed with exit status {_finished(child).status}: {child.last_words()}")
    return run_dirs[-1]


def extension_report(child: Child, folder: Path) -> Report:
    """What this extension says of its trainings, which was started in ``folder``.

    Raises:
        UserError: When it failed.
    """
    written = folder / REPORT
    if _finished(child).status != 0 or not written.exists():
        raise UserError(f"This extension failed with exit status {_finished(child).status}: {child.last_words()}")
    report = Report.read(written)
    if report.error:
        raise UserError(report.error)
    return report


def read_command(
    child: Child, folder: Path, config: BenchConfig, program: Program, round: int, steps_per_iteration: int
) -> Measurement:
    """What a command without a panel was like.

    Raises:
        UserError: When it failed, or nothing can be measured.
    """
    run_dir = command_run_dir(child, folder, config.library, program)
    times = _running_times(child, run_dir, config.library)
    iterations = config.iterations(program)
    comparable = iterations == config.max_iterations
    return Measurement(
        program,
        round,
        steps_per_second(times, steps_per_iteration),
        first_iteration=times[0],
        weights=fingerprint(final_checkpoint(run_dir)) if comparable else "",
        peak_memory=_finished(child).peak_memory,
        peak_gpu_memory=_finished(child).peak_gpu_memory,
        speeds=_speeds(child, times, steps_per_iteration),
    )


def read_extension(
    child: Child, folder: Path, config: BenchConfig, program: Program, round: int, steps_per_iteration: int
) -> tuple[Measurement, str]:
    """What this extension was like, and a word about it if there is one to say.

    Raises:
        UserError: When it failed, or nothing can be measured.
    """
    report = extension_report(child, folder)
    run_dirs = [Path(run_dir) for run_dir in report.run_dirs]
    first, second = (_running_times(child, run_dir, config.library) for run_dir in run_dirs)
    clicks = [child.stops.running(child.started, click) for click in report.clicks]
    measurement = Measurement(
        program,
        round,
        steps_per_second(first, steps_per_iteration),
        first_iteration=first[0] - clicks[0],
        weights=fingerprint(final_checkpoint(run_dirs[0])),
        ready=report.ready - child.started,
        second_first_iteration=second[0] - clicks[1],
        figures=report.figures,
        figures_in_use=report.figures_in_use,
        peak_memory=_finished(child).peak_memory,
        peak_gpu_memory=_finished(child).peak_gpu_memory,
        speeds=_speeds(child, first, steps_per_iteration),
    )
    return measurement, report.note


def _running_times(child: Child, run_dir: Path, library: str) -> list[float]:
    """How long a program had run when it logged each iteration, in which the others' turns do not count [s]."""
    return [child.stops.running(child.started, moment) for moment in iteration_times(run_dir, library)]


def _speeds(child: Child, times: list[float], steps_per_iteration: int) -> tuple[float | None, ...]:
    """Environment steps a second in each turn, given when iterations were logged; None outside what is measured."""
    start, end = times[warm_up_iterations(len(times))], times[-1]
    speeds: list[float | None] = []
    for turn in child.stops.turns:
        first, last = (child.stops.running(child.started, moment) for moment in turn)
        done = progress(times, last) - progress(times, first) if start <= first < last <= end else None
        speeds.append(None if done is None else steps_per_iteration * done / (last - first))
    return tuple(speeds)


def _finished(child: Child) -> Finished:
    """How a child ended that has ended."""
    assert child.finished is not None
    return child.finished
