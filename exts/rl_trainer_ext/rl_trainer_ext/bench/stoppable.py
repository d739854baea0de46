# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What this process does about its turns: it stops when asked to, and its clocks leave out the time of its stops.

This extension decides by its clocks how often it draws and what the best checkpoint may cost: a stop of seconds must
not be seen there. Standard library only: the clocks are replaced before anything that keeps one is imported.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from types import FrameType

_CLOCKS = ("perf_counter", "monotonic")

_now = time.perf_counter


class _Turns:
    """The one process's turns."""

    def __init__(self) -> None:
        self.taken = self.honoured = False
        self.left_out = 0.0
        """Time in which the process stood still [s]."""

    def clock(self, original: Callable[[], float]) -> Callable[[], float]:
        """A clock less :attr:`left_out`."""
        # in this order: a stop between the two would otherwise turn the clock back by its length
        return lambda: -self.left_out + original()

    def stop(self) -> None:
        """Stands still until somebody lets the process go on."""
        since = _now()
        os.kill(os.getpid(), signal.SIGSTOP)
        self.left_out += _now() - since

    def asked(self, signum: int, frame: FrameType | None) -> None:
        """The signal handler; a request that comes at the wrong time is not heard."""
        if self.honoured:
            self.stop()


_turns = _Turns()


def take_turns() -> None:
    """Replaces the clocks; from :func:`begin` to :func:`end`, SIGTSTP stops this process."""
    for name in _CLOCKS:
        setattr(time, name, _turns.clock(getattr(time, name)))
    signal.signal(signal.SIGTSTP, _turns.asked)
    signal.siginterrupt(signal.SIGTSTP, False)  # a library's system calls are not cut short
    _turns.taken = True


def begin() -> None:
    """The program has started: it is the others' turn. Nothing happens in a process that takes no turns."""
    if _turns.taken:
        _turns.honoured = True
        _turns.stop()


def end() -> None:
    """From now on the program runs undisturbed to its end."""
    _turns.honoured = False
