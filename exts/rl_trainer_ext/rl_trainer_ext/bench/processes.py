# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Child processes: their peak memory, the display for a viewer, and their end when somebody presses Ctrl+C."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError

POLL = 0.1
"""Seconds between two looks at a child."""

GRACE = 20.0
"""Seconds that an interrupted child has to end by itself: it saves its model."""


@dataclass(frozen=True)
class Finished:
    """A child that ended."""

    status: int
    """Exit status; negative for a signal."""
    started: float
    """On the clock of :func:`time.time` [s]."""
    peak_memory: int
    """Largest resident set [bytes]."""
    peak_gpu_memory: int | None
    """Most memory in use on the device above what was before [bytes]; None without a GPU."""
    output: Path
    """What it printed."""

    def last_words(self) -> str:
        """The last line that it printed."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it printed nothing"


def run_child(
    command: Sequence[str],
    folder: Path,
    *,
    environment: Mapping[str, str],
    interrupted: Callable[[], bool],
    gpu_memory: Callable[[], int] | None,
) -> Finished:
    """Runs a program to its end, in a folder of its own.

    Args:
        command: The program and its arguments.
        folder: Its current directory; its output goes to ``output.txt`` there.
        environment: Its environment.
        interrupted: Whether somebody asked for the end.
        gpu_memory: Bytes in use on the device.

    Raises:
        KeyboardInterrupt: When somebody asked for the end; the child is gone then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    output = folder / "output.txt"
    before = peak = gpu_memory() if gpu_memory else 0
    started = time.time()
    with output.open("wb") as file:
        # a session of its own: Ctrl+C on the terminal reaches only this process, which ends the child in order
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            while True:
                # wait4 rather than poll: only it tells the memory of this one child
                pid, status, usage = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    child.returncode = os.waitstatus_to_exitcode(status)
                    break
                if interrupted():
                    raise KeyboardInterrupt
                if gpu_memory:
                    peak = max(peak, gpu_memory())
                time.sleep(POLL)
        finally:
            _end(child)
    gpu = peak - before if gpu_memory else None
    return Finished(child.returncode, started, usage.ru_maxrss * 1024, gpu, output)


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
        _end(server)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ends a child and whatever it started, by its process group; at once if it has ended already."""
    if child.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
