# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Whether the file of a checkpoint is damaged: cut off, or changed since it was written."""

from __future__ import annotations

import zipfile
from collections.abc import Generator
from pathlib import Path

_PIECE = 2**20
"""Bytes that are read at once [bytes]: about a millisecond of work."""


def is_whole(path: Path) -> bool:
    """Whether a checkpoint was written to its end: the libraries' files are archives, whose contents stand last."""
    try:
        return path.suffix == ".pth" or zipfile.is_zipfile(path)
    except OSError:
        return False


def cut_off(path: Path) -> str:
    """What is wrong with a checkpoint that is not :func:`is_whole`, in one sentence; empty where it is."""
    return "" if is_whole(path) else _cut_off(path)


def _cut_off(path: Path) -> str:
    return (
        f"{path} is no checkpoint, or it is damaged: it does not end as an archive does that was written to its end. "
        "Choose another checkpoint."
    )


def find_damage(path: Path) -> str:
    """What is wrong with a checkpoint, in one sentence; empty where nothing is. Reads all of the file."""
    looking = look_for_damage(path)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            return str(end.value)


def look_for_damage(path: Path) -> Generator[None, None, str]:
    """As :func:`find_damage`, a piece of the file at a time: torch does not compare checksums when it loads a file."""
    problem = cut_off(path)
    if problem or path.suffix == ".pth":
        return problem
    name = "its list of contents"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if entries and min(entry.header_offset for entry in entries) > 0:
                return _cut_off(path)  # it ends with an archive within it, such as that of the weights
            for entry in entries:
                name = entry.filename
                with archive.open(entry) as member:
                    while member.read(_PIECE):
                        yield
    except OSError:
        return ""  # it may not be read, or was just deleted: a loader says why
    except Exception:  # a damaged archive raises whatever its first wrong byte means
        return f"{path} is damaged: the checksum of {name} in it is wrong. Choose another checkpoint."
    return ""
