# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A Python program beside this one: polled from the frame loop, and never left behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

GRACE = 3.0
"""Seconds that a child has to end by itself before it is killed."""

_TAIL = 16_384
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class Child:
    """A running ``python -m <module>`` or ``python <file.py>``. It ends with this process, however that ends.

    Args:
        program: Name of the module, or path of the file.
        arguments: Its arguments.
        cwd: Its current directory.

    Raises:
        OSError: When it cannot be started.
    """

    def __init__(self, program: str, arguments: Sequence[str], cwd: Path | None = None) -> None:
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  (as long as the child)
        starter = Path(__file__).with_name("dies_with_parent.py")
        # -P: nothing beside the script or in the current directory may stand in for a module
        self._process = subprocess.Popen(
            [interpreter(), "-P", str(starter), str(os.getpid()), program, *arguments],
            cwd=cwd,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl+C on the terminal is for this process, which ends the child in order
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The last line that it has printed so far, without colours, or an empty string."""
        descriptor = self._output.fileno()
        size = os.fstat(descriptor).st_size
        # pread: the child writes at the same offset of the same open file
        tail = os.pread(descriptor, _TAIL, max(0, size - _TAIL)).decode("utf-8", errors="replace")
        return next((line.strip() for line in reversed(_COLOR.sub("", tail).splitlines()) if line.strip()), "")

    def end(self) -> None:
        """Ends it, and whatever it started. Waits for it: a moment, or :data:`GRACE` when it does not listen."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._output.close()


def interpreter() -> str:
    """The Python to run programs with; where Python is embedded, as in Kit, what runs is no interpreter."""
    if Path(sys.executable or "").name.startswith("python"):
        return sys.executable
    return str(Path(sys.prefix, "bin", "python3"))
