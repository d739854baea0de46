# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The load of the machine, and the memory that a training takes."""

from __future__ import annotations

import os
from types import SimpleNamespace

import psutil
import pynvml
import pytest
import torch
from rl_trainer_ext.system import machine, process_memory
from rl_trainer_ext.system.machine import Gpu, GpuLoad, Machine, gpu_index
from rl_trainer_ext.system.process_memory import DeviceMemory


class LibraryDouble:
    """NVIDIA's library on a machine with a GPU: raises for what a driver does not support, and gives None for memory
    that Windows manages, as the comments in pynvml say."""

    NVMLError = pynvml.NVMLError

    def __init__(self, used=3, busy=40, compute=(), graphics=()):
        self.used, self.busy, self.compute, self.graphics = used, busy, compute, graphics

    def _answer(self, value):
        if value is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        return value

    def nvmlDeviceGetMemoryInfo(self, handle):
        return SimpleNamespace(used=self._answer(self.used), total=80)

    def nvmlDeviceGetUtilizationRates(self, handle):
        return SimpleNamespace(gpu=self._answer(self.busy))

    def nvmlDeviceGetComputeRunningProcesses(self, handle):
        return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in self._answer(self.compute)]

    def nvmlDeviceGetGraphicsRunningProcesses(self, handle):
        return [SimpleNamespace(pid=pid, usedGpuMemory=used) for pid, used in self._answer(self.graphics)]


ME, OTHER = os.getpid(), 1


@pytest.mark.parametrize(
    ("library", "load"),
    [
        (LibraryDouble(compute=[(ME, 2), (OTHER, 50)]), GpuLoad(40.0, 3, 80, 2)),
        (LibraryDouble(compute=[(ME, 2)], graphics=[(ME, 2)]), GpuLoad(40.0, 3, 80, 2)),
        (LibraryDouble(compute=None, graphics=[(ME, 1)]), GpuLoad(40.0, 3, 80, 1)),
        (LibraryDouble(compute=[(ME, None)]), GpuLoad(40.0, 3, 80, None)),
        (LibraryDouble(busy=None), GpuLoad(None, 3, 80, None)),
        (LibraryDouble(used=None), None),
    ],
)
def test_a_gpu_tells_what_its_driver_does(library, load):
    assert Gpu(library, handle=0).load() == load


def test_a_reading_lasts_a_second():
    clock = [0.0]
    reader = Machine(lambda: clock[0])
    first = reader.load(None)
    clock[0] = 0.9 * machine.INTERVAL
    assert reader.load(None) is first
    clock[0] = 1.1 * machine.INTERVAL
    assert reader.load(None) is not first
    assert first.total == psutil.virtual_memory().total
    assert first.own == pytest.approx(psutil.Process().memory_info().rss, rel=0.5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_without_a_gpu_there_is_none():
    assert Machine().load(0).gpu is None
    assert process_memory.read_memory("cuda:0") is None


@pytest.mark.parametrize(("device", "index"), [("cuda:1", 1), ("cuda", 0), ("cpu", None), ("", None), (None, None)])
def test_the_index_is_in_the_name_of_the_device(device, index):
    assert gpu_index(device) == index


@pytest.fixture
def gpu(monkeypatch):
    """A GPU, none of whose memory this process has used yet."""
    library = LibraryDouble(used=10)
    monkeypatch.setattr(process_memory, "find_gpu", lambda index: Gpu(library, index))
    monkeypatch.setattr(process_memory, "_before", {})
    return library


def test_a_training_takes_what_the_process_uses_more_than_before_its_first_one(gpu):
    process_memory.begin_training("cuda:0")
    gpu.compute, gpu.used = [(ME, 7)], 17
    assert process_memory.taken_by_training("cuda:0") == 7
    gpu.compute, gpu.used = [(ME, 4)], 14  # a cache stays
    assert process_memory.read_memory("cuda:0") == DeviceMemory(own=4, free=70)
    process_memory.begin_training("cuda:0")
    gpu.compute, gpu.used = [(ME, 7)], 17
    assert process_memory.taken_by_training("cuda:0") == 7


def test_what_a_driver_does_not_tell_is_not_known(gpu):
    process_memory.begin_training("cuda:0")
    gpu.compute, gpu.used = [], 17
    assert process_memory.taken_by_training("cuda:0") is None
    assert process_memory.taken_by_training("cuda:1") is None  # where none began


def test_memory_of_the_cpu_is_that_of_the_process(monkeypatch):
    monkeypatch.setattr(process_memory, "_before", {})
    process_memory.begin_training("cpu")
    kept = bytearray(os.urandom(1)) * 300_000_000
    taken = process_memory.taken_by_training("cpu")
    assert taken is not None
    assert taken > 250_000_000
    del kept
