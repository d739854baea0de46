# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The program ``rl-trainer``: runs the command line and leaves."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
from typing import NoReturn

_END_AT_EXIT = ("wandb", "neptune", "isaacsim", "omni.kit.app")
"""Packages that upload, or close an application, when the interpreter ends."""


def run() -> NoReturn:
    """Runs the command line and ends the process with its exit status."""
    try:
        from .cli.main import main

        status = main()
    except KeyboardInterrupt:  # while modules are imported, before a command listens to signals
        from .hosts.standalone.signals import EXIT_INTERRUPTED

        status = EXIT_INTERRUPTED
    leave(status)


def leave(status: int) -> NoReturn:
    """Ends the process; where nothing is left to do, without the interpreter's finalisation.

    The finalisation changes nothing outside of the process: commands have closed their files, environments and programs
    when they return. Where it is needed, as with W&B installed, the collector leaves out what Isaac Lab and PyTorch
    have allocated: going through it takes five seconds.
    """
    working = any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate())
    if working or any(name in sys.modules for name in _END_AT_EXIT):
        gc.freeze()
        sys.exit(status)
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # the reader of a pipe has gone; Python's own finalisation exits with this status then
            status = status or 120
    os._exit(status)


if __name__ == "__main__":
    run()
