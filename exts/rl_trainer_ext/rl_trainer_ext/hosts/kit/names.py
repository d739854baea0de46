# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Names under which this extension is known in Kit, and the modules that not every Kit application has."""

from __future__ import annotations

import importlib
from typing import Any

TITLE = "RL Trainer"
"""Of the window, and of its entry in the menu Tools ▸ Robotics."""

RUNS_TITLE = "RL Trainer Runs"
"""Of the window of the run browser, and of its entry."""

EXTENSION = "rl_trainer_ext"

SETTINGS = f"/exts/{EXTENSION}"
"""Below it are the defaults of ``extension.toml``, and what an application or the command line sets instead."""

PERSISTENT_SETTINGS = f"/persistent{SETTINGS}"
"""Below it are the user's own choices, which Kit keeps from one start to the next."""


def optional(name: str) -> Any:
    """The module of an extension that is not part of every Kit application, or None where it is not enabled.

    Raises:
        ModuleNotFoundError: When the extension is there and lacks something itself.
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise
