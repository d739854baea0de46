# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Ends the program in order after Ctrl+C, SIGTERM or a closed terminal; kills it seconds after a second signal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

EXIT_INTERRUPTED = 130
"""Exit status of an interrupted command, as in shells."""


GRACE = 8.0
"""Seconds between a second signal and SIGKILL."""

_WATCHER = """
import os, select, signal, sys, time
pid, grace, endings, deadline = int(sys.argv[1]), float(sys.argv[2]), 0, None
while True:
    timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
    if not select.select([0], [], [], timeout)[0]:
        os.kill(pid, signal.SIGKILL)
        break
    received = os.read(0, 64)
    if not received:
        break
    endings += sum(number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) for number in received)
    if endings >= 2 and deadline is None:
        deadline = time.monotonic() + grace
"""
"""Program that reads signal numbers from a pipe until its other end is closed."""


class Interrupt:
    """Records whether a signal has requested the end."""

    def __init__(self) -> None:
        self.requested = False
        self.immediate = False
        """Whether a signal raises :class:`KeyboardInterrupt`; set only while there is nothing to save or close."""
        self._terminals = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]
        self._null = os.open(os.devnull, os.O_RDWR)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """Handles a signal: records the request; the host's next frame starts the end."""
        again, self.requested = self.requested, True
        if signum == getattr(signal, "SIGHUP", None):
            for descriptor in self._terminals:  # the terminal is closed: writing to it would raise an error
                os.dup2(self._null, descriptor)
        if self.immediate and not again:  # a second exception would interrupt the end
            raise KeyboardInterrupt

    def close(self) -> None:
        """Releases the handler's resources."""
        os.close(self._null)


@contextlib.contextmanager
def interruptible(grace: float = GRACE) -> Iterator[Interrupt]:
    """Within the block, handles SIGINT, SIGTERM and, unless it is ignored as under ``nohup``, SIGHUP.

    Args:
        grace: Seconds from a second signal until the process is killed.
    """
    interrupt = Interrupt()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if sys.platform != "win32" and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    previous = {number: signal.signal(number, interrupt.handle) for number in numbers}
    try:
        with _killed_after_second_signal(grace):
            yield interrupt
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
        interrupt.close()


@contextlib.contextmanager
def _killed_after_second_signal(grace: float) -> Iterator[None]:
    """Within the block, a separate process kills this one some seconds after a second signal.

    Python's signal handlers wait for native code to return, and threads wait for the interpreter's lock. The C handler
    writes to the wake-up file descriptor at once.
    """
    if sys.platform == "win32":  # supports only sockets for wake-ups, and has no such signals
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watcher = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCHER, str(os.getpid()), str(grace)],
        stdin=reading,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C goes to the whole group of the terminal
    )
    os.close(reading)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(writing)
        watcher.wait()
