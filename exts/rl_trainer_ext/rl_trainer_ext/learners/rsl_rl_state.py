# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a checkpoint of RSL-RL holds, and what the library forgets on its way in and out.

A checkpoint is the library's own; under ``infos``, which the library hands through and Isaac Lab's commands ignore, it
also holds what a training needs to go on as if it had never ended: counters, random generators, the window of episodes
over which the mean reward is taken. It needs nothing of Isaac Lab.
"""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from ..resuming import Progress, Resumed
from .keeper import Frozen
from .random_state import random_state
from .tensors import all_finite, copied

INFOS_KEY = "rl_trainer"
"""Where, in a checkpoint's ``infos``, this extension keeps what the library does not."""


def freeze(runner: Any, progress: Progress) -> Frozen | None:
    """The runner's model as it is, with everything to resume from it; None if a weight is not a finite number."""
    saved = copied(runner.alg.save())
    if not all_finite(saved):
        return None
    logger = runner.logger
    saved["iter"] = max(progress.iterations - 1, 0)
    saved["infos"] = {
        INFOS_KEY: {
            "version": 1,
            **asdict(progress),
            "logged_seconds": logger.tot_time,
            "rewards": list(logger.rewbuffer),
            "lengths": list(logger.lenbuffer),
            "rnd_updates": getattr(getattr(runner.alg, "rnd", None), "update_counter", None),
            "seed": runner.cfg.get("seed"),
            "random": random_state(),
        }
    }
    return lambda stem: {f"{stem}.pt": _serialized(saved)}


def resume(runner: Any, checkpoint: Path) -> Resumed:
    """Loads a checkpoint into a runner so that ``learn()`` goes on after its iteration, not with it once more.

    The library restores networks, optimizers, observation normalisers and, since 5.5, the learning rate. A distillation
    that takes over a teacher from another training starts at 0.

    Raises:
        RuntimeError, KeyError, ValueError: When the checkpoint does not fit.
    """
    runner.current_learning_iteration = -1
    # a checkpoint remembers the GPU that saved it, which this machine may not have
    infos = runner.load(str(checkpoint), map_location=runner.device)
    if runner.current_learning_iteration < 0:
        runner.current_learning_iteration = 0
        return Resumed(0, 0, 0.0)
    kept = (infos or {}).get(INFOS_KEY)
    if kept is None:  # saved by ``isaaclab train``
        runner.current_learning_iteration += 1
        return Resumed(runner.current_learning_iteration)
    runner.current_learning_iteration = kept["iterations"]
    runner.logger.tot_time = kept["logged_seconds"]
    runner.logger.rewbuffer.extend(kept["rewards"])
    runner.logger.lenbuffer.extend(kept["lengths"])
    if kept["rnd_updates"] is not None and getattr(runner.alg, "rnd", None) is not None:
        runner.alg.rnd.update_counter = kept["rnd_updates"]
    same_seed = kept["seed"] == runner.cfg.get("seed")
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def load_policy(runner: Any, checkpoint: Path) -> None:
    """Loads the networks of a checkpoint, or leaves the runner's as they were.

    Raises:
        RuntimeError, KeyError, ValueError: When the checkpoint does not fit.
    """
    before = copied(runner.alg.save())
    try:
        runner.load(str(checkpoint), map_location=runner.device)
    except BaseException:
        # torch copies what fits before it complains about what does not
        runner.alg.load(before, None, True)
        raise


def set_learning_rate(runner: Any, learning_rate: float) -> None:
    """Gives the optimizer a learning rate, and the adaptive schedule its starting point."""
    runner.alg.learning_rate = learning_rate
    for group in runner.alg.optimizer.param_groups:
        group["lr"] = learning_rate


def _serialized(saved: dict[str, Any]) -> bytes:
    # into memory first: of a full disk torch's own writer only says that it failed
    buffer = io.BytesIO()
    torch.save(saved, buffer)
    return buffer.getvalue()
