# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keeps garbage collections short in a process that has imported Isaac Lab.

Isaac Lab collects garbage at the end of every run. A collection visits each object of PyTorch, Newton and Warp, which
took a third of the CPU time of all tests.
"""

from __future__ import annotations

import gc
import sys

_MANY = 30
"""So many new modules are worth a collection."""

_modules = 0


def leave_out_imports() -> None:
    """Leaves what exists now out of later collections, if modules were imported since the last call."""
    global _modules
    if len(sys.modules) > _modules + _MANY:
        gc.collect()
        gc.freeze()
        _modules = len(sys.modules)
