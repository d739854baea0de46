# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs on disk: writing, reading, labelling, and choosing a checkpoint.

Run directories, manifests and checkpoints are where Isaac Lab puts them, so its commands and this extension share one
list of runs.
"""

from ..learners.formats import CheckpointKind
from ..system.atomic_files import atomic, atomic_write_text
from .checkpoints import list_checkpoints, run_dir_of
from .choosing import SELECTORS, best_checkpoint, find_checkpoint, other_task
from .config_from_run import config_from_run
from .containment import require_in_place, require_inside
from .damage import find_damage, look_for_damage
from .labels import DeletedRun, archive, delete, empty_trash, rename, restore, tag, trash
from .model import Checkpoint, Run, RunStatus, as_text
from .parameters import ABSENT, Difference, compare, pace_of, read_parameters, steps_per_iteration
from .reading import RunIndex, list_runs, read_run
from .record import Best, ResumedFrom, RunRecord
from .videos import list_videos
from .writing import create_run_dir

__all__ = [
    "ABSENT",
    "SELECTORS",
    "Best",
    "Checkpoint",
    "CheckpointKind",
    "DeletedRun",
    "Difference",
    "ResumedFrom",
    "Run",
    "RunIndex",
    "RunRecord",
    "RunStatus",
    "archive",
    "as_text",
    "atomic",
    "atomic_write_text",
    "best_checkpoint",
    "compare",
    "config_from_run",
    "create_run_dir",
    "delete",
    "empty_trash",
    "find_checkpoint",
    "find_damage",
    "list_checkpoints",
    "list_runs",
    "list_videos",
    "look_for_damage",
    "other_task",
    "pace_of",
    "read_parameters",
    "read_run",
    "rename",
    "require_in_place",
    "require_inside",
    "restore",
    "run_dir_of",
    "steps_per_iteration",
    "tag",
    "trash",
]
