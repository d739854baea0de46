# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Identifies the process that trains a run, and tells whether it is alive."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

EPOCH = "epoch"
"""The ``boot_id`` of systems on which start times count from 1970, not from the start of the machine."""


@dataclass(frozen=True)
class Process:
    """The identity of a process, which a later process with the same number does not share.

    Args:
        pid: Its number.
        process_started: When it started: on Linux [clock ticks since the machine started], elsewhere [us since 1970];
            None if the system does not say.
        boot_id: The identity of the machine's start, from which ``process_started`` counts, or :data:`EPOCH`; empty if
            the system does not say.
        host: The machine's name.
        pid_namespace: The namespace of ``pid``; each container on a machine has its own.
    """

    pid: int
    process_started: int | None
    boot_id: str
    host: str
    pid_namespace: str

    @classmethod
    def current(cls) -> Process:
        """Returns the identity of this process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Process:
        """Returns the identity of a process of this machine."""
        return cls(pid, _started(pid), _boot_id(), socket.gethostname(), _pid_namespace())

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Process:
        """Returns the inverse of :func:`dataclasses.asdict`.

        Raises:
            KeyError: When a value is missing.
        """
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})

    def is_alive(self) -> bool | None:
        """Returns whether the process is alive; None if that cannot be known from this process."""
        here = Process.current()
        if self.host != here.host or not (self.boot_id and here.boot_id):
            return None
        if self.boot_id != here.boot_id:
            return False  # the machine has been restarted
        if self.pid_namespace != here.pid_namespace or self.process_started is None:
            return None
        return _started(self.pid) == self.process_started


def _started(pid: int) -> int | None:
    """Returns the ``process_started`` of a process; None if it has ended."""
    if sys.platform != "linux":
        try:
            return round(psutil.Process(pid).create_time() * 1e6)
        except psutil.Error:
            return None
    # psutil's time would change when the clock is set
    # the command's name, in parentheses, may contain spaces; state and start time are the 3rd and the 22nd field
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
