# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Warns of trainings that will probably not fit into memory, and records what a training takes for the next warning."""

from __future__ import annotations

from ..run_config import RunConfig
from ..runs import memory
from ..runs.record import MemoryUse, RunRecord
from ..system import process_memory


def begin_training(config: RunConfig, num_envs: int) -> str:
    """Notes the memory in use before a training takes any, and estimates whether the training will fit.

    Args:
        config: What was asked for, with its device.
        num_envs: Number of parallel environments.

    Returns:
        A sentence if they will probably not fit; empty if they will, or that is not known.
    """
    assert config.device is not None
    process_memory.begin_training(config.device)
    return memory.warning(config, num_envs, process_memory.read_memory(config.device))


def note_memory(record: RunRecord | None, device: str | None, num_envs: int) -> None:
    """Notes in the record of a run the memory that it takes now, which is written with what is noted next."""
    if record is None or device is None:
        return
    taken = process_memory.taken_by_training(device)
    if taken is not None:
        record.memory = MemoryUse(num_envs, taken)
