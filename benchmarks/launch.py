# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a module as a child of the benchmark and ends it with the benchmark: a stopped program cannot end by itself.

``python -m benchmarks.launch PARENT LEDGER MODULE [arguments …]``, where PARENT is the benchmark's process.
With a LEDGER, the module's clocks leave out the time for which it was stopped, see :mod:`.stoppable`; ``-`` is none.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys
from pathlib import Path

from . import stoppable

NO_LEDGER = "-"

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Runs the module that the command line names."""
    parent, ledger, module, *arguments = sys.argv[1:]
    if sys.platform != "win32":  # where the command line refuses to measure
        # SIGKILL is the one signal that ends a stopped process
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit(f"The process {parent} that started {module} has ended.")  # before the kernel was asked
    if ledger != NO_LEDGER:
        stoppable.take_turns(Path(ledger))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
