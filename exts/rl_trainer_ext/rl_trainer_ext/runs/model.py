# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of a run and of a checkpoint. Plain values; None where nothing is known."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from ..learners.formats import CheckpointKind

MANIFEST_NAME = "run.json"
"""Isaac Lab's manifest of a run: its library, its task, when it began."""

RECORD_NAME = "rl_trainer.json"
"""This extension's record of a run: how far it came and how it ended. Runs of ``isaaclab train`` have none."""

LABELS_NAME = "labels.json"
"""What the user notes about a run: display name, tags, archived."""

TRASH_FOLDER = ".trash"
"""Folder in a log root that deleted runs are moved to."""


class RunStatus(enum.StrEnum):
    """How a run stands."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"
    """Its process is gone, and did not get to say how it ended."""
    UNKNOWN = "unknown"

    @property
    def is_over(self) -> bool:
        """Whether nothing will be added to the run."""
        return self not in (RunStatus.RUNNING, RunStatus.UNKNOWN)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of a run.

    Args:
        path: Its file.
        iteration: Training iterations behind it.
        steps: Environment steps behind it, over all parallel environments.
        kind: Why it was saved.
        modified: When it was written [unix s].
        size: Its size, with the statistics that belong to it [bytes].
        problem: What is wrong with its file, in one sentence; empty where nothing is known to be.
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
    """A run, as far as it is known. Counters are totals: they include what the run was resumed from. Texts can be shown
    as they are; of paths see :func:`as_text`.

    Args:
        path: Its directory.
        library: Isaac Lab's name of its RL library.
        experiment: Folder of its experiment, below the library's.
        task: Gymnasium id of its task; an empty string where nothing says.
        created: When it began [unix s].
        status: How it stands.
        iterations: Finished training iterations.
        steps: Environment steps, over all parallel environments.
        seconds: Training time [s].
        last_reward: Newest mean episode return.
        best_reward: Highest mean episode return.
        best_iteration: Iteration at which it was reached.
        size: All of its files [bytes].
        name: Display name; empty without one.
        tags: Tags.
        archived: Whether it is archived.
        sparkline: About 32 values of the mean episode return, at equal distances; empty where there is none.
        resumed_from: Directory of the run that it was resumed from, or whose weights it fine-tunes.
        fine_tuned: Whether it is a new training with the weights of :attr:`resumed_from`.
        has_manifest: Whether it has a manifest; runs of older versions of Isaac Lab have none.
        problem: One sentence about what is wrong with its files, or why it failed; or an empty string.
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
    problem: str = ""

    @property
    def title(self) -> str:
        """Its display name, or the name of its directory."""
        return self.name or self.folder

    @property
    def folder(self) -> str:
        """Name of its directory, to be shown."""
        return as_text(self.path.name)


def as_text(name: object) -> str:
    """A file name to be shown: bytes in it that are no text, which Python keeps as surrogates, are replaced."""
    return str(name).encode("utf-8", "replace").decode("utf-8")
