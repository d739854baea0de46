# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What Isaac Lab and the libraries print goes into the run's folder: a progress bar has the terminal to itself."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from ..training.snapshot import Failure, Snapshot

FILE_NAME = "console.log"
"""Name of the file in the run's folder."""

_KEPT = 1_000_000
"""Characters kept while there is no run to write them to."""


class ConsoleLog(io.TextIOBase):
    """Takes what is printed: into memory at first, into a file as soon as a run has a folder.

    The file is open only while it is written: Windows removes no folder with an open file in it.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._path: Path | None = None

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Keeps ``text``, and writes what is kept when a line ends."""
        self._buffer = (self._buffer + text)[-_KEPT:]
        if "\n" in text:
            self._write_kept()
        return len(text)

    def attach(self, run_dir: Path | None) -> None:
        """Goes on in the folder of another run, with what was printed before it had one. None: in memory."""
        path = run_dir / FILE_NAME if run_dir is not None else None
        if path == self._path:
            return
        self._write_kept()
        self._path = path
        self._write_kept()

    def note_failure(self, failure: Failure | None) -> None:
        """Adds the traceback of what ended a run, if there is one; :func:`where_details_are` tells where it is."""
        if failure is not None and failure.details:
            self.write(f"\n{failure.details}\n")

    def close(self) -> None:
        """Writes what is kept."""
        if not self.closed:
            self._write_kept()
        super().close()

    def _write_kept(self) -> None:
        if self._path is None or not self._buffer:
            return
        # a log that cannot be written must not end a training: what could not be written is kept, and tried again
        with contextlib.suppress(OSError):
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self._buffer)
            self._buffer = ""


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


def where_details_are(snapshot: Snapshot) -> str:
    """Where the traceback of a failed run is whose output was captured, for the terminal."""
    log = None if snapshot.run_dir is None or snapshot.playing else snapshot.run_dir / FILE_NAME
    return f"the details are in {log}" if log is not None and log.is_file() else "--verbose shows the details"


def say(text: str) -> None:
    """Tells the person at the terminal something; stdout belongs to ``--json``."""
    print(text, file=sys.__stderr__, flush=True)
