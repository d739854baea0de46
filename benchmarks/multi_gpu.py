# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains on 1, 2 and 4 GPUs with Isaac Lab's command and with ``rl-trainer train --where gpus``, in turns.

Both train the same task with the same number of environments for each GPU. Steps/s come from the times at which the
runs logged their iterations, without the first ones, in which kernels are compiled. ``python -m benchmarks.multi_gpu``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rl_trainer_ext.hosts.console import say
from rl_trainer_ext.isaac_lab import assets, task_config
from rl_trainer_ext.learners.formats import format_of
from rl_trainer_ext.metrics import EventReader
from rl_trainer_ext.runs.parameters import pace_of, read_parameters

LIBRARY = "rsl_rl"
COMMAND, OURS = "isaaclab", "rl-trainer"
LEFT_OUT = 0.4
"""Share of the iterations, from the first, that are not measured."""


@dataclass(frozen=True)
class Measured:
    """One training.

    Args:
        program: Which command trained.
        gpus: Number of GPUs.
        rate: Environment steps per second over all GPUs.
        seconds: From the start of the command to its end [s].
        iterations: Number of iterations that were logged.
    """

    program: str
    gpus: int
    rate: float
    seconds: float
    iterations: int


def main(argv: Sequence[str] | None = None) -> int:
    """Measures, prints a table after each training, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="multi_gpu", description=__doc__)
    parser.add_argument("--task", default="Isaac-Ant-Direct")
    parser.add_argument("--num_envs", type=int, default=4096, help="environments of each GPU (default: 4096)")
    parser.add_argument("--max_iterations", type=int, default=30, help="iterations of each training (default: 30)")
    parser.add_argument("--gpus", type=int, nargs="+", default=[1, 2, 4], help="numbers of GPUs (default: 1 2 4)")
    parser.add_argument("--repeat", type=int, default=1, help="rounds (default: 1)")
    parser.add_argument(
        "--time_limit", type=float, default=210.0, help="start no training after this many seconds (default: 210)"
    )
    parser.add_argument("--json", action="store_true", help="print the measurements as one JSON object, last")
    arguments = parser.parse_args(argv)
    there = sum(device.startswith("cuda") for device in task_config.devices())
    counts = [count for count in arguments.gpus if count <= there]
    if not counts:
        print(f"multi_gpu needs a GPU, and {there} are here.", file=sys.stderr)
        return 2
    assets.choose_asset_root().apply()
    measured: list[Measured] = []
    begun = time.monotonic()
    for turn in range(arguments.repeat):
        for count in counts:
            for program in (COMMAND, OURS) if turn % 2 == 0 else (OURS, COMMAND):
                if time.monotonic() - begun > arguments.time_limit:
                    say(f"Left out for lack of time: {program} on {count}.")
                    continue
                measured.append(train(program, count, arguments))
                say(f"{measured[-1]}")
    print(table(measured))
    if arguments.json:
        print(json.dumps([asdict(one) for one in measured]))
    return 0


def words(program: str, gpus: int, log_root: Path, arguments: argparse.Namespace) -> list[str]:
    """Returns the command line of a training."""
    task = ["--task", arguments.task, "--num_envs", str(arguments.num_envs)]
    task += ["--max_iterations", str(arguments.max_iterations)]
    if program == OURS:
        where = ["--where", "gpus", "--num_gpus", str(gpus), "--log_root", str(log_root)]
        return ["rl_trainer_ext", "train", "--headless", "--library", LIBRARY, *where, *task, task_config.NEWTON_PRESET]
    action = ["train"] if gpus == 1 else ["train_multigpu"]
    number = [] if gpus == 1 else ["--num_gpus", str(gpus)]
    return ["isaaclab", *action, "--rl_library", LIBRARY, *number, *task, task_config.NEWTON_PRESET]


def train(program: str, gpus: int, arguments: argparse.Namespace) -> Measured:
    """Trains in a folder of its own, and measures from its events.

    Raises:
        SystemExit: When the training fails; its output is printed.
    """
    with tempfile.TemporaryDirectory(prefix="multi-gpu-") as folder:
        log_root = Path(folder, "logs")
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", *words(program, gpus, log_root, arguments)],
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
        )
        seconds = time.monotonic() - begun
        runs = [path.parent for path in log_root.glob("*/*/*/run.json")]
        if done.returncode or len(runs) != 1:
            sys.exit(
                f"{program} on {gpus} failed with {done.returncode}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
            )
        rate, iterations = measure(runs[0], gpus)
        return Measured(program, gpus, rate, seconds, iterations)


def measure(run_dir: Path, gpus: int) -> tuple[float, int]:
    """Returns the environment steps per second of a run, over all GPUs, and its number of iterations."""
    reader = EventReader(run_dir, library=LIBRARY)
    while not reader.read():
        pass
    # RSL-RL logs these in each iteration, also while no episode has ended
    series = max(reader.metrics, key=len)
    times = series.wall_times()
    pace = pace_of(format_of(LIBRARY).name, *read_parameters(run_dir))
    lengths = np.diff(times[int(len(times) * LEFT_OUT) :])
    return float(gpus * (pace.steps or 0) / np.median(lengths)), len(times)


def table(measured: Sequence[Measured]) -> str:
    """Returns the measurements as a table in Markdown: medians over the rounds."""
    lines = [
        "| GPUs | isaaclab [steps/s] | efficiency | rl-trainer [steps/s] | efficiency | ratio | start to end [s] |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    one = {program: _median(measured, program, 1) for program in (COMMAND, OURS)}
    for gpus in sorted({each.gpus for each in measured}):
        rates = {program: _median(measured, program, gpus) for program in (COMMAND, OURS)}
        cells = [str(gpus)]
        for program in (COMMAND, OURS):
            rate, single = rates[program], one[program]
            cells.append("" if rate is None else f"{rate:,.0f}")
            cells.append("" if rate is None or single is None else f"{rate / single / gpus:.2f}")
        command, ours = rates[COMMAND], rates[OURS]
        cells.append("" if command is None or ours is None else f"{ours / command:.3f}")
        ends = [
            statistics.median(each.seconds for each in measured if (each.program, each.gpus) == (program, gpus))
            for program in (COMMAND, OURS)
            if rates[program] is not None
        ]
        cells.append(" and ".join(f"{end:.0f}" for end in ends))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _median(measured: Sequence[Measured], program: str, gpus: int) -> float | None:
    rates = [each.rate for each in measured if (each.program, each.gpus) == (program, gpus)]
    return statistics.median(rates) if rates else None


if __name__ == "__main__":
    sys.exit(main())
