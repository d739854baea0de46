# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Clocks that leave out the time in which their process was stopped, from outside and at any moment.

This extension decides by its clocks how often it draws and how often it writes a checkpoint, so they must not show a
stop of seconds. The parent writes the stop's duration into shared memory before it sends SIGCONT.
Standard library only: the clocks are replaced before anything that keeps one is imported.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

_CLOCKS = ("perf_counter", "monotonic")


class Ledger(ctypes.Structure):
    """The memory that a process which takes turns shares with the process that stops it."""

    _fields_ = (("left_out", ctypes.c_double), ("undisturbed", ctypes.c_bool))
    left_out: float
    """Time for which the process was stopped [s]; changes only while it is."""
    undisturbed: bool
    """Set by the process when it is to be stopped no more."""


def open_ledger(path: Path, *, new: bool = False) -> Ledger:
    """Opens the ledger in a file, shared with all processes that open it.

    Args:
        path: The file.
        new: Whether to make it.
    """
    if new:
        path.write_bytes(bytes(ctypes.sizeof(Ledger)))
    with path.open("r+b") as file:
        return Ledger.from_buffer(mmap.mmap(file.fileno(), 0))


_ledger: Ledger | None = None


def take_turns(ledger: Path) -> None:
    """Replaces the clocks; from :func:`begin` to :func:`end`, this process may be stopped."""
    global _ledger
    _ledger = open_ledger(ledger)
    for name in _CLOCKS:
        setattr(time, name, without_stops(getattr(time, name), _ledger))


def without_stops(clock: Callable[[], float], ledger: Ledger) -> Callable[[], float]:
    """A clock less what a ledger leaves out."""

    def now() -> float:
        while True:
            left_out = ledger.left_out
            moment = clock()
            if ledger.left_out == left_out:  # else there was a stop between the two, which would be in the one alone
                return moment - left_out

    return now


def begin() -> None:
    """The program has started: it is the others' turn. Nothing happens in a process that takes no turns."""
    if sys.platform != "win32" and _ledger is not None:
        os.kill(os.getpid(), signal.SIGSTOP)


def end() -> None:
    """From now on the program runs undisturbed to its end."""
    if _ledger is not None:
        _ledger.undisturbed = True
