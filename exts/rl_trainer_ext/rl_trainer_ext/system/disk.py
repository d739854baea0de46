# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Free disk space, and the errors that mean that there is none."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path


def free_bytes(folder: Path) -> int:
    """Returns the free space of a folder's file system [bytes], without regard to the user's quota."""
    return shutil.disk_usage(folder).free


def is_full(error: BaseException | None) -> bool:
    """Returns whether an error means that the disk is full, or the user's quota used up."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
