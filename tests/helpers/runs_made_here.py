# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives a real trainer from a test, frame by frame."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Command, Train
from rl_trainer_ext.training.snapshot import Snapshot, State
from rl_trainer_ext.training.trainer import Trainer

SLICE = 0.02
"""Seconds a frame: short, so that a training is cut into many slices."""

WAITING = 0.002
"""A frame that took less than so many seconds had nothing to do."""

LIMIT = 240.0
"""Seconds after which a run counts as hanging."""

CARTPOLE = RunConfig(
    task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=16, max_iterations=3, seed=7, device="cpu"
)


def tick_until(trainer: Trainer, reached: Callable[[Snapshot], bool]) -> Snapshot:
    """Gives the trainer its frames until a snapshot satisfies ``reached``; fails when that never happens."""
    end = time.monotonic() + LIMIT
    while (started := time.monotonic()) < end:
        trainer.tick(SLICE)
        snapshot = trainer.snapshot()
        if reached(snapshot):
            return snapshot
        if time.monotonic() - started < WAITING:
            time.sleep(WAITING)  # it waits for a thread or a process, which needs the core
    raise AssertionError(f"not reached within {LIMIT:.0f} s; the trainer stands at {trainer.snapshot()}")


def idle(snapshot: Snapshot) -> bool:
    """Whether nothing runs."""
    return snapshot.state is State.IDLE


def run_to_end(trainer: Trainer, command: Command) -> Snapshot:
    """Does one thing until the trainer is idle again."""
    tick_until(trainer, idle)
    trainer.request(command)
    trainer.tick(SLICE)
    return tick_until(trainer, idle)


def run_counting_frames(trainer: Trainer, config: RunConfig) -> tuple[Snapshot, int]:
    """Trains to the end; returns how it ended, and the number of frames that it took."""
    frames = 0

    def count(snapshot: Snapshot) -> bool:
        nonlocal frames
        frames += snapshot.state is State.TRAINING
        return idle(snapshot)

    trainer.request(Train(config))
    trainer.tick(0.0)
    return tick_until(trainer, count), frames


def weights(checkpoint: Path) -> dict[str, torch.Tensor]:
    """The parameters in a checkpoint of any library, by name; no optimizer state."""
    if checkpoint.suffix == ".zip":
        with zipfile.ZipFile(checkpoint) as archive:
            return torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    saved = torch.load(checkpoint, weights_only=False)
    if checkpoint.parent.name == "checkpoints":  # skrl's
        return _tensors({part: values for part, values in saved.items() if part != "rl_trainer"})
    if checkpoint.parent.name == "nn":  # RL-Games'
        return _tensors({part: saved[part] for part in ("model", "assymetric_vf_nets") if part in saved})
    return {
        f"{part}.{name}": value
        for part, values in saved.items()
        if part.endswith("_state_dict") and "optimizer" not in part
        for name, value in values.items()
    }


def _tensors(values: dict, prefix: str = "") -> dict[str, torch.Tensor]:
    """The tensors in nested dictionaries, by their dotted names; no optimizer state."""
    found = {}
    for name, value in values.items():
        if isinstance(value, dict) and name != "optimizer":
            found |= _tensors(value, f"{prefix}{name}.")
        elif isinstance(value, torch.Tensor):
            found[f"{prefix}{name}"] = value
    return found


def equal_to_the_bit(first: Path, second: Path) -> bool:
    """Whether two checkpoints hold the same parameters, bit for bit."""
    one, other = weights(first), weights(second)
    assert one, f"{first} holds no parameters"
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)
