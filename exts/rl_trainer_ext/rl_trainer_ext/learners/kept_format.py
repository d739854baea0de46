# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The format of what this extension adds to the checkpoints of a library."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError

FORMAT = 1
"""The format that this version writes, and the newest that it reads."""


def check_format(path: Path, kept: Any, needed: Iterable[str]) -> None:
    """Checks what this extension has added to a checkpoint.

    Args:
        path: The checkpoint, for the message.
        kept: What was added.
        needed: The keys that resuming reads.

    Raises:
        UserError: When a newer version of this extension wrote it, or a part is missing.
    """
    number = kept.get("version") if isinstance(kept, Mapping) else None
    if isinstance(number, int) and number > FORMAT:
        raise UserError(
            f"{path} was written by a newer version of RL Trainer, whose trainings this one cannot resume (format "
            f"{number}, not {FORMAT}): update the extension, or play the checkpoint."
        )
    missing = [name for name in needed if not isinstance(kept, Mapping) or name not in kept]
    if missing:
        raise UserError(
            f"{path} cannot be resumed, because what RL Trainer stored in it lacks {', '.join(missing)}: choose "
            "another checkpoint, or play this one."
        )
