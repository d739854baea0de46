# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Remembers which checkpoints the user allows to run code while they are read.

Trust belongs to the content of a file: when the content changes, the user is asked again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

import platformdirs

from ..errors import NeedsTrustError
from ..runs import atomic_write_text

_of_this_process: set[str] = set()


def store_path() -> Path:
    """Returns the file of trusted contents, a JSON list of digests; panel, Isaac Sim and command line share it."""
    return Path(platformdirs.user_config_dir("rl_trainer")) / "trusted_checkpoints.json"


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file's content.

    Raises:
        OSError: When it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_trusted(path: Path) -> bool:
    """Returns whether the user trusts a file's content."""
    trusted = _of_this_process | remembered()
    return bool(trusted) and digest(path) in trusted


def allow(path: Path) -> None:
    """Trusts a file's content until this process ends; a file that does not exist is ignored."""
    with contextlib.suppress(FileNotFoundError):
        _of_this_process.add(digest(path))


def remember(content: str) -> None:
    """Trusts a content, given by its :func:`digest`, in this and all later sessions."""
    _of_this_process.add(content)
    path = store_path()
    # where the configuration directory cannot be written, the choice holds for this session only
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(path, json.dumps(sorted({*remembered(), content}), indent=1) + "\n")


def remembered() -> set[str]:
    """Returns the digests of the contents that are trusted in every session; none where the file is damaged."""
    try:
        values = json.loads(store_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {value for value in values if isinstance(value, str)} if isinstance(values, list) else set()


def refusal(path: Path, named: str) -> NeedsTrustError:
    """Returns the error for a file that cannot be read without running code.

    Args:
        path: The file.
        named: What in it is not known to be harmless.
    """
    return NeedsTrustError(
        f"{path} is not loaded because it could run code: it holds more than numbers, arrays and spaces ({named}), and "
        "reading that may do whatever you may do on this machine. Load it only if you trust its author (Trust in the "
        "panel, --trust on the command line), or choose another checkpoint.",
        digest(path),
    )
