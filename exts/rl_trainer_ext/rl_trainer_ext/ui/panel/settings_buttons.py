# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The buttons for all settings of a task: to change them, and to train with several values of some."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ..widgets import style

_SETTINGS = "Search and change every value of the environment's and the agent's configuration."
_SWEEPS = "Train with several values of some settings, and compare: show the window of the sweeps."


def settings_buttons(on_settings: Callable[[], None], on_sweeps: Callable[[], None] | None) -> None:
    """Builds a row into the current layout.

    Args:
        on_settings: Called when the user wants to see all settings of the task.
        on_sweeps: Shows the host's window of the sweeps; None leaves its button out.
    """
    with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
        ui.Button("Settings…", identifier="settings", tooltip=_SETTINGS, clicked_fn=on_settings)
        if on_sweeps is not None:
            ui.Button("Sweep…", identifier="sweep_show", tooltip=_SWEEPS, clicked_fn=on_sweeps, width=80)
