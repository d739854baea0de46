# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The memory of a device that this process uses, and what its trainings have taken of it."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from .machine import find_gpu, gpu_index

_before: dict[str, int] = {}
"""Memory of this process before its first training, by device [bytes].

Caches keep some memory after a training, and use it again in the next.
"""


@dataclass(frozen=True)
class DeviceMemory:
    """The memory of a device at one moment.

    Args:
        own: Memory that this process uses [bytes].
        free: Memory that a training in this process could take: what is free, and what its earlier trainings left in
            caches [bytes].
    """

    own: int
    free: int


def read_memory(device: str) -> DeviceMemory | None:
    """Returns the memory of a device, such as ``cuda:0`` or ``cpu``; None if it is not known."""
    index = gpu_index(device)
    if index is None:
        own, free = psutil.Process().memory_info().rss, psutil.virtual_memory().available
    else:
        gpu = find_gpu(index)
        load = None if gpu is None else gpu.load()
        if load is None:
            return None
        own, free = load.own or 0, load.total - load.used
    return DeviceMemory(own, free + max(0, own - _before.get(device, own)))


def begin_training(device: str) -> None:
    """Notes the memory of this process before a training takes any."""
    memory = read_memory(device)
    if memory is not None:
        _before[device] = min(memory.own, _before.get(device, memory.own))


def taken_by_training(device: str) -> int | None:
    """Returns the memory that the training takes, at its end [bytes]; None if it is not known."""
    memory = read_memory(device)
    if memory is None or device not in _before or not memory.own:
        return None  # drivers in some containers do not list the programs: then it uses nothing, as it seems
    return max(0, memory.own - _before[device])
