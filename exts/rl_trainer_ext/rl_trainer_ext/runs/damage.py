# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds checkpoint files that are cut off, or that changed after they were written."""

from __future__ import annotations

import zipfile
from collections.abc import Generator
from pathlib import Path

_PIECE = 2**20
"""The size of the pieces that are read [bytes]: each takes about a millisecond."""


def is_whole(path: Path) -> bool:
    """Returns whether a checkpoint was written to its end: the libraries write archives, whose directory comes last."""
    try:
        return zipfile.is_zipfile(path)
    except OSError:
        return False


def cut_off(path: Path) -> str:
    """Returns what is wrong with a checkpoint that is not :func:`is_whole`, in one sentence; empty if it is."""
    return "" if is_whole(path) else _cut_off(path)


def _cut_off(path: Path) -> str:
    return (
        f"{path} is no checkpoint, or it is damaged: it does not end as an archive does that was written to its end. "
        "Choose another checkpoint."
    )


def find_damage(path: Path) -> str:
    """Returns what is wrong with a checkpoint, in one sentence; empty if nothing is. Reads the whole file."""
    looking = look_for_damage(path)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            return str(end.value)


def look_for_damage(path: Path) -> Generator[None, None, str]:
    """Does what :func:`find_damage` does, a piece of the file at a time. torch checks no checksums when it loads."""
    problem = cut_off(path)
    if problem:
        return problem
    name = "its list of contents"
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if entries and min(entry.header_offset for entry in entries) > 0:
                return _cut_off(path)  # the file ends with an inner archive, such as that of the weights
            for entry in entries:
                name = entry.filename
                with archive.open(entry) as member:
                    while member.read(_PIECE):
                        yield
    except OSError:
        return ""  # the file was deleted, or cannot be read: the loader will say why
    except Exception:  # the kind of exception depends on the first wrong byte
        return f"{path} is damaged: the checksum of {name} in it is wrong. Choose another checkpoint."
    return ""
