# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The second way into Isaac Sim: its window, started from Python by Isaac Lab's launcher, with this extension in it."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ..errors import UserError
from ..installation import ISAAC_SIM, pip_line

FOLDER = Path(__file__).resolve().parents[2]
"""Of the extension, with its ``config`` inside."""


def run(log_root: str) -> int:
    """Opens Isaac Sim and stays until its window is closed.

    Args:
        log_root: Directory below which runs are written.

    Returns:
        The exit status.

    Raises:
        UserError: When Isaac Sim, or the extension's folder, is not there.
    """
    if importlib.util.find_spec("isaacsim") is None:
        raise UserError(
            f"Isaac Sim is not installed for this Python: {pip_line(ISAAC_SIM)} "
            "--extra-index-url https://pypi.nvidia.com, or start isaac-sim.sh (see docs/isaac-sim.md)."
        )
    if not (FOLDER / "config" / "extension.toml").is_file():
        raise UserError(f"{FOLDER} holds no Kit extension: start rl_trainer.sh from a copy of the repository.")
    from isaaclab.app import launch_simulation

    with launch_simulation(None, {"require_kit": True, "visualizer": ["kit"]}):
        import omni.kit.app

        enable(log_root)
        app = omni.kit.app.get_app()
        while app.is_running():
            app.update()
    return 0


def enable(log_root: str) -> None:
    """Enables the extension in the Kit that runs in this process."""
    import carb.settings
    import omni.kit.app

    from .kit_names import EXTENSION, SETTINGS

    carb.settings.get_settings().set(f"{SETTINGS}/log_root", os.path.abspath(log_root))
    manager = omni.kit.app.get_app().get_extension_manager()
    manager.add_path(str(FOLDER.parent))
    manager.set_extension_enabled_immediate(EXTENSION, True)
