# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Looks up the checkpoint that a training would start from, once the user has stopped typing."""

from __future__ import annotations

from collections.abc import Callable

from ...run_config import RunConfig
from ...training.commands import DescribeCheckpoint, TrainerPort
from ...training.snapshot import CheckpointDetails, Snapshot

LOOKUP_DELAY = 15
"""Frames without a change after which the checkpoint is looked up, which may take a moment."""


class CheckpointLookup:
    """Asks the trainer, and passes its answer on.

    Args:
        trainer: Looks up checkpoints.
        show: Called with what is known of the checkpoint; None while it is not known.
    """

    def __init__(self, trainer: TrainerPort, show: Callable[[CheckpointDetails | None], None]) -> None:
        self._trainer, self._show = trainer, show
        self._wanted: RunConfig | None = None
        self._shown: tuple[RunConfig | None, CheckpointDetails | None] = (None, None)
        self._wait = 0

    def follow(self, config: RunConfig | None) -> None:
        """Sets the training whose checkpoint is looked up; None looks up nothing."""
        # how long it trains changes nothing that is looked up
        wanted = None if config is None else config.replace(max_iterations=None, num_steps=None, speed=1.0)
        if wanted != self._wanted:
            self._wanted, self._wait = wanted, LOOKUP_DELAY

    def update(self, snapshot: Snapshot) -> None:
        """Asks, and shows the answer. Called once a frame."""
        if self._wait:
            self._wait -= 1
            if not self._wait and self._wanted is not None:
                self._trainer.request(DescribeCheckpoint(self._wanted))
        now = self._wanted, snapshot.checkpoint_details
        if now != self._shown:
            self._shown = now
            wanted, details = now
            self._show(details if details is not None and details.config == wanted else None)
