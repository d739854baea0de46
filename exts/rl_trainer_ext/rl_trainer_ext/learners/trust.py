# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which checkpoints may run code while they are read: those whose content the user trusts.

Trust belongs to the content, not to the name: a file that changes is asked about again.
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
    """The file of remembered contents, a JSON list; one for panel, Isaac Sim and command line."""
    return Path(platformdirs.user_config_dir("rl_trainer")) / "trusted_checkpoints.json"


def digest(path: Path) -> str:
    """The SHA-256 of a file's content.

    Raises:
        OSError: When it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_trusted(path: Path) -> bool:
    """Whether a file's content may run code."""
    trusted = _of_this_process | remembered()
    return bool(trusted) and digest(path) in trusted


def allow(path: Path) -> None:
    """Trusts a file's content until this process ends; a file that does not exist is ignored."""
    with contextlib.suppress(FileNotFoundError):
        _of_this_process.add(digest(path))


def remember(content: str) -> None:
    """Trusts a content, given by its :func:`digest`, from now on."""
    _of_this_process.add(content)
    path = store_path()
    # a configuration directory that cannot be written costs the memory of a choice, not the run
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(path, json.dumps(sorted({*remembered(), content}), indent=1) + "\n")


def remembered() -> set[str]:
    """The digests of the contents that are trusted in every session; none where the file is damaged."""
    try:
        values = json.loads(store_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {value for value in values if isinstance(value, str)} if isinstance(values, list) else set()


def refusal(path: Path, named: str) -> NeedsTrustError:
    """What to raise for a file that cannot be read without running code.

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
