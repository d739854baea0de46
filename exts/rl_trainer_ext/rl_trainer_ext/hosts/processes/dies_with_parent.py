# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a Python program that ends when the process that started it does, also when that one is killed.

``python dies_with_parent.py <parent's number> <module or file.py> [arguments …]``; imports nothing of this package, so
that it starts at once and in any interpreter. On Linux the child asks the kernel itself: a function that the parent
would run between fork and exec is not safe in a process with threads. On Windows a thread of the child waits.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
import threading

_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> bool:
    """From now on this process ends with its parent; returns False when that has ended already."""
    if sys.platform != "win32":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        return os.getppid() == parent  # it may have ended before the kernel was asked
    import psutil

    # the number that getppid gives is that of a launcher, where Python is that of a virtual environment
    try:
        process = psutil.Process(parent)
    except psutil.NoSuchProcess:
        return False

    def wait() -> None:
        process.wait()
        os._exit(1)

    threading.Thread(target=wait, daemon=True, name="ends with its parent").start()
    return True


if __name__ == "__main__":
    number, program, *arguments = sys.argv[1:]
    if not end_with(int(number)):
        sys.exit(f"The process {number} that wanted {program} has ended.")
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
