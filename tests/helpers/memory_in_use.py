# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Counts the memory that this process uses, as its allocators count it.

The resident memory of a process says less: it also holds what was freed and may be used again, and therefore grows in
steps that depend on when other threads allocate.
"""

from __future__ import annotations

import ctypes


def allocated_bytes() -> int:
    """Bytes that C and C++ have allocated and not freed, mappings of their own included (``mallinfo2`` of glibc)."""
    library = ctypes.CDLL(None)
    library.mallinfo2.restype = MallocInfo
    information = library.mallinfo2()
    return int(information.uordblks + information.hblkhd)


class MallocInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]
