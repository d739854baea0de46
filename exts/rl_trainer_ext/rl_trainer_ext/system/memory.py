# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The errors that mean that a device, or the machine, has no more memory."""

from __future__ import annotations

import re
import sys

_ALLOCATORS = re.compile(
    r"DefaultCPUAllocator: (can't allocate|not enough) memory"  # torch on the CPU
    r"|CUDA error: out of memory"  # torch outside its own allocator
    r"|Failed to allocate \d+ bytes"  # Warp
)
"""Messages of allocators that raise a RuntimeError."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Returns whether an error, or one that it was raised from, means that an allocation failed."""
    while error is not None:
        if _is_failed_allocation(error):
            return True
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False


def _is_failed_allocation(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    torch = sys.modules.get("torch")  # without torch it is no error of torch
    if torch is not None and isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and _ALLOCATORS.search(str(error)) is not None
