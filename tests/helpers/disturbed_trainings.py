# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings that lose their disk in mid-training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rl_trainer_ext.runs import RunRecord

from helpers.checkpoint_writing import CONFIG
from helpers.tiny_trainings import TRAININGS, learn


def train(library: str, training: Any) -> Path:
    """Trains for 12 iterations, saves and closes; returns the final model."""
    learn(library, training)
    saved = training.save()
    training.close()
    return saved


def disturbed_after_the_third_iteration(
    library: str, run_dir: Path, hold: Callable[[str], None], disturb: Callable[[], object]
) -> Any:
    """Returns a training that calls ``disturb`` after its third iteration."""
    training = TRAININGS[library](run_dir, hold=hold)
    training.checkpoint_writer.begin(RunRecord.begin(run_dir, CONFIG))
    finished = training.checkpoint_writer.iteration_finished

    def finished_and_disturbed(iteration, *args, **kwargs):
        if iteration == 3:
            disturb()
        finished(iteration, *args, **kwargs)

    training.checkpoint_writer.iteration_finished = finished_and_disturbed
    return training
