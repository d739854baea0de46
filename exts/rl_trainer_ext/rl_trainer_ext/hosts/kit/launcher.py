# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Starts Isaac Sim from Python through Isaac Lab's launcher, with this extension enabled."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from pathlib import Path

from ...errors import UserError
from ...system.installation import ISAAC_SIM, isaac_sim_is_installed, pip_line

FOLDER = Path(__file__).resolve().parents[3]
"""Folder of the extension, which contains ``config``."""


def run(log_root: str) -> int:
    """Opens Isaac Sim and returns when its window is closed.

    Args:
        log_root: Directory below which runs are written.

    Returns:
        The exit status.

    Raises:
        UserError: When Isaac Sim or the extension's folder is missing.
    """
    if not _can_be_launched():
        raise UserError(
            f"Isaac Sim is not installed for this Python: {pip_line(ISAAC_SIM)} "
            "--extra-index-url https://pypi.nvidia.com, or start isaac-sim.sh (see docs/isaac-sim.md)."
        )
    if not (FOLDER / "config" / "extension.toml").is_file():
        raise UserError(f"{FOLDER} holds no Kit extension: start rl_trainer.sh from a copy of the repository.")
    from isaaclab.app import launch_simulation

    with launch_simulation(None, {"require_kit": True, "visualizer": ["kit"]}), enabled(log_root):
        import omni.kit.app

        app = omni.kit.app.get_app()
        while app.is_running():
            app.update()
    return 0


@contextlib.contextmanager
def enabled(log_root: str) -> Iterator[None]:
    """Enables the extension in the Kit of this process. At the end of the block, stops and saves its run."""
    import carb.settings
    import omni.kit.app

    from .names import EXTENSION, SETTINGS

    carb.settings.get_settings().set(f"{SETTINGS}/log_root", os.path.abspath(log_root))
    app = omni.kit.app.get_app()
    manager = app.get_extension_manager()
    manager.add_path(str(FOLDER.parent))
    app.update()  # Kit scans the folder; otherwise it would query NVIDIA's registry for the extension
    manager.set_extension_enabled_immediate(EXTENSION, True)
    try:
        yield
    finally:
        # when Kit is closed, it may end the process without waiting for a run
        manager.set_extension_enabled_immediate(EXTENSION, False)


def _can_be_launched() -> bool:
    """Returns whether Isaac Lab can launch Isaac Sim: its kernel alone, without its extensions, cannot be launched."""
    return isaac_sim_is_installed() and hasattr(importlib.import_module("isaacsim"), "SimulationApp")
