# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks that paths are inside the log root, so that no symbolic link leads a write or a deletion elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import UserError


def require_inside(path: Path, log_root: Path) -> None:
    """Checks that a path below a log root, which need not exist yet, is inside it after symbolic links are followed.

    The log root itself may be a symbolic link.

    Raises:
        UserError: When it is not.
    """
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(log_root))
    if not real.is_relative_to(root):
        raise UserError(
            f"{path} leads out of the log root, to {real}: nothing is changed there; choose the log root that contains "
            "it, or replace the symbolic link by the folder itself."
        )


def require_in_place(path: Path, log_root: Path) -> None:
    """Checks that no part of a path below the log root is a symbolic link, not even to another place inside it.

    An action on a linked run would change the run that the link points to.

    Raises:
        UserError: When a part is a symbolic link, or the path is not below the log root.
    """
    require_inside(path, log_root)
    real = os.path.realpath(path)
    unlinked = os.path.normpath(os.path.join(os.path.realpath(log_root), os.path.relpath(path, log_root)))
    # Windows ignores the case of names, and realpath gives the one on the disk
    if os.path.normcase(unlinked) != os.path.normcase(real):
        raise UserError(f"{path} is a symbolic link to {real}: nothing is changed through it; do it to the run there.")
