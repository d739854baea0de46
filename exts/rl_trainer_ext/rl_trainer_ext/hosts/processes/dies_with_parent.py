# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a Python program that ends when its parent process ends, even if the parent is killed.

``python dies_with_parent.py <parent's process id> <module or file.py> [arguments …]``. It imports nothing of this
package, so it starts at once and in any interpreter. On Linux the child asks the kernel itself, because a function that
runs between fork and exec is not safe in a process with threads. On Windows a thread of the child waits.
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
    """Makes this process end with its parent; returns False if the parent has already ended."""
    if sys.platform != "win32":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        return os.getppid() == parent  # it may have ended before the call
    import psutil

    # in a virtual environment, getppid returns the process id of a launcher
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
        sys.exit(f"The process {number} that started {program} has ended.")
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
