# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The machine that was measured on: no host names, no paths."""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

_PACKAGES = ("rl-trainer-ext", "isaaclab", "newton", "warp-lang", "torch", "rsl-rl-lib", "stable-baselines3", "ovui")


def describe_machine() -> dict[str, Any]:
    """CPU, memory, GPUs and versions, as plain JSON types."""
    import torch

    return {
        "cpu": _cpu_model(),
        "cores": len(psutil.Process().cpu_affinity()),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "gpus": [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "versions": {name: version for name in _PACKAGES if (version := _version(name))},
    }


def gpu_memory_meter(device: str) -> Callable[[], int] | None:
    """Returns a function that reads how many bytes of a device all processes use; None where that is not known.

    It asks the driver's management library, which needs no CUDA context of its own: one would count.
    """
    if not device.startswith("cuda"):
        return None
    index = int(device.partition(":")[2] or 0)
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    if index < len(visible):
        if not visible[index].isdecimal():
            return None
        index = int(visible[index])
    try:
        nvml = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return None
    handle = ctypes.c_void_p()
    if nvml.nvmlInit_v2() != 0 or nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)) != 0:
        return None

    def used() -> int:
        total_free_used = (ctypes.c_ulonglong * 3)()
        failed = nvml.nvmlDeviceGetMemoryInfo(handle, ctypes.byref(total_free_used))
        return 0 if failed else total_free_used[2]

    return used


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""
