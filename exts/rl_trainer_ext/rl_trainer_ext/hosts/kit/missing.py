# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window shown in Kit when a required package is missing."""

from __future__ import annotations

import omni.ui as ui

from ...system.installation import isaac_lab, pip_line
from .names import TITLE

REQUIREMENTS = {
    "google_crc32c": "google-crc32c==1.9.0",
    "greenlet": "greenlet==3.5.6",
    "platformdirs": "platformdirs==4.14.5",
    "psutil": "psutil==7.2.2",
}
"""Packages that Kit installs itself where it can, by import name."""


class MissingPackage:
    """Shows the command that installs the package.

    Args:
        error: The exception from the import.
    """

    def __init__(self, error: ModuleNotFoundError) -> None:
        name = (error.name or str(error)).split(".")[0]
        self.line = pip_line(REQUIREMENTS.get(name) or isaac_lab())
        self._window = ui.Window(TITLE, width=420, height=180)
        with self._window.frame, ui.VStack(spacing=6, height=0):
            ui.Spacer(height=4)
            ui.Label(
                f"RL Trainer needs the Python package {name}. Run this line in a terminal, "
                "then disable the extension and enable it again:",
                word_wrap=True,
                identifier="missing_package",
            )
            field = ui.StringField(height=24, read_only=True, identifier="pip_line", tooltip="Select it to copy it.")
            field.model.set_value(self.line)
        self._window.deferred_dock_in("Property", ui.DockPolicy.CURRENT_WINDOW_IS_ACTIVE)

    def close(self) -> None:
        """Removes the window."""
        self._window.destroy()
