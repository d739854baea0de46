# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The names of this extension in Kit, and the import of modules that not every Kit application has."""

from __future__ import annotations

import importlib
from typing import Any

TITLE = "RL Trainer"
"""Title of the window and of its entry in the menu Tools ▸ Robotics."""

RUNS_TITLE = "RL Trainer Runs"
"""Title of the run browser's window and of its menu entry."""

QUEUE_TITLE = "RL Trainer Queue"
"""Title of the queue's window and of its menu entry."""

TERMS_TITLE = "RL Trainer Terms"
"""Title of the window of the terms and of its menu entry."""

SWEEP_TITLE = "RL Trainer Sweep"
"""Title of the window of the sweeps and of its menu entry."""

EXTENSION = "rl_trainer_ext"

SETTINGS = f"/exts/{EXTENSION}"
"""Path of the defaults of ``extension.toml``, which an application or the command line can change."""

PERSISTENT_SETTINGS = f"/persistent{SETTINGS}"
"""Path of the user's choices, which Kit saves."""


def optional(name: str) -> Any:
    """Returns the module of an extension that not every Kit application has; None if it is not enabled.

    Raises:
        ModuleNotFoundError: When the extension is enabled and one of its own imports is missing.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
