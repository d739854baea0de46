# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Redirects what Isaac Lab and the libraries print to the run's folder; the terminal shows only the progress."""

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
"""Number of characters kept while there is no run."""


class ConsoleLog(io.TextIOBase):
    """Collects output in memory, and writes it to a file as soon as a run has a folder.

    The file is open only during a write, because Windows cannot remove a folder that contains an open file.
    """

    def __init__(self) -> None:
        self._buffer = ""
        self._path: Path | None = None

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, text: str) -> int:
        """Keeps ``text``, and writes the kept text at the end of a line."""
        self._buffer = (self._buffer + text)[-_KEPT:]
        if "\n" in text:
            self._write_kept()
        return len(text)

    def attach(self, run_dir: Path | None) -> None:
        """Continues in the folder of another run, beginning with the kept text. None keeps text in memory."""
        path = run_dir / FILE_NAME if run_dir is not None else None
        if path == self._path:
            return
        self._write_kept()
        self._path = path
        self._write_kept()

    def note_failure(self, failure: Failure | None) -> None:
        """Adds the traceback of a failed run, if there is one; :func:`where_details_are` names the file."""
        if failure is not None and failure.details:
            self.write(f"\n{failure.details}\n")

    def close(self) -> None:
        """Writes the kept text."""
        if not self.closed:
            self._write_kept()
        super().close()

    def _write_kept(self) -> None:
        if self._path is None or not self._buffer:
            return
        # a log that cannot be written must not end a training: the text is kept for the next try
        with contextlib.suppress(OSError):
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(self._buffer)
            self._buffer = ""


@contextlib.contextmanager
def captured_console(enabled: bool) -> Iterator[ConsoleLog | None]:
    """Captures what Python code prints to stdout and stderr within the block.

    Args:
        enabled: False prints everything as usual and yields None.
    """
    if not enabled:
        yield None
        return
    log = ConsoleLog()
    with contextlib.closing(log), contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
        yield log


def where_details_are(snapshot: Snapshot) -> str:
    """Returns where the traceback of a failed run is, for the terminal, when its output was captured."""
    log = None if snapshot.run_dir is None or snapshot.playing else snapshot.run_dir / FILE_NAME
    return f"the details are in {log}" if log is not None and log.is_file() else "--verbose shows the details"


def progress(text: str) -> None:
    """Shows a line in place of the last one, on a terminal only. An empty text takes the line away."""
    terminal = sys.__stderr__
    if terminal is not None and terminal.isatty():
        print(f"\r\033[K{text}", end="", file=terminal, flush=True)


def say(text: str) -> None:
    """Prints to the terminal through stderr; stdout belongs to ``--json``."""
    print(text, file=sys.__stderr__, flush=True)
