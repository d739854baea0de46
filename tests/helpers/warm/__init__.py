# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs Python programs in copies (forks) of a process that has already trained with Isaac Lab.

A command that trains spends 12 of its 14 CPU seconds on imports and on loading kernels. A copy spends 2. It has its own
process id, working directory, environment variables, output, signals and exit status, and nothing of this project is
imported before the copy is made. A copy differs from a cold process in four ways; tests of these start a cold one:

- PyTorch and Isaac Lab are imported.
- The variables that Python and Isaac Lab read at their start are those of the tests.
- Threads of libraries are missing. USD frees closed stages in one, so each training leaves 350 kB.
- It ends without finalisation, after the functions of :mod:`atexit`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent


class WarmProcess:
    """The process that is copied.

    Args:
        folder: An empty folder for its socket and the runs that warm it up.
    """

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "socket")
        self._server = subprocess.Popen(
            [sys.executable, str(_FOLDER / "server.py"), self._address],
            cwd=folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl+C in a terminal ends the tests, and they end this process
        )
        assert self._server.stdout is not None
        printed = ""
        for line in self._server.stdout:
            if line == "ready\n":
                return
            printed += line
        raise AssertionError(f"The warm process ended with {self._server.wait()}:\n{printed[-5000:]}")

    def python(self, *arguments: str) -> list[str]:
        """Returns the command line, for :mod:`subprocess`, that runs ``python *arguments`` in a copy.

        Args:
            arguments: As for Python: ``-m`` and a module, ``-c`` and code, or a file; then the program's arguments.
        """
        return [sys.executable, "-I", "-S", str(_FOLDER / "client.py"), self._address, *arguments]

    def close(self) -> None:
        """Ends the process. Programs end with the client that started them."""
        self._server.communicate()
