# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``./rl_trainer.sh bench``, or ``python -m benchmarks``: measures and prints."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from rl_trainer_ext.errors import UserError
from rl_trainer_ext.hosts.console import say
from rl_trainer_ext.hosts.standalone.signals import EXIT_INTERRUPTED, interruptible
from rl_trainer_ext.isaac_lab import assets, task_config

from . import printing
from .display import virtual_display
from .machine import describe_machine, gpu_memory_meter
from .plan import OPTIONAL, TURN_SECONDS, BenchConfig, Program, parse_picture
from .programs import Runner
from .rounds import Rounds, progress_of
from .summary import summarize

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2

GPU_NUM_ENVS = 4096
"""Environments where none are asked for and the device is a GPU."""


def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark of a command line and returns its exit status, 2 for one that cannot be measured."""
    arguments = _parse(argv)
    try:
        if sys.platform == "win32":
            raise UserError("bench needs Linux, which can stop a process and let it run again: use it there.")
        return run(arguments)
    except UserError as error:
        say(f"bench: {error}")
        return EXIT_BAD_INPUT


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measures this extension beside isaaclab train.")
    modes = [program.value for program in OPTIONAL]
    add = parser.add_argument
    add("--task", default="Isaac-Cartpole-Direct", metavar="T", help="default: Isaac-Cartpole-Direct")
    add("--library", "--rl_library", default="rsl_rl", metavar="L", help="rsl_rl, sb3 or skrl (default: rsl_rl)")
    add("--num_envs", type=int, nargs="+", default=[], metavar="N", help="default: 64 on a CPU, 4096 on a GPU")
    add("--device", metavar="D", help="cpu or cuda:<index> (default: cuda:0 if there is one)")
    add("--max_iterations", type=int, default=25, metavar="N", help="training iterations of each run (default: 25)")
    add("--repeat", type=int, default=2, metavar="N", help="rounds, over which medians are taken (default: 2)")
    turns = f"seconds until the next program's turn; 0: one after the other (default: {TURN_SECONDS:g})"
    add("--turns", type=float, default=TURN_SECONDS, metavar="S", help=turns)
    add("--modes", nargs="+", default=modes, choices=modes, help="what to compare with the command (default: all)")
    add("--picture", default="640x360", metavar="WxH", help="size of the viewport [pixels] (default: 640x360)")
    add("--xvfb", action="store_true", help="start a virtual display for the viewer of isaaclab train")
    add("--no_huge_pages", action="store_true", help="measure this extension without huge pages")
    add("--no_recorded_physics", action="store_true", help="on a CPU, take each physics step as Isaac Lab does")
    add("--markdown", action="store_true", help="print a table for a document")
    add("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(argv)


def run(arguments: argparse.Namespace) -> int:
    """Measures and prints.

    Returns:
        The exit status: 0, 1 when a program failed after others had been measured, or 130 when the user
        pressed Ctrl+C.

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
        xvfb=arguments.xvfb,
        huge_pages=not arguments.no_huge_pages,
        recorded_physics=not arguments.no_recorded_physics,
        turns=arguments.turns,
    )
    config.validate()
    with interruptible() as interrupt:
        try:
            results = measure(config, lambda: interrupt.requested)
        except KeyboardInterrupt:
            say("bench: interrupted, all programs are ended.")
            return EXIT_INTERRUPTED
    if arguments.json:
        print(json.dumps(results.to_dict()))
    else:
        print(printing.markdown(results) if arguments.markdown else printing.text(results))
    if results.cut_short is None:
        return 0
    failed = isinstance(results.cut_short, UserError)
    why = str(results.cut_short) if failed else "interrupted, all programs are ended."
    say(f"bench: {why} The figures are those of what was run before.")
    return EXIT_FAILED if failed else EXIT_INTERRUPTED


def measure(config: BenchConfig, interrupted: Callable[[], bool]) -> printing.Results:
    """Runs everything, round after round.

    Args:
        config: What to measure.
        interrupted: Returns whether the user asked to stop.

    What ends it before its time is among the results as soon as there are any: minutes of figures are not lost.

    Raises:
        UserError: When it cannot be measured.
        KeyboardInterrupt: When the user interrupts.
    """
    assets.choose_asset_root().apply()
    device = task_config.resolve_device(config.device)
    default = task_config.CPU_NUM_ENVS if device == "cpu" else GPU_NUM_ENVS
    config = dataclasses.replace(config, device=device, num_envs=config.num_envs or (default,))
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="rl-trainer-bench-")))
        display = os.environ.get("DISPLAY", "")
        if config.xvfb and Program.VIEWER in config.programs:
            display = cleanup.enter_context(virtual_display(config.picture, folder))
        runner = Runner(config, folder, display, interrupted, gpu_memory_meter(device))
        progress = progress_of(config, bool(display))
        results: list[printing.Result] = []
        cut_short: BaseException | None = None
        for num_envs in config.num_envs:
            rounds = Rounds(runner, num_envs, progress)
            try:
                rounds.run()
            except (UserError, KeyboardInterrupt) as error:
                cut_short = error
            if rounds.measurements:
                measured, notes = rounds.measurements, rounds.notes
                rows = (summarize(program, measured, notes.get(program, "")) for program in config.programs)
                results.append(printing.Result(num_envs, tuple(rows), rounds.steps_per_iteration))
            if cut_short is not None:
                break
    if cut_short is not None and not results:
        raise cut_short
    today = datetime.date.today().isoformat()
    return printing.Results(config, describe_machine(), today, tuple(results), cut_short)


if __name__ == "__main__":
    sys.exit(main())
