# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which process trains a run, and whether it still does."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process, told from every other one, also from a later one with the same number.

    Args:
        pid: Its number.
        process_started: When it began [clock ticks since the machine started]; None where the system does not say.
        boot_id: Identity of the machine's start; an empty string where the system does not say.
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
        return cls(pid, _started(pid), _read("/proc/sys/kernel/random/boot_id"), socket.gethostname(), _pid_namespace())

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
    """When a process began [clock ticks since the machine started], or None when there is none that still works."""
    # the command's name, in brackets, may hold anything; state and start time are the 3rd and the 22nd field
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[0] not in "ZX" else None


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
