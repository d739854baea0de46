# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Says what a wrong path of a checkpoint could have meant."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from ..errors import shortened
from ..learners.formats import CHECKPOINT_ENDINGS
from ..overrides.hydra import nearest
from .damage import is_whole
from .run_files import checkpoint_folders

_WORDS = ("latest", "best", "best_evaluated", "pretrained")
"""What may be written in place of a path."""

_LISTED = 3
"""The most names that a sentence lists."""


def no_checkpoint(path: Path) -> str:
    """Returns why a path is not a checkpoint, and what could have been meant, in one sentence.

    Args:
        path: An absolute path that is not a file.
    """
    try:
        if path.is_dir():
            return f"The checkpoint {path} is a folder{_inside(path)}, or write latest or best."
        word = difflib.get_close_matches(path.name.lower(), _WORDS, n=1)
        if word and not path.suffix:
            return f"The checkpoint {path} does not exist: did you mean {word[0]}?"
        if path.parent.is_dir():
            return f"The checkpoint {path} does not exist{_beside(path)}, or write latest or best."
        return f"The checkpoint {path} does not exist: {_missing_folder(path)}. Give another path, latest, or best."
    except OSError as error:
        return f"{path} cannot be read ({error.strerror}): give the path of another checkpoint, latest, or best."


def _inside(folder: Path) -> str:
    names = _checkpoints(folder)
    if not names:
        inner = [
            each for name in sorted(checkpoint_folders()) if (each := folder / name).is_dir() and _checkpoints(each)
        ]
        return _inside(inner[0]) if inner else " without checkpoints: give the path of one"
    return f": give one of its checkpoints, such as {folder / names[0]}"


def _missing_folder(path: Path) -> str:
    """Returns which folder of a path is missing, and which folders exist there."""
    name, folder = path.name, path.parent
    while not folder.is_dir():
        name, folder = folder.name, folder.parent
    folders = sorted((entry.name for entry in folder.iterdir() if entry.is_dir()), reverse=True)
    near = nearest(name, folders).replace("; did you mean ", ", but ").rstrip("?.")
    return f"{folder} has no folder '{shortened(name)}'{near}" if near else f"in {folder} {_are(folders)}"


def _beside(path: Path) -> str:
    names = _checkpoints(path.parent)
    if not names:
        return f", and {path.parent} has no other: give the path of another"
    number = _number(path.name)
    closest = names[0] if number is None else min(names, key=lambda name: abs((_number(name) or 0) - number))
    return f"; did you mean {closest}? In its folder {_are(names)}: give one of them"


def _checkpoints(folder: Path) -> list[str]:
    """Returns the names of the files that look like checkpoints, the highest number first."""
    found = [
        entry.name
        for entry in folder.iterdir()
        if entry.suffix in CHECKPOINT_ENDINGS and entry.is_file() and is_whole(entry)
    ]
    return sorted(found, key=lambda name: (_number(name) or -1, name), reverse=True)


def _number(name: str) -> int | None:
    match = re.search(r"(\d+)", name)
    return int(match[1]) if match else None


def _are(names: list[str]) -> str:
    if not names:
        return "is no folder"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    shown = ", ".join(shortened(name) for name in names[:_LISTED])
    return f"{'is' if len(names) == 1 else 'are'} {shown}{more}"
