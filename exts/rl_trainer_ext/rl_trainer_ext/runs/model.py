# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A run and a checkpoint as plain values; None for an unknown value."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from ..learners.formats import CheckpointKind
from .reward_changes import RewardChange

MANIFEST_NAME = "run.json"
"""Isaac Lab's manifest of a run: its library, its task, when it started."""

RECORD_NAME = "rl_trainer.json"
"""This extension's record of a run: its progress and its status. Runs of ``isaaclab train`` have none."""

LABELS_NAME = "labels.json"
"""The user's labels of a run: display name, tags, archived."""

TRASH_FOLDER = ".trash"
"""The folder in a log root to which deleted runs are moved."""


class RunStatus(enum.StrEnum):
    """The status of a run."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"
    """Its process ended without setting a status."""
    UNKNOWN = "unknown"

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self not in (RunStatus.RUNNING, RunStatus.UNKNOWN)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of a run.

    Args:
        path: Its file.
        iteration: The training iteration at which it was saved.
        steps: The environment steps at which it was saved, over all parallel environments.
        kind: Why it was saved.
        modified: When it was written [unix s].
        size: The size of the file and of the statistics that belong to it [bytes].
        problem: What is wrong with the file, in one sentence; empty if no damage is known.
    """

    path: Path
    iteration: int | None
    steps: int | None
    kind: CheckpointKind
    modified: float
    size: int
    problem: str = ""


@dataclass(frozen=True)
class Run:
    """A run. Counters are totals, which include the run that it resumed. Texts can be shown as they are; for paths see
    :func:`as_text`.

    Args:
        path: Its directory.
        library: Isaac Lab's name of its RL library.
        experiment: The folder of its experiment, below the library's.
        task: The Gymnasium id of its task; empty if unknown.
        created: When it started [unix s].
        status: Its status.
        iterations: Finished training iterations.
        steps: Environment steps, over all parallel environments.
        seconds: Training time [s].
        last_reward: The newest mean episode return.
        best_reward: The highest mean episode return.
        best_iteration: The iteration of ``best_reward``.
        size: The size of all its files [bytes].
        name: The display name; empty if it has none.
        tags: The tags.
        archived: Whether it is archived.
        sparkline: About 32 values of the mean episode return, at equal distances; empty if there is none.
        resumed_from: The directory of the run that it resumed, or whose weights it fine-tunes.
        fine_tuned: Whether it is a new training with the weights of :attr:`resumed_from`.
        has_manifest: Whether it has a manifest; runs of older versions of Isaac Lab have none.
        stop_reason: Which rule ended it before its last iteration, in one sentence; empty if none did.
        problem: Why it failed, or what is wrong with its files; empty if nothing is.
        reward_changes: The reward weights that the user changed while it ran.
    """

    path: Path
    library: str
    experiment: str
    task: str
    created: float
    status: RunStatus
    iterations: int | None = None
    steps: int | None = None
    seconds: float | None = None
    last_reward: float | None = None
    best_reward: float | None = None
    best_iteration: int | None = None
    size: int = 0
    name: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False
    sparkline: tuple[float, ...] = ()
    resumed_from: Path | None = None
    fine_tuned: bool = False
    has_manifest: bool = True
    stop_reason: str = ""
    problem: str = ""
    reward_changes: tuple[RewardChange, ...] = ()

    @property
    def title(self) -> str:
        """The display name, or the name of the directory."""
        return self.name or self.folder

    @property
    def folder(self) -> str:
        """The name of the directory, as text."""
        return as_text(self.path.name)


def as_text(name: object) -> str:
    """Returns a file name as text: bytes that are not UTF-8, which Python keeps as surrogates, are replaced."""
    return str(name).encode("utf-8", "replace").decode("utf-8")
