# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Ctrl+C, SIGTERM and a closed terminal ask for an orderly end; a second signal kills the process seconds later."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from types import FrameType

EXIT_INTERRUPTED = 130
"""Exit status of a command that was interrupted, as shells have it."""


GRACE = 8.0
"""Seconds from a second signal until the process is killed, if it has not ended by then."""

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
"""Reads the numbers of arriving signals until the other end of the pipe is closed."""


class Interrupt:
    """Whether a signal has asked for the end."""

    def __init__(self) -> None:
        self.requested = False
        self.immediate = False
        """Whether a signal raises :class:`KeyboardInterrupt`: only while there is nothing to save or to close."""
        self._terminals = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]
        self._null = os.open(os.devnull, os.O_RDWR)

    def handle(self, signum: int, frame: FrameType | None) -> None:
        """The signal handler: notes that the end is asked for; the host's next frame begins it."""
        again, self.requested = self.requested, True
        if signum == getattr(signal, "SIGHUP", None):
            for descriptor in self._terminals:  # is gone: what is written to it would raise an error
                os.dup2(self._null, descriptor)
        if self.immediate and not again:  # a second one would break off what the first one ends
            raise KeyboardInterrupt

    def close(self) -> None:
        """Frees what the handler needs."""
        os.close(self._null)


@contextlib.contextmanager
def interruptible(grace: float = GRACE) -> Iterator[Interrupt]:
    """Watches for SIGINT, SIGTERM and, unless it is ignored as under ``nohup``, SIGHUP until the block ends.

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
    """Within the block, a process of its own kills this one some seconds after a second signal.

    Handlers in Python wait for native code to return, and while it holds the interpreter's lock no thread runs either.
    What is written to the file descriptor for wake-ups is written by the C handler.
    """
    if sys.platform == "win32":  # takes sockets only for wake-ups, and has no such signals from outside
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
