# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Where there is no GPU, Mesa draws on the cores that the training needs: its threads take what the training leaves."""

from __future__ import annotations

import contextlib
import os
import sys
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


class BackgroundRasterizer:
    """The threads of Mesa's llvmpipe that draw the user interface; none where a GPU draws.

    Frames of the user interface are drawn while the training goes on, and take its time where they get as much of a
    core as it does: these threads get the lowest priority. The training waits for the pictures of the viewport, whose
    threads therefore keep theirs.
    """

    def __init__(self) -> None:
        self._threads: tuple[int, ...] = ()
        self._used = 0.0

    def take_over(self) -> int:
        """Takes the threads that there are, and returns how many.

        To be called after the first frame of the user interface, and before the first picture of the viewport.
        """
        self._threads = rasterizer_threads()
        if sys.platform != "win32":  # where no such threads are found
            for thread in self._threads:
                os.setpriority(os.PRIO_PROCESS, thread, _LOWEST)
        self._used = self._processor_time()
        return len(self._threads)

    def newly_used(self) -> float:
        """Processor time that the threads have taken since this was last called [s]."""
        before, self._used = self._used, self._processor_time()
        return self._used - before

    def _processor_time(self) -> float:
        return sum(map(_processor_time, self._threads))


def _processor_time(thread: int) -> float:
    # a kernel without these statistics, or a thread that has ended, has nothing to say
    with contextlib.suppress(OSError):
        return int((_TASKS / str(thread) / "schedstat").read_text(encoding="ascii").split()[0]) * 1e-9
    return 0.0
