# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What --keep_last_steps costs a training: python -m benchmarks.keep_last_steps --help

Trainings in one process, in turns without and with the option, each for some seconds after its first iterations.
Prints steps/s with it over those without, with the standard error.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time

from rl_trainer_ext.isaac_lab import assets
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

SLICE = 0.5
"""Seconds that the training gets before it is looked at."""

WARM_UP = 5
"""Iterations that are not measured."""


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(prog="keep_last_steps", description=__doc__)
    parser.add_argument("--task", default="Isaac-Cartpole")
    parser.add_argument("--num_envs", type=int, default=512, help="environments (default: 512)")
    parser.add_argument("--rounds", type=int, default=4, help="pairs of trainings, at least 2 (default: 4)")
    parser.add_argument("--seconds", type=float, default=8.0, help="measured of each training (default: 8)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda:<index> (default: cpu)")
    arguments = parser.parse_args()
    assets.choose_asset_root().apply()
    trainer = Trainer()
    while trainer.state is State.LOADING:
        trainer.tick(SLICE)
    with tempfile.TemporaryDirectory() as log_root:
        config = RunConfig(
            arguments.task,
            "rsl_rl",
            num_envs=arguments.num_envs,
            device=arguments.device,
            log_root=log_root,
            max_iterations=1_000_000,
        )
        rate(trainer, config, 1.0)
        ratios = []
        for number in range(arguments.rounds):
            rates = {
                keeps: rate(trainer, config.replace(keep_last_steps=keeps), arguments.seconds)
                for keeps in ((False, True), (True, False))[number % 2]
            }
            ratios.append(rates[True] / rates[False])
    trainer.close()
    error = statistics.stdev(ratios) / math.sqrt(len(ratios))
    print(
        f"{arguments.task}, {arguments.num_envs} environments, {arguments.device}: steps/s with --keep_last_steps over "
        f"those without {statistics.mean(ratios):.3f} ± {error:.3f}"
    )


def rate(trainer: Trainer, config: RunConfig, seconds: float) -> float:
    """Trains, and returns the steps/s.

    Raises:
        SystemExit: When the training fails.
    """
    trainer.request(Train(config))
    trainer.tick(SLICE)
    while (seen := trainer.snapshot()).iteration < WARM_UP:
        if seen.failure is not None or trainer.state is State.IDLE:
            raise SystemExit(f"The training failed: {seen.failure}")
        trainer.tick(SLICE)
    start, steps = time.perf_counter(), seen.steps
    while time.perf_counter() - start < seconds:
        trainer.tick(SLICE)
    measured = (trainer.snapshot().steps - steps) / (time.perf_counter() - start)
    trainer.request(Stop())
    while trainer.state is not State.IDLE:
        trainer.tick(SLICE)
    return measured


if __name__ == "__main__":
    main()
