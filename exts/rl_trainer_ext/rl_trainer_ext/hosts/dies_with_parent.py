# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a Python program that ends when the process that started it does, also when that one is killed.

``python dies_with_parent.py <parent's number> <module or file.py> [arguments …]``; imports nothing of this package, so
that it starts at once and in any interpreter. The child asks the kernel itself: a function that the parent would run
between fork and exec is not safe in a process with threads.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, program, *arguments = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(parent):
        sys.exit(f"The process {parent} that wanted {program} has ended.")  # before the kernel was asked
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)
