# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Keeps Python's garbage collector away from what stays in memory, in programs that have a process of their own.

PyTorch, Isaac Lab and an environment are half a million objects. While they are created, and now and then while it
trains, the collector goes through all of them: a fifth of the CPU time of a short training, half a second each time.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator

_in_own_process = False


def set_in_own_process() -> None:
    """Says that the process is this program's own. In Kit, whose collector is not ours, nothing here has an effect."""
    global _in_own_process
    _in_own_process = True


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Runs the block, which creates much that stays, without collections."""
    if not _in_own_process:
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """The same, and leaves all that exists then out of later collections, if the block has imported anything.

    Modules are never freed. A run that ended before may have left garbage, which only a later import would keep.
    """
    before = len(sys.modules)
    with paused():
        yield
        if _in_own_process and len(sys.modules) > before:
            gc.freeze()
