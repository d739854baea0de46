# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The command itself: its arguments, its rounds, its progress."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import assets, task_config
from ..errors import UserError
from ..hosts.console import say
from ..hosts.signals import EXIT_INTERRUPTED, interruptible
from . import printing
from .machine import describe_machine, gpu_memory_meter
from .plan import OPTIONAL, BenchConfig, Program, parse_picture
from .processes import virtual_display
from .programs import WARM_UP_RUNS, Runner
from .summary import Measurement, summarize

EXIT_FAILED = 1

GPU_NUM_ENVS = 4096
"""Environments where none are asked for and the device is a GPU."""


def run(arguments: argparse.Namespace) -> int:
    """Measures and prints.

    Returns:
        The exit status: 0, 1 when a program failed after others had been measured, or 130 when somebody pressed
        Ctrl+C.

    Raises:
        UserError: When what was asked for cannot be measured.
    """
    chosen = [program for program in OPTIONAL if program.value in arguments.modes]
    config = BenchConfig(
        task=arguments.task,
        library=arguments.library,
        num_envs=tuple(arguments.num_envs),
        device=arguments.device,
        max_iterations=arguments.max_iterations,
        repeat=arguments.repeat,
        programs=(Program.HEADLESS, *chosen),
        picture=parse_picture(arguments.picture),
        attended=arguments.attended,
        xvfb=arguments.xvfb,
        log_root=arguments.log_root,
    )
    config.validate()
    with interruptible() as interrupt:
        try:
            results = measure(config, lambda: interrupt.requested)
        except KeyboardInterrupt:
            say("rl-trainer: interrupted, all programs are ended.")
            return EXIT_INTERRUPTED
    if arguments.json:
        print(json.dumps(results.to_dict()))
    else:
        print(printing.markdown(results) if arguments.markdown else printing.text(results))
    if results.cut_short is None:
        return 0
    failed = isinstance(results.cut_short, UserError)
    why = str(results.cut_short) if failed else "interrupted, all programs are ended."
    say(f"rl-trainer: {why} The figures are those of what was run before.")
    return EXIT_FAILED if failed else EXIT_INTERRUPTED


def measure(config: BenchConfig, interrupted: Callable[[], bool]) -> printing.Results:
    """Runs everything, round after round.

    Args:
        config: What to measure.
        interrupted: Whether somebody asked for the end.

    What ends it before its time is among the results as soon as there are any: minutes of figures are not lost.

    Raises:
        UserError: When it cannot be measured.
        KeyboardInterrupt: When somebody asked for the end.
    """
    assets.choose_asset_root().apply()
    device = task_config.resolve_device(config.device)
    default = task_config.CPU_NUM_ENVS if device == "cpu" else GPU_NUM_ENVS
    config = dataclasses.replace(config, device=device, num_envs=config.num_envs or (default,))
    with contextlib.ExitStack() as cleanup:
        folder = cleanup.enter_context(_folder(config.log_root))
        display = os.environ.get("DISPLAY", "")
        if config.xvfb and Program.VIEWER in config.programs:
            display = cleanup.enter_context(virtual_display(config.picture, folder))
        runner = Runner(config, folder, display, interrupted, gpu_memory_meter(device))
        progress = _Progress(config, bool(display))
        results: list[printing.Result] = []
        cut_short: BaseException | None = None
        for num_envs in config.num_envs:
            measurements: list[Measurement] = []
            notes: dict[Program, str] = {}
            try:
                _measure(runner, num_envs, progress, measurements, notes)
            except (UserError, KeyboardInterrupt) as error:
                cut_short = error
            if measurements:
                rows = (summarize(program, measurements, notes.get(program, "")) for program in config.programs)
                results.append(printing.Result(num_envs, tuple(rows)))
            if cut_short is not None:
                break
    if cut_short is not None and not results:
        raise cut_short
    today = datetime.date.today().isoformat()
    return printing.Results(config, describe_machine(), today, tuple(results), cut_short)


def _measure(
    runner: Runner, num_envs: int, progress: _Progress, measurements: list[Measurement], notes: dict[Program, str]
) -> None:
    """Measures for one number of environments; what is measured is there even when the rest cannot be."""
    config = runner.config
    if not runner.display:
        notes[Program.VIEWER] = "no display"
    with progress.step(f"{num_envs:,} environments, warm-up", WARM_UP_RUNS):
        steps_per_iteration = runner.warm_up(num_envs)
    for round in range(config.repeat):
        for program in config.programs:
            # what could not be run once is not tried again
            if program in notes and not any(measured.program is program for measured in measurements):
                continue
            with progress.step(f"{num_envs:,} environments, round {round + 1} of {config.repeat}: {program.label}"):
                try:
                    measured, note = runner.run(program, num_envs, round, steps_per_iteration)
                except UserError as error:
                    if program is not Program.VIEWER:
                        raise
                    notes[program] = f"failed: {error}"
                    continue
                measurements.append(measured)
                if note:
                    notes[program] = note


@contextlib.contextmanager
def _folder(log_root: str | None) -> Iterator[Path]:
    if log_root is None:
        with tempfile.TemporaryDirectory(prefix="rl-trainer-bench-") as folder:
            yield Path(folder)
        return
    name = datetime.datetime.now().strftime("bench_%Y-%m-%d_%H-%M-%S")
    kept = Path(log_root).expanduser().absolute() / name
    try:
        kept.mkdir(parents=True)
    except OSError as error:
        raise UserError(f"{kept.parent} cannot be written ({error.strerror}): choose another log root.") from error
    yield kept


class _Progress:
    """Says on stderr what runs, and how long all of it will take, judged by what ran so far."""

    def __init__(self, config: BenchConfig, has_display: bool) -> None:
        programs = len(config.programs) - (Program.VIEWER in config.programs and not has_display)
        self._steps = len(config.num_envs) * (1 + config.repeat * programs)
        self._runs = len(config.num_envs) * (WARM_UP_RUNS + config.repeat * programs)
        self._steps_done = self._runs_done = 0
        self._seconds = 0.0

    @contextlib.contextmanager
    def step(self, what: str, runs: int = 1) -> Iterator[None]:
        """One program, or a warm-up of several."""
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
