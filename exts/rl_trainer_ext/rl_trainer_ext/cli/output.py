# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Prints what a command is asked for."""

from __future__ import annotations

import os
import sys


def show(*lines: str) -> None:
    """Prints lines to stdout. A reader that closes the pipe, as ``head`` does, is no failure."""
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:
        # without this, Python would report it again at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
