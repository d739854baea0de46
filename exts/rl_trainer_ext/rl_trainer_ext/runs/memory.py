# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The memory that a training will need, from what earlier runs of its task have needed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

from .. import wording
from ..run_config import RunConfig
from ..system.machine import gpu_index
from ..system.process_memory import DeviceMemory
from .model import RECORD_NAME
from .record import MemoryUse, RunRecord

FIXED = 1_000_000_000
"""Memory that is taken not to grow with the number of environments, such as for kernels and networks, as long as all
runs had the same number [bytes]. Of a run that needed less, nothing is known per environment."""

_NEWEST = 100
"""Number of runs that are looked at, the newest first."""

_SPREAD = 2
"""Two numbers of environments tell what each adds if one is at least this many times the other."""


@dataclass(frozen=True)
class Estimate:
    """The memory of a training, which grows in proportion to its number of environments.

    Args:
        base: Memory that does not grow [bytes].
        per_env: Memory for each environment [bytes].
    """

    base: float
    per_env: float

    def of(self, num_envs: int) -> float:
        """Returns the memory with a number of environments [bytes]."""
        return self.base + self.per_env * num_envs

    def fitting(self, memory: float) -> int:
        """Returns the number of environments that fit into a memory [bytes], rounded down to two digits."""
        count = max(0, int((memory - self.base) / self.per_env)) if self.per_env else 0
        digits = 10 ** max(0, len(str(count)) - 2)
        return count // digits * digits


def estimate(uses: list[MemoryUse]) -> Estimate | None:
    """Returns the estimate from the memory of earlier runs, the newest first; None if they do not tell it."""
    newest: dict[int, int] = {}
    for use in uses:
        newest.setdefault(use.num_envs, use.taken)
    if not newest:
        return None
    few, many = min(newest), max(newest)
    if many < _SPREAD * few:
        per_env = max(0.0, newest[many] - FIXED) / many
    else:
        per_env = max(0.0, (newest[many] - newest[few]) / (many - few))
    if not per_env:
        return None
    return Estimate(newest[many] - per_env * many, per_env)


def earlier_uses(config: RunConfig) -> list[MemoryUse]:
    """Returns the memory of the runs on this machine with the same task, library, agent, overrides and kind of device.

    Args:
        config: What is asked for, with its device; the runs are those below its log root.
    """
    wanted = _kind(config)
    return [
        record.memory for record in _records(config) if record.memory is not None and _kind(record.config) == wanted
    ]


def warning(config: RunConfig, num_envs: int, memory: DeviceMemory | None) -> str:
    """Returns a sentence for a number of environments that will probably not fit; empty if it will, or is not known.

    Args:
        config: What is asked for, with its device.
        num_envs: The number of environments.
        memory: The memory of that device; None if it is not known.
    """
    expected = None if memory is None else estimate(earlier_uses(config))
    if memory is None or expected is None or expected.of(num_envs) <= memory.free:
        return ""
    fitting = expected.fitting(memory.free)
    choose = f"about {wording.whole(fitting)} would fit" if fitting else "free some of it first"
    return (
        f"{wording.whole(num_envs)} environments may not fit: they need about "
        f"{wording.file_size(expected.of(num_envs))} of {'GPU memory' if _on_gpu(config) else 'memory'}, as earlier "
        f"runs show, and {wording.file_size(memory.free)} are free; {choose}."
    )


def _on_gpu(config: RunConfig) -> bool:
    return gpu_index(config.device) is not None


def _kind(config: RunConfig) -> tuple[object, ...]:
    return config.task, config.library, config.agent, config.overrides, _on_gpu(config)


def _records(config: RunConfig) -> Iterator[RunRecord]:
    """Yields the records of the library's newest runs that were trained on this machine."""
    found = (config.log_root_path / config.library).glob(f"*/*/{RECORD_NAME}")
    newest = sorted(found, key=lambda path: path.parent.name, reverse=True)[:_NEWEST]
    here = socket.gethostname()
    for path in newest:
        record = RunRecord.read(path.parent)
        if record is not None and record.process.host == here:
            yield record
