# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Isaac Lab and the libraries print goes into the run's folder: a progress bar has the terminal to itself."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

FILE_NAME = "console.log"
"""Name of the file in the run's folder."""

_KEPT = 1_000_000
"""Characters kept while there is no run to write them to."""


class ConsoleLog(io.TextIOBase):
    """Takes what is printed: into memory at first, into a file as soon as a run has a folder."""

    def __init__(self) -> None:
        self._buffer = ""
        self._file: TextIO | None = None
        self._path: Path | None = None

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Keeps or writes ``text``."""
        if self._file is None:
            self._buffer = (self._buffer + text)[-_KEPT:]
        else:
            # a full disk must not end a training: the file object keeps what it could not write, and tries again
            with contextlib.suppress(OSError):
                self._file.write(text)
        return len(text)

    def attach(self, run_dir: Path | None) -> None:
        """Goes on in the folder of another run, with what was printed before it had one. None: in memory."""
        path = run_dir / FILE_NAME if run_dir is not None else None
        if path == self._path:
            return
        self._close_file()
        self._path = path
        if path is not None:
            # a log that cannot be written must not end a training
            with contextlib.suppress(OSError):
                self._file = path.open("a", encoding="utf-8", buffering=1)
                self._file.write(self._buffer)
                self._buffer = ""

    def close(self) -> None:
        """Closes the file."""
        self._close_file()
        super().close()

    def _close_file(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


@contextlib.contextmanager
def captured_console(enabled: bool) -> Iterator[ConsoleLog | None]:
    """Takes what Python code prints, to stdout and stderr, until the block ends.

    Args:
        enabled: When False, everything is printed as usual and None is given.
    """
    if not enabled:
        yield None
        return
    log = ConsoleLog()
    with contextlib.closing(log), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        yield log


def say(text: str) -> None:
    """Tells the person at the terminal something; stdout belongs to ``--json``."""
    print(text, file=sys.__stderr__, flush=True)
