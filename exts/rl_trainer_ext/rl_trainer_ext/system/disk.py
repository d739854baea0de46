# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How much room a disk has, and which errors mean that it has none."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """What can still be written to the file system of a folder [bytes]. A quota of the user's is not in it."""
    return shutil.disk_usage(folder).free


def is_full(error: BaseException | None) -> bool:
    """Whether something could not be written because the disk is full, or the user's quota used up."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
