# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs on disk: writing them (:mod:`.writing`), reading them (:mod:`.reading`) and choosing a checkpoint
(:mod:`.choosing`).

Run directories, manifests and checkpoints lie where Isaac Lab puts them, so that its commands and this extension see
one list of runs.
"""

from .choosing import SELECTORS, find_checkpoint
from .model import Checkpoint, CheckpointKind, Run, RunStatus
from .writing import Best, ResumedFrom, RunRecord, atomic, atomic_write_text, create_run_dir

__all__ = [
    "SELECTORS",
    "Best",
    "Checkpoint",
    "CheckpointKind",
    "ResumedFrom",
    "Run",
    "RunRecord",
    "RunStatus",
    "atomic",
    "atomic_write_text",
    "create_run_dir",
    "find_checkpoint",
]
