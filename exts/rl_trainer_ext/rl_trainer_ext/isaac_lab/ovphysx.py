# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""PhysX without Isaac Sim: NVIDIA's OvPhysX, which Isaac Lab uses for ``physics=ovphysx`` and ``physics=physx``."""

from __future__ import annotations

import importlib.metadata
import importlib.util

from ..system.installation import pip_line

OVPHYSX = "isaaclab[ovphysx]==3.0.0"
"""Isaac Lab with the versions of OvPhysX and of its stage that it requires."""

PACKAGES = ("ovphysx", "ovstage")


def missing_packages() -> list[str]:
    """Returns the packages of OvPhysX that cannot be imported."""
    return [name for name in PACKAGES if importlib.util.find_spec(name) is None]


def installed_version() -> str:
    """Returns the version of OvPhysX; empty if it is not installed."""
    try:
        return importlib.metadata.version("ovphysx")
    except importlib.metadata.PackageNotFoundError:
        return ""


def obstacle(device: str) -> str:
    """Returns in one sentence why OvPhysX cannot run on a device; empty if it can.

    Args:
        device: Isaac Lab's name of the device, such as ``cuda:0``.
    """
    if not device.startswith("cuda"):
        return (
            "PhysX without Isaac Sim (OvPhysX) needs an NVIDIA GPU: choose a CUDA device, or physics=newton_mjwarp, "
            f"which runs on {device} too."
        )
    if missing := missing_packages():
        return (
            f"PhysX without Isaac Sim (OvPhysX) is not installed ({' and '.join(missing)} missing): "
            f"run {pip_line(OVPHYSX)}, or choose physics=newton_mjwarp."
        )
    return ""
