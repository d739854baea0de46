# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes files atomically: a reader finds the old content or the new one, never a part of it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SAVING_FOLDER = ".saving"
"""Folder beside a file for its unfinished new content."""

_PAUSES = (0.01, 0.04, 0.2, 0.5)
"""Waiting times between attempts to replace a file that another program has open on Windows [s]."""

_IN_USE = (5, 32)
"""Windows' error codes in that case: ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION."""


@contextlib.contextmanager
def atomic(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Yields the path of a temporary file that replaces ``path`` when the block ends.

    When the block raises, ``path`` keeps its content. The temporary file has the name of ``path``, because libraries
    look at it, and is in a folder below ``.saving/`` beside it, where no search pattern finds it.

    Args:
        path: The file to write.
        durable: Whether the content must survive a power failure: it is then synced to disk, which takes longer.

    Raises:
        OSError: When the file cannot be written, for example because the disk is full.
    """
    saving = path.parent / SAVING_FOLDER
    folder = _private_folder(saving)
    temporary = folder / path.name
    try:
        yield temporary
        if durable:
            _sync(temporary)
        _replace(temporary, path)
        if durable:
            _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):  # another process may be writing there too
            temporary.unlink(missing_ok=True)
            folder.rmdir()
            saving.rmdir()


def atomic_write_text(path: Path, text: str, *, durable: bool = True) -> None:
    """Writes a text file atomically; the arguments and errors are those of :func:`atomic`."""
    with atomic(path, durable=durable) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _private_folder(saving: Path) -> Path:
    """Creates a folder below ``saving`` for one writer: two processes may write the same file at the same time."""
    while True:
        if saving.is_symlink():
            saving.unlink(missing_ok=True)  # a link could lead out of the run's directory
        saving.mkdir(exist_ok=True)
        try:
            return Path(tempfile.mkdtemp(dir=saving))
        except FileNotFoundError:
            continue  # another process finished writing and removed the folder


def _replace(temporary: Path, path: Path) -> None:
    """Replaces ``path``. Retries on Windows, which refuses while another program, such as a virus scanner, reads it."""
    for pause in _PAUSES:
        try:
            os.replace(temporary, path)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            time.sleep(pause)
    os.replace(temporary, path)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:  # Windows syncs only files that are open for writing
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":
        return  # Windows cannot open a folder as a file, and records new names by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
