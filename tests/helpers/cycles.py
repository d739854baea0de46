# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains again and again in one process and prints what it holds after each run: cycles.py COUNT LOG_ROOT."""

from __future__ import annotations

import contextlib
import gc
import json
import sys

import psutil
from greenlet import greenlet
from rl_trainer_ext.training.commands import Stop, Train
from rl_trainer_ext.training.trainer import Trainer
from torch.optim import optimizer

from helpers.collecting import leave_out_imports
from helpers.memory_in_use import allocated_bytes
from helpers.runs_made_here import CARTPOLE, SLICE, idle, run_to_end, tick_until

RUNS = (
    CARTPOLE,
    CARTPOLE.replace(library="sb3", task="Isaac-Ant"),
    CARTPOLE.replace(task="Isaac-Ant-Direct"),
)


def main(count: int, log_root: str) -> list[dict]:
    """Trains ``count`` times, in turn to the end and to a stop in the middle."""
    trainer, process, cycles = Trainer(), psutil.Process(), []
    for cycle in range(count):
        # the first three runs meet all that the later ones do
        if cycle < len(RUNS):
            leave_out_imports()
        config = RUNS[cycle % len(RUNS)].replace(log_root=log_root)
        if cycle % 2 == 0:
            snapshot = run_to_end(trainer, Train(config.replace(max_iterations=2)))
        else:
            trainer.request(Train(config.replace(max_iterations=1000)))
            trainer.tick(SLICE)
            tick_until(trainer, lambda snapshot: snapshot.iteration >= 1)
            trainer.request(Stop())
            trainer.tick(SLICE)
            snapshot = tick_until(trainer, idle)
        gc.collect()
        cycles.append(
            {
                "status": snapshot.status,
                "allocated_bytes": allocated_bytes(),
                "python_blocks": sys.getallocatedblocks(),
                "threads": process.num_threads(),
                "open_files": process.num_fds(),
                # isinstance() asks the object of a weak proxy, which may be gone
                "greenlets": sum(issubclass(type(thing), greenlet) for thing in gc.get_objects()),
                "optimizer_hooks": len(optimizer._global_optimizer_post_hooks),
            }
        )
    trainer.close()
    return cycles


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        result = main(int(sys.argv[1]), sys.argv[2])
    print(json.dumps(result))
