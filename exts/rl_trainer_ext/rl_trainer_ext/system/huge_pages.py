# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Linux: what a process has in memory is laid into huge pages before it trains.

Each step of an environment goes through hundreds of megabytes of small objects of Isaac Lab, PyTorch and Python, in no
order. In pages of 4 KiB that is more addresses than a processor can remember, and in a virtual machine each that it has
forgotten is looked up twice. By itself Linux uses huge pages, of 2 MiB on x86_64, only for memory that was asked for in
pieces of that size, and only where ``/sys/kernel/mm/transparent_hugepage/enabled`` says ``always``. ``MADV_COLLAPSE``
(Linux 6.1, madvise(2)) copies what is there into huge pages, at the same addresses: no value changes. Older kernels
decline, and nothing is lost.
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

LONGEST = 10.0
"""Seconds after which it is left at that: a page takes a fraction of a millisecond, some milliseconds in a virtual
machine, and a simulator may have tens of gigabytes."""

_SETTINGS = Path("/sys/kernel/mm/transparent_hugepage")
_SMAPS = Path("/proc/self/smaps")
_MADV_COLLAPSE = 25
_PR_SET_THP_DISABLE = 41

_log = logging.getLogger(__name__)


def use_huge_pages(between: Callable[[], None]) -> None:
    """Lays the memory of this process into huge pages. Does nothing where there are none, or none are wanted.

    Args:
        between: Called before each page.
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
            if time.monotonic() - began > LONGEST:
                return
            # any other error is about this page alone: a device has it in its hands, say, or nothing is in it
            if _collapse(page, size) == errno.ENOMEM:
                break  # the rest has been given back meanwhile, or memory is short


def huge_page_size() -> int:
    """Size of a huge page [bytes]; 0 where there are none, or whoever administers the system wants none."""
    try:
        if "[never]" in (_SETTINGS / "enabled").read_text(encoding="ascii"):
            return 0
        return int((_SETTINGS / "hpage_pmd_size").read_text(encoding="ascii"))
    except OSError:  # another system, or a kernel without them
        return 0


def collapsible(smaps: Iterable[str], size: int) -> Iterator[range]:
    """The address ranges of a process that are worth huge pages.

    That is memory of its own which it reads and writes, more than half of it in use, and not all in huge pages already.
    A huge page is there as a whole: one for a stack that is hardly used would be a waste.

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
    """From now on this process gets no huge pages, see PR_SET_THP_DISABLE in prctl(2): for a comparison.

    Raises:
        OSError: When the system has some and does not let go of them.
    """
    if huge_page_size() and _libc().prctl(_PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _collapse(page: int, size: int) -> int:
    """Makes one huge page; returns an error number, 0 for none."""
    return 0 if _libc().madvise(page, size, _MADV_COLLAPSE) == 0 else ctypes.get_errno()


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    return libc


def _bytes(line: str) -> int:
    return 1024 * int(line.split()[1])
