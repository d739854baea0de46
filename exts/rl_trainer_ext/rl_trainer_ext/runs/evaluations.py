# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keeps the evaluations of a run's checkpoints in a file of the run."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..system.atomic_files import atomic_write_text

FILE_NAME = "evaluations.json"
"""The file, in the run's folder."""

EVALUATION_TAGS = {
    "Evaluation/mean_return": "mean_return",
    "Evaluation/mean_length": "mean_length",
    "Evaluation/success_rate": "success_rate",
}
"""The curves of a training that is evaluated while it runs, with the names of their values in :class:`Evaluation`."""

_VERSION = 1


@dataclass(frozen=True)
class Evaluation:
    """What a checkpoint achieved over a number of whole episodes, with deterministic actions.

    Args:
        checkpoint: The checkpoint's path, relative to the run's folder.
        episodes: Number of episodes.
        num_envs: Number of parallel environments, which all count the same number of episodes, or one more.
        seed: Seed of the environments; None if it was drawn.
        mean_return: Mean of the episodes' sums of rewards.
        std_return: Standard deviation of these sums.
        mean_length: Mean length of the episodes [environment steps].
        std_length: Standard deviation of these lengths.
        terminations: Share of the episodes that ended by each termination, from 0 to 1. Several may end one episode.
        success_rate: Share of the episodes that succeeded, where the task tells it.
        time: When it was made [unix s].
    """

    checkpoint: str
    episodes: int
    num_envs: int
    seed: int | None
    mean_return: float
    std_return: float
    mean_length: float
    std_length: float
    terminations: dict[str, float] = field(default_factory=dict)
    success_rate: float | None = None
    time: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Returns the values under their names here. Numbers that are not finite, which JSON lacks, become None."""
        values = dataclasses.asdict(self)
        return {key: None if _is_not_finite(value) else value for key, value in values.items()}


def read_evaluations(run_dir: Path) -> tuple[Evaluation, ...]:
    """Returns the evaluations of a run, the newest of each checkpoint; those that cannot be read are left out."""
    try:
        told = json.loads((run_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ()
    listed = told.get("evaluations") if isinstance(told, dict) else None
    return tuple(filter(None, map(_evaluation, listed if isinstance(listed, list) else ())))


def last_evaluation(run_dir: Path) -> float:
    """Returns when the evaluations of a run last changed [unix s]; 0 if there are none."""
    try:
        return (run_dir / FILE_NAME).stat().st_mtime
    except OSError:
        return 0.0


def keep_evaluation(run_dir: Path, evaluation: Evaluation) -> None:
    """Adds an evaluation to the run's; it replaces an earlier one of the same checkpoint.

    Raises:
        UserError: When the file cannot be written.
    """
    others = [one for one in read_evaluations(run_dir) if one.checkpoint != evaluation.checkpoint]
    told = {"version": _VERSION, "evaluations": [one.as_json() for one in (*others, evaluation)]}
    try:
        atomic_write_text(run_dir / FILE_NAME, json.dumps(told, indent=1))
    except OSError as error:
        raise UserError(
            f"{run_dir / FILE_NAME} cannot be written ({error.strerror}): make room, or check who may write there."
        ) from error


def best_evaluation(evaluations: Iterable[Evaluation]) -> Evaluation | None:
    """Returns the evaluation with the highest mean return; None if there is none."""
    finite = (one for one in evaluations if math.isfinite(one.mean_return))
    return max(finite, key=lambda one: one.mean_return, default=None)


def _evaluation(values: Any) -> Evaluation | None:
    """Returns an evaluation as it was written; None for something else."""
    if not isinstance(values, dict):
        return None
    known = {one.name: one for one in dataclasses.fields(Evaluation)}
    kept = {key: value for key, value in values.items() if key in known}
    for key in ("mean_return", "std_return", "mean_length", "std_length"):
        kept[key] = math.nan if kept.get(key) is None else kept[key]
    numbers = ("episodes", "num_envs", "mean_return", "std_return", "mean_length", "std_length")
    shares = kept.get("terminations", {})
    if not (
        isinstance(kept.get("checkpoint"), str)
        and all(_is_number(kept.get(key)) for key in numbers)
        and isinstance(shares, dict)
        and all(map(_is_number, shares.values()))
        and (kept.get("success_rate") is None or _is_number(kept["success_rate"]))
    ):
        return None
    return Evaluation(**({"seed": None} | kept))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
