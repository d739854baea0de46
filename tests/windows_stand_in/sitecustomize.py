# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A stand-in for Windows: takes from Python what it does not have there, before anything else is imported.

To be first on PYTHONPATH. Under it, rl_trainer_ext sees ``sys.platform`` as Windows' and calls nothing that Windows
lacks; it is Linux all the same, and says nothing about what Windows does otherwise. What must be as always is imported
first: the standard library and psutil, which chooses its own code by the system.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import builtins
import ctypes
import errno
import io
import multiprocessing.popen_spawn_posix  # noqa: F401
import os
import shutil
import signal
import stat
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401
from collections.abc import Callable
from types import ModuleType
from typing import Any

import psutil  # noqa: F401

PACKAGE = f"{os.sep}rl_trainer_ext{os.sep}"
CALLS = (
    "fork forkpty fstatvfs getgid getloadavg getpgid getpgrp getpriority getresuid getuid killpg mkfifo openpty "
    "posix_spawn pread pwrite sched_getaffinity sched_setaffinity setpriority setsid statvfs sysconf wait3 wait4 waitid"
)
SIGNALS = "SIGALRM SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP SIGUSR1 SIGUSR2"
MODULES = ("fcntl", "grp", "pwd", "resource", "termios", "tty")

_fstat, _listdir, _readlink, _statvfs = os.fstat, os.listdir, os.readlink, os.statvfs


def _is_ours(depth: int = 2) -> bool:
    """Whether the function above this one was called by rl_trainer_ext."""
    return PACKAGE in sys._getframe(depth).f_globals.get("__file__", "")


def _refused(what: Any, number: int = 32) -> PermissionError:
    error = PermissionError(errno.EACCES, "The process cannot access the file", os.fspath(what))
    error.winerror = number  # type: ignore[attr-defined]
    return error


def _holds_open_file(path: Any) -> bool:
    """Whether this process has a file open, or one in a folder."""
    real = os.path.realpath(path)
    for descriptor in _listdir("/proc/self/fd"):
        try:
            opened = _readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            continue
        if opened == real or opened.startswith(real + os.sep):
            return True
    return False


class _Sys(ModuleType):
    """``sys`` as rl_trainer_ext sees it."""

    platform = "win32"

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(sys, name, value)


def _disk_usage(path: Any) -> Any:
    """``shutil.disk_usage``, for which Python asks Windows on Windows."""
    found = _statvfs(path)
    total, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return shutil._ntuple_diskusage(total, total - free, free)


def _take_away() -> None:
    for name in CALLS.split():
        if hasattr(os, name):
            delattr(os, name)
    for name in SIGNALS.split():
        delattr(signal, name)
    shutil.disk_usage = _disk_usage
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    os.getppid = lambda: 1  # that of the launcher of a virtual environment
    os.environ.setdefault("USERNAME", "user")


def _refuse_open_files() -> None:
    """Files that are open cannot be removed, moved or replaced, nor can folders that contain one."""

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def refusing(path: Any, *arguments: Any, **options: Any) -> Any:
            if options.get("dir_fd") is None and _holds_open_file(path):
                raise _refused(path)
            return call(path, *arguments, **options)

        return refusing

    for name in ("rename", "replace", "rmdir", "unlink", "remove"):
        setattr(os, name, wrapped(getattr(os, name)))

    replace, scanned = os.replace, set()

    def replaced_when_the_virus_scanner_has_finished(source: Any, target: Any, **options: Any) -> None:
        if _is_ours() and "runs" in sys._getframe(1).f_globals["__name__"] and os.fspath(target) not in scanned:
            scanned.add(os.fspath(target))
            raise _refused(target)
        replace(source, target, **options)

    os.replace = replaced_when_the_virus_scanner_has_finished


def _hide_linux() -> None:
    """No /proc and no /sys, but for psutil; folders are no files; only what can be written can be synced."""

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def hiding(path: Any, *arguments: Any, **options: Any) -> Any:
            hidden = isinstance(path, (str, os.PathLike)) and os.fspath(path).startswith(("/proc", "/sys"))
            if hidden and not sys._getframe(1).f_globals.get("__name__", "").startswith("psutil"):
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            return call(path, *arguments, **options)

        return hiding

    builtins.open = io.open = wrapped(io.open)
    for name in ("listdir", "readlink", "scandir"):
        setattr(os, name, wrapped(getattr(os, name)))

    open_file, fsync = wrapped(os.open), os.fsync

    def open_no_folder(path: Any, flags: int, *arguments: Any, **options: Any) -> int:
        descriptor = open_file(path, flags, *arguments, **options)
        if stat.S_ISDIR(_fstat(descriptor).st_mode):
            os.close(descriptor)
            raise _refused(path, 5)
        return descriptor

    def fsync_what_can_be_written(descriptor: int) -> None:
        os.write(descriptor, b"")
        fsync(descriptor)

    os.open, os.fsync = open_no_folder, fsync_what_can_be_written


def _pretend() -> None:
    """rl_trainer_ext imports another ``sys``, no modules of Linux, and loads no C library without a name."""
    windows = _Sys("sys")
    ordinary = builtins.__import__

    def importing(name: str, *arguments: Any, **options: Any) -> Any:
        if name in MODULES and _is_ours():
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return windows if name == "sys" and _is_ours() else ordinary(name, *arguments, **options)

    builtins.__import__ = importing
    init = ctypes.CDLL.__init__

    def named_only(self: Any, name: Any, *arguments: Any, **options: Any) -> None:
        if name is None and _is_ours():
            raise TypeError("bad argument type for built-in operation")
        init(self, name, *arguments, **options)

    ctypes.CDLL.__init__ = named_only


_take_away()
_refuse_open_files()
_hide_linux()
_pretend()
