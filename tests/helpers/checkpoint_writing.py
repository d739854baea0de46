# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A clock, models and the record for tests of the checkpoint writer."""

from __future__ import annotations

import json
from pathlib import Path

from rl_trainer_ext.learners.checkpoint_writer import CheckpointFiles, CheckpointWriter
from rl_trainer_ext.run_config import RunConfig

CONFIG = RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl")


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def model(content: bytes) -> CheckpointFiles:
    """Returns a model whose file holds ``content``."""
    return lambda stem: {f"{stem}.pt": content}


def finish(writer: CheckpointWriter, iteration: int, reward: float | None, settled: bool = True) -> None:
    """Finishes an iteration, whose model holds its number."""
    writer.iteration_finished(iteration, reward, settled, lambda: model(f"{iteration}".encode()))


def record(folder: Path) -> dict:
    """Reads the record of a run."""
    return json.loads((folder / "rl_trainer.json").read_text())
