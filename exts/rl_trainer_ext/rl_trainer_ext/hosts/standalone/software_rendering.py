# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Gives Mesa's drawing threads the lowest priority: without a GPU they use the cores that the training needs."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_TASKS = Path("/proc/self/task")
_LOWEST = 19
"""The lowest priority, as of ``nice(1)``."""


def rasterizer_threads() -> tuple[int, ...]:
    """Returns the threads of this process in which Mesa's llvmpipe draws; none where a GPU draws."""
    found = []
    for task in _TASKS.glob("*/comm"):
        # a thread may end while its name is being read
        with contextlib.suppress(OSError):
            if task.read_text(encoding="utf-8").startswith("llvmpipe"):
                found.append(int(task.parent.name))
    return tuple(found)


def lower_rasterizer_priority() -> int:
    """Gives the threads of Mesa's llvmpipe that draw the user interface the lowest priority, and returns how many.

    They draw while the training continues, and would take its time if they got as much of a core as it does. The
    training waits for the pictures of the viewport, whose threads keep their priority: to be called after the first
    frame of the user interface and before the first picture of the viewport.
    """
    threads = rasterizer_threads()
    if sys.platform != "win32":  # where no such threads are found
        for thread in threads:
            os.setpriority(os.PRIO_PROCESS, thread, _LOWEST)
    return len(threads)
