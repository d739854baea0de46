# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The load of the machine, of the GPU too where NVIDIA's driver tells it."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

INTERVAL = 1.0
"""Shortest time between two readings [s]. One takes about 0.5 ms; the first of a GPU takes 200 ms, for its identity."""


@dataclass(frozen=True)
class GpuLoad:
    """One GPU.

    Args:
        busy: Share of the time in which it worked [%]; None if the driver does not say.
        used: Memory used by all programs [bytes].
        total: Its memory [bytes].
        own: Memory used by this process [bytes]; None if the driver does not say, as in some containers.
    """

    busy: float | None
    used: int
    total: int
    own: int | None


@dataclass(frozen=True)
class Load:
    """The machine at one moment.

    Args:
        cpu: Load of all processor cores since the reading before [%].
        own: Memory used by this process [bytes].
        total: The machine's memory [bytes].
        gpu: The GPU; None without one, and before PyTorch is imported.
    """

    cpu: float
    own: int
    total: int
    gpu: GpuLoad | None


class Machine:
    """Reads the load, at most once per :data:`INTERVAL`.

    Args:
        clock: Returns seconds, as :func:`time.monotonic`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._process = psutil.Process()
        self._total = psutil.virtual_memory().total
        self._read: tuple[int | None, float, Load] | None = None
        psutil.cpu_percent()  # the first reading has nothing to compare with

    def load(self, gpu: int | None) -> Load:
        """Returns the load; the same object until the next reading.

        Args:
            gpu: Index of the GPU, as PyTorch counts them; None for none.
        """
        now = self._clock()
        if self._read is not None and self._read[0] == gpu and now - self._read[1] < INTERVAL:
            return self._read[2]
        # before PyTorch is imported, which takes seconds, the index means nothing
        found = find_gpu(gpu) if gpu is not None and "torch" in sys.modules else None
        own = self._process.memory_info().rss
        load = Load(psutil.cpu_percent(), own, self._total, None if found is None else found.load())
        self._read = gpu, now, load
        return load


class Gpu:
    """One GPU, read through NVIDIA's management library.

    Args:
        library: The module ``pynvml``, initialised.
        handle: The library's handle of the GPU.
    """

    def __init__(self, library: Any, handle: Any) -> None:
        self._library, self._handle = library, handle

    def load(self) -> GpuLoad | None:
        """Returns its load; None if the driver does not answer any more."""
        library = self._library
        try:
            memory = library.nvmlDeviceGetMemoryInfo(self._handle)
        except library.NVMLError:
            return None
        try:
            busy = float(library.nvmlDeviceGetUtilizationRates(self._handle).gpu)
        except library.NVMLError:
            busy = None
        return GpuLoad(busy, int(memory.used), int(memory.total), self._own())

    def _own(self) -> int | None:
        """Returns the memory of this process [bytes], which may be in the lists of two kinds of programs."""
        library, found = self._library, []
        for processes in (library.nvmlDeviceGetComputeRunningProcesses, library.nvmlDeviceGetGraphicsRunningProcesses):
            try:
                found += [one.usedGpuMemory for one in processes(self._handle) if one.pid == os.getpid()]
            except library.NVMLError:
                continue
        return max((int(used) for used in found if used is not None), default=None)


@functools.cache
def find_gpu(index: int) -> Gpu | None:
    """Returns a GPU by PyTorch's index; None where there is no NVIDIA driver, or it does not know the GPU.

    PyTorch's indices count the visible devices, in an order of their own; only the identity is the same for both.
    """
    try:
        import pynvml
        import torch
    except ModuleNotFoundError:  # in Isaac Sim without a network the package may be missing
        return None
    try:
        identity = torch.cuda.get_device_properties(index).uuid
        pynvml.nvmlInit()
        return Gpu(pynvml, pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{identity}"))
    except (pynvml.NVMLError, RuntimeError, AssertionError):  # PyTorch raises the last two where it has no CUDA
        return None


def gpu_index(device: str | None) -> int | None:
    """Returns the index in a device's name, such as 1 for ``cuda:1``; None for another device than a GPU."""
    if device is None or not device.startswith("cuda"):
        return None
    return int(device.partition(":")[2] or 0)
