# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Where there is no GPU, Mesa draws on the cores that the training needs: its threads take what the training leaves."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_TASKS = Path("/proc/self/task")
_LOWEST = 19
"""The lowest priority, as of ``nice(1)``."""


def rasterizer_threads() -> tuple[int, ...]:
    """The threads of this process in which Mesa's llvmpipe draws; none where a GPU does."""
    found = []
    for task in _TASKS.glob("*/comm"):
        # a thread may end while its name is being read
        with contextlib.suppress(OSError):
            if task.read_text(encoding="utf-8").startswith("llvmpipe"):
                found.append(int(task.parent.name))
    return tuple(found)


def yield_to_training() -> int:
    """Gives the threads that draw by now the lowest priority, and returns how many they are.

    To be called after the first frame of the user interface, and before the first picture of the viewport. Frames of
    the user interface are drawn while the training goes on, and take its time where they get as much of a core as it
    does; the training waits for the pictures of the viewport, whose threads therefore keep their priority.
    """
    threads = rasterizer_threads()
    for thread in threads:
        os.setpriority(os.PRIO_PROCESS, thread, _LOWEST)
    return len(threads)
