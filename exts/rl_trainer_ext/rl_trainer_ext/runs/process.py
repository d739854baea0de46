# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which process trains a run, and whether it still does."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

EPOCH = "epoch"
"""The ``boot_id`` of systems on which start times count from 1970, in whichever start of the machine."""


@dataclass(frozen=True)
class Process:
    """A process, told from every other one, also from a later one with the same number.

    Args:
        pid: Its number.
        process_started: When it began: on Linux [clock ticks since the machine started], elsewhere [us since 1970];
            None where the system does not say.
        boot_id: Identity of the machine's start, from which ``process_started`` counts, or :data:`EPOCH`; an empty
            string where the system does not say.
        host: The machine's name.
        pid_namespace: What its number counts in: containers on one machine count for themselves.
    """

    pid: int
    process_started: int | None
    boot_id: str
    host: str
    pid_namespace: str

    @classmethod
    def current(cls) -> Process:
        """The process that asks."""
        pid = os.getpid()
        return cls(pid, _started(pid), _boot_id(), socket.gethostname(), _pid_namespace())

    def is_alive(self) -> bool | None:
        """Whether it still runs; None when that cannot be known from here."""
        here = Process.current()
        if self.host != here.host or not (self.boot_id and here.boot_id):
            return None
        if self.boot_id != here.boot_id:
            return False  # the machine has been started again since
        if self.pid_namespace != here.pid_namespace or self.process_started is None:
            return None
        return _started(self.pid) == self.process_started


def _started(pid: int) -> int | None:
    """When a process began, as :class:`Process` has it, or None when there is none that still works."""
    if sys.platform != "linux":
        try:
            return round(psutil.Process(pid).create_time() * 1e6)
        except psutil.Error:
            return None
    # not psutil's time, which moves when the clock is set
    # the command's name, in brackets, may hold anything; state and start time are the 3rd and the 22nd field
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[0] not in "ZX" else None


def _boot_id() -> str:
    return _read("/proc/sys/kernel/random/boot_id") if sys.platform == "linux" else EPOCH


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # the process has ended, or the system has no /proc
        return ""
