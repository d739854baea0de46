# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is known of RL-Games without importing it. See :mod:`..formats`."""

from __future__ import annotations

from ..formats import ITERATIONS, SECONDS, CheckpointFiles, CheckpointKind, LibraryFormat

LIBRARY = LibraryFormat(
    name="rl_games",
    label="RL-Games",
    distribution="rl-games",
    trains=False,
    checkpoints=(
        CheckpointFiles(CheckpointKind.PERIODIC, r"last_.*_ep_(\d+)_.*\.pth", "nn"),
        CheckpointFiles(CheckpointKind.BEST, r"(?!last_).*\.pth", "nn"),
    ),
    # scalars against steps and against seconds make the counter of a whole run ambiguous
    tag_units=((r".*/time", SECONDS), (r".*", ITERATIONS)),
)
