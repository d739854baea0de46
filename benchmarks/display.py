# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A virtual display for the viewer of ``isaaclab train``."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rl_trainer_ext.errors import UserError

from .processes import end_process


@contextlib.contextmanager
def virtual_display(picture: tuple[int, int], folder: Path) -> Iterator[str]:
    """Runs an Xvfb; gives the name of its display.

    Raises:
        UserError: When it is not installed, or does not start.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise UserError("Xvfb is not installed: run 'sudo apt-get install xvfb', or leave --xvfb out.")
    read_end, write_end = os.pipe()
    with (folder / "xvfb.txt").open("wb") as log:
        screen = f"{picture[0]}x{picture[1]}x24"
        server = subprocess.Popen(
            [program, "-displayfd", str(write_end), "-screen", "0", screen, "-nolisten", "tcp"],
            pass_fds=[write_end],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as reader:
            number = reader.readline().strip()  # written once it listens; empty when it ended
        if not number:
            raise UserError("Xvfb does not start: leave --xvfb out, or set DISPLAY to another display.")
        yield f":{number}"
    finally:
        end_process(server)
