# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a Python program as a child process, which the frame loop polls and which ends with this process."""

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
from typing import Any

import psutil

from ...system.installation import interpreter

GRACE = 3.0
"""Seconds between SIGTERM and SIGKILL."""

APART: dict[str, Any] = {
    "start_new_session": True,  # Linux; Windows ignores it
    "creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
}
"""Arguments of :class:`subprocess.Popen` that keep Ctrl+C in the terminal from the child; this process ends it."""

_TAIL = 16_384
"""The part of an output that is read for its last line, if that is not longer [bytes]."""
_COLOR = re.compile(r"\x1b\[[0-9;]*m")


class ChildProcess:
    """Runs ``python -m <module>`` or ``python <file.py>``. The child ends with this process, however that ends.

    Args:
        program: Name of the module, or path of the file.
        arguments: Its arguments.
        cwd: Its current directory.
        root: A folder to import modules from, besides those of this Python: in Kit, extensions are elsewhere.
        given: What it reads from its stdin: Windows refuses arguments of more than 32 kB, and Linux of 128 kB.

    Raises:
        OSError: When the process cannot be started.
    """

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        cwd: Path | None = None,
        root: Path | None = None,
        given: str = "",
    ) -> None:
        # Windows may release the file of a process some time after the process ended
        self._folder = tempfile.TemporaryDirectory(prefix="rl-trainer-", ignore_cleanup_errors=True)
        self._output = Path(self._folder.name, "output.txt")
        with self._output.open("wb") as output, tempfile.TemporaryFile() as stdin:
            stdin.write(given.encode())
            stdin.seek(0)
            self._process = subprocess.Popen(
                self._command(program, arguments),
                cwd=cwd,
                env=os.environ | {"PYTHONUNBUFFERED": "1"} | import_path(root),
                stdin=stdin,
                stdout=output,
                stderr=subprocess.STDOUT,
                **APART,
            )

    def _command(self, program: str, arguments: Sequence[str]) -> list[str]:
        starter = Path(__file__).with_name("dies_with_parent.py")
        # -P: no file beside the script or in the current directory may shadow a module
        return [interpreter(), "-P", str(starter), str(os.getpid()), program, *arguments]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def status(self) -> int | None:
        """Exit status, negative for a signal; None while it runs."""
        return self._process.poll()

    def family(self) -> list[psutil.Process]:
        """Returns its process, if it still runs, and the processes that it started.

        The program may run in one of the latter: on Windows, the Python of a virtual environment starts another.
        """
        try:
            own = psutil.Process(self._process.pid)
            return [own, *own.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def last_words(self) -> str:
        """Returns the last line that it has printed, whole and without colours; empty if it printed nothing."""
        return last_line(self._output)

    @property
    def output(self) -> Path:
        """The file of all that it has printed, until :meth:`end`."""
        return self._output

    def ask_to_end(self, number: int) -> None:
        """Sends a signal to it and the processes that it started, without waiting. Windows has none: there it is ended.

        Args:
            number: Such as ``signal.SIGTERM``.
        """
        if sys.platform == "win32":
            self._process.terminate()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)

    def end(self, grace: float = GRACE) -> None:
        """Ends it and the processes that it started.

        Args:
            grace: Seconds after which they are killed if they still run.
        """
        if sys.platform == "win32":  # no process groups and no SIGTERM
            family = self.family()
            for process in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.terminate()
            psutil.wait_procs(family, grace)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGTERM)
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()


def last_line(path: Path) -> str:
    """Returns the last line of a file that is not blank, whole and without colours; empty without one."""
    try:
        with path.open("rb") as file:
            end, size = file.seek(0, os.SEEK_END), _TAIL
            while True:
                file.seek(max(0, end - size))
                text = _COLOR.sub("", file.read(size).decode("utf-8", errors="replace"))
                lines = [line for line in text.splitlines() if line.strip()]
                if len(lines) > 1 or size >= end:  # the first one may have begun before
                    return lines[-1].strip() if lines else ""
                size *= 4
    except OSError:
        return ""


def import_path(root: Path | None) -> dict[str, str]:
    """Returns the environment variable that puts a folder before those that this program imports from."""
    if root is None:
        return {}
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))}
