# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Moves the memory of a process into huge pages before a training, on Linux.

Each step of an environment reads hundreds of megabytes of small objects of Isaac Lab, PyTorch and Python, in no order.
With pages of 4 KiB these are more addresses than a processor caches, and a virtual machine looks up each missing one
twice. Linux itself uses huge pages, of 2 MiB on x86_64, only for memory that was allocated in pieces of that size.
``MADV_COLLAPSE`` (Linux 6.1, madvise(2)) copies existing memory into huge pages at the same addresses, so that no value
changes. Older kernels refuse, which is ignored.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

TIME_LIMIT = 10.0
"""Stop after this many seconds. A page takes less than a millisecond, or some milliseconds in a virtual machine, and a
simulator may have tens of gigabytes."""

_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_SMAPS = Path("/proc/self/smaps")
_MADV_COLLAPSE = 25
_PR_SET_THP_DISABLE = 41

_log = logging.getLogger(__name__)


def use_huge_pages(between: Callable[[], None]) -> None:
    """Moves the memory of this process into huge pages. Does nothing where the system has or wants none.

    Args:
        between: Called before each page; its exception ends the move.
    """
    size = huge_page_size()
    try:
        with _SMAPS.open(encoding="utf-8", errors="surrogateescape") as smaps:
            memory = list(collapsible(smaps, size)) if size else []
    except OSError as error:  # a kernel without it
        _log.info("no huge pages: %s", error)
        return
    began = time.monotonic()
    for whole in memory:
        for page in whole[::size]:
            between()
            if time.monotonic() - began > TIME_LIMIT:
                return
            # other errors concern this page only: it may be pinned by a device or unmapped
            if _collapse(page, size) == errno.ENOMEM:
                break  # the rest has been freed meanwhile, or memory is short


def huge_page_size() -> int:
    """Returns the size of a huge page [bytes]; 0 where there are none, or the system's settings forbid them."""
    try:
        if "[never]" in (_SETTINGS / "enabled").read_text(encoding="ascii"):
            return 0
        return int((_SETTINGS / "hpage_pmd_size").read_text(encoding="ascii"))
    except OSError:  # another system, or a kernel without them
        return 0


def collapsible(smaps: Iterable[str], size: int) -> Iterator[range]:
    """Yields the address ranges of a process that are worth huge pages.

    These are private, writable mappings, more than half of which are in use, and not entirely in huge pages yet. A huge
    page is allocated as a whole: one for a stack that is hardly used would waste memory.

    Args:
        smaps: Lines of ``/proc/<pid>/smaps``, see proc_pid_smaps(5).
        size: Size of a huge page [bytes]; the ranges are multiples of it.
    """
    whole, used = range(0), 0
    for line in smaps:
        if not line[0].isupper():  # begin-end permissions offset device inode name
            addresses, permissions, _, _, _, *name = line.split(maxsplit=5)
            begin, end = (int(address, 16) for address in addresses.split("-"))
            own = permissions == "rw-p" and (not name or name[0].startswith(("[heap]", "[anon")))
            whole = range(-(-begin // size) * size, end // size * size) if own else range(0)
        elif line.startswith("Rss:"):
            used = _bytes(line)
        elif line.startswith("AnonHugePages:") and _bytes(line) < len(whole) < 2 * used:
            yield whole


def forgo_huge_pages() -> None:
    """Denies this process huge pages from now on, for a comparison; see PR_SET_THP_DISABLE in prctl(2).

    Raises:
        OSError: When the system has huge pages, and refuses.
    """
    if huge_page_size() and _libc().prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _collapse(page: int, size: int) -> int:
    """Makes one huge page; returns the error number, or 0."""
    return 0 if _libc().madvise(page, size, _MADV_COLLAPSE) == 0 else ctypes.get_errno()


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    return libc


def _bytes(line: str) -> int:
    return 1024 * int(line.split()[1])
