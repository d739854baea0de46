# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a run left behind: when its iterations ended, and its final weights."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from rl_trainer_ext.errors import UserError
from rl_trainer_ext.runs import CheckpointKind, list_checkpoints

from .plan import LIBRARIES

WARM_UP = 0.2
"""Share of the iterations that the rate leaves out, and never less than the first one: kernels compile, caches fill."""


def iteration_times(run_dir: Path, library: str) -> list[float]:
    """When each iteration was logged, on the clock of :func:`time.time` [s].

    Raises:
        UserError: When there are no events.
    """
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    tag = LIBRARIES[library].tag
    for path in sorted(run_dir.rglob("events.out.tfevents.*")):
        events = EventAccumulator(str(path), size_guidance={"scalars": 0})
        events.Reload()
        if tag in events.Tags()["scalars"]:
            return [event.wall_time for event in events.Scalars(tag)]
    raise UserError(f"A run of {library} logged no '{tag}': nothing can be measured. Give it more iterations.")


def warm_up_iterations(iterations: int) -> int:
    """How many of the first iterations are left out."""
    return max(1, round(WARM_UP * iterations))


def steps_per_second(times: Sequence[float], steps_per_iteration: int) -> float:
    """Environment steps a second, from the end of the warm-up to the last iteration.

    Args:
        times: When each iteration was logged [s]; at least three.
        steps_per_iteration: Over all parallel environments.
    """
    skipped = warm_up_iterations(len(times))
    return steps_per_iteration * (len(times) - 1 - skipped) / (times[-1] - times[skipped])


def final_checkpoint(run_dir: Path) -> Path:
    """The last checkpoint of a run.

    Raises:
        UserError: When there is none.
    """
    listed = [one.path for one in list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST]
    if not listed:
        raise UserError(f"{run_dir} has no checkpoint: nothing can be compared. Give it more iterations.")
    return listed[0]


def fingerprint(checkpoint: Path) -> str:
    """A digest of every bit of the parameters in a checkpoint, optimizer state left out."""
    import torch

    digest = hashlib.sha256()
    if checkpoint.suffix == ".zip":
        with zipfile.ZipFile(checkpoint) as archive:
            parts = {"policy": torch.load(io.BytesIO(archive.read("policy.pth")), map_location="cpu")}
    else:
        saved = torch.load(checkpoint, weights_only=True, map_location="cpu")
        parts = {
            name: values
            for name, values in saved.items()
            if isinstance(values, dict) and "optimizer" not in name and name not in ("infos", "rl_trainer")
        }
    for part in sorted(parts):
        for name, value in sorted(parts[part].items()):
            digest.update(f"{part}.{name} {value.dtype} {tuple(value.shape)}".encode())
            digest.update(value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
