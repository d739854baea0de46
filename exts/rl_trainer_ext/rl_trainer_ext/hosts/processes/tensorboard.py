# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Starts TensorBoard for all runs of a log root on request, and ends it with this program."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from ...system.installation import interpreter, pip_line
from .child import ChildProcess

PATIENCE = 60.0
"""Seconds within which TensorBoard must answer."""

_PROGRAM = Path(__file__).with_name("tensorboard_main.py")

_POLL = 0.2
"""Seconds between two checks."""


class TensorBoard:
    """Shows a log root in TensorBoard. No method blocks: :meth:`update` polls the process.

    Args:
        log_root: The directory whose runs it shows.
        clock: Returns seconds, like ``time.monotonic``.
    """

    def __init__(self, log_root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._log_root, self._clock = log_root.absolute(), clock
        self._child: ChildProcess | None = None
        self._started_at = self._looked_at = 0.0
        self._elsewhere: Any = None
        self.url = ""
        """Its address; empty while it does not answer."""
        self.problem = ""
        """Why it does not run, in one sentence; empty without a problem."""

    @property
    def starting(self) -> bool:
        """Whether it was started and does not answer yet."""
        return self._child is not None and not self.url

    @property
    def running_elsewhere(self) -> bool:
        """Whether another program started the TensorBoard at :attr:`url`; :meth:`stop` does not end it."""
        return self._elsewhere is not None

    def start(self) -> None:
        """Starts it, unless one already runs for this log root; then :attr:`url` is its address at once."""
        if self._child is not None or self.url:
            return
        self.problem = ""
        if importlib.util.find_spec("tensorboard") is None:
            self.problem = f"TensorBoard is not installed: run {pip_line('tensorboard')}"
            return
        self._elsewhere = _running(self._log_root)
        if self._elsewhere is not None:
            self.url = _url(self._elsewhere)
            return
        try:
            self._log_root.mkdir(parents=True, exist_ok=True)
            # without --port it uses the first free port from 6006
            self._child = ChildProcess(str(_PROGRAM), ["--logdir", str(self._log_root)])
        except OSError as error:
            self.problem = f"TensorBoard cannot be started for {self._log_root} ({error.strerror}): check the log root."
            return
        self._started_at = self._looked_at = self._clock()

    def update(self) -> None:
        """Checks whether it answers or has ended. Called once a frame; does nothing most of the time."""
        now = self._clock()
        if (self._child is None and not self.url) or now - self._looked_at < _POLL:
            return
        self._looked_at = now
        if self._elsewhere is not None:
            if not _alive(self._elsewhere):
                self._elsewhere, self.url = None, ""
        elif self._child is not None:
            self._look(self._child, now)

    def _look(self, child: ChildProcess, now: float) -> None:
        status = child.status
        if status is not None:
            words = child.last_words()
            self.stop()
            self.problem = (
                f"TensorBoard ended with exit status {status} ({words or 'it said nothing'}): to see all that it says, "
                f"start it in a terminal with {interpreter()} {_PROGRAM} --logdir '{self._log_root}'"
            )
        elif not self.url:
            # it writes an info file with its port once it answers
            notes = {info.pid: info for info in _all()}
            info = next((notes[process.pid] for process in child.family() if process.pid in notes), None)
            if info is not None:
                self.url = _url(info)
            elif now - self._started_at > PATIENCE:
                self.stop()
                self.problem = f"TensorBoard did not answer within {PATIENCE:.0f} s: try again."

    def stop(self) -> None:
        """Ends it, if this program started it."""
        child, self._child = self._child, None
        self._elsewhere, self.url = None, ""
        if child is not None:
            child.end()


def _url(info: Any) -> str:
    return f"http://localhost:{info.port}{info.path_prefix.rstrip('/')}/"


def _all() -> list[Any]:
    from tensorboard import manager

    # another TensorBoard's info file can vanish between listing and reading
    with contextlib.suppress(OSError):
        return manager.get_all()
    return []


def _running(log_root: Path) -> Any:
    """Returns the info of a running TensorBoard that shows this log root, or None."""
    return next((info for info in _all() if _alive(info) and _shows(info, log_root)), None)


def _alive(info: Any) -> bool:
    """Returns whether the process of an info file still runs: a killed one leaves its file behind."""
    try:
        return any("tensorboard" in argument for argument in psutil.Process(info.pid).cmdline())
    except psutil.Error:  # it has ended, or belongs to another user
        return False


def _shows(info: Any, log_root: Path) -> bool:
    if not info.logdir:
        return False
    try:
        folder = Path(psutil.Process(info.pid).cwd(), info.logdir)
    except psutil.Error:  # another user's
        folder = Path(info.logdir)
    return _normalized(folder) == _normalized(log_root)


def _normalized(folder: Path) -> str:
    return os.path.normcase(os.path.realpath(folder))
