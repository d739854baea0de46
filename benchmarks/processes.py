# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Child processes: runs one at a time while the others are stopped, measures peak memory, ends them."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rl_trainer_ext.errors import UserError

from . import launch, stoppable
from .turns import Stops, in_turn

POLL = 0.1
"""Seconds between two looks at a child."""

STOP_POLL, STOP_POLL_SECONDS = 0.0005, 1.0
"""The same while a child is to stop, as a look that comes late makes its turn seem longer; and for how many seconds."""

GRACE = 20.0
"""Seconds that an interrupted child has to end by itself: it saves its model."""

_REPOSITORY = Path(__file__).resolve().parents[1]

STOP_LIMIT = 300.0
"""Seconds until a child that neither stops nor ends is given up; in its second training it only ends."""


@dataclass(frozen=True)
class Finished:
    """A child that ended."""

    status: int
    """Exit status; negative for a signal."""
    peak_memory: int
    """Largest resident set [bytes]."""
    peak_gpu_memory: int | None
    """Most memory in use on the device above what was before, by this child alone [bytes]; None without a GPU."""


class Child:
    """A Python module in a process of its own, which can be stopped and continued.

    Args:
        module: Its dotted name.
        arguments: Its arguments.
        folder: Its current directory; its output goes to ``output.txt`` there.
        environment: Its environment.
        interrupted: Returns whether the user asked to stop.
        gpu_memory: Bytes in use on the device; no other process may change its share while this child runs.
        own_time: Whether its clocks leave out its stops. It then says from when on it is to be stopped no more.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        folder: Path,
        *,
        environment: Mapping[str, str],
        interrupted: Callable[[], bool],
        gpu_memory: Callable[[], int] | None,
        own_time: bool = False,
    ) -> None:
        self._interrupted, self._gpu_memory = interrupted, gpu_memory
        self.stops = Stops()
        self.output = folder / "output.txt"
        """What it prints."""
        self.finished: Finished | None = None
        """How it ended; None as long as it has not."""
        folder.mkdir(parents=True, exist_ok=True)
        self._gpu_seen = gpu_memory() if gpu_memory else 0
        self._gpu_held = self._gpu_peak = 0
        ledger = folder.absolute() / "ledger"
        self._ledger = stoppable.open_ledger(ledger, new=True) if own_time else None
        named = str(ledger) if own_time else launch.NO_LEDGER
        self.started = time.time()
        """On the clock of :func:`time.time` [s]."""
        with self.output.open("wb") as file:
            # a session of its own: Ctrl+C on the terminal reaches only this process, which ends the child in order
            self.process = subprocess.Popen(
                [sys.executable, "-m", launch.__name__, str(os.getpid()), named, module, *arguments],
                cwd=folder,
                env=finding_this_package(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self, until: Callable[[], bool] = lambda: False, *, seconds: float = math.inf) -> None:
        """Lets it run until ``until`` holds, the time is over, or it has ended.

        Raises:
            KeyboardInterrupt: When the user interrupts.
        """
        end = time.monotonic() + seconds
        while not self._has_ended() and not until() and (left := end - time.monotonic()) > 0:
            if self._interrupted():
                raise KeyboardInterrupt
            if not self.stops.stopped:
                self._measure_memory()
            time.sleep(min(POLL, left))

    def stop(self) -> None:
        """Stops it, unless it has ended. A child that can no longer be stopped runs to its end.

        Raises:
            UserError: When it does neither.
            KeyboardInterrupt: When the user interrupts.
        """
        if self._has_ended() or self.stops.stopped:
            return
        if not self._undisturbed:
            _signal(self.process, "SIGSTOP")
            self._come_to_a_stop()
            self.wait(lambda: self.stops.stopped, seconds=STOP_LIMIT)
            if self._undisturbed:  # since a moment ago
                self.continue_()
        if self._undisturbed:
            self.wait(seconds=STOP_LIMIT)
        if self.finished is None and not self.stops.stopped:
            raise UserError(
                f"A program neither stopped nor ended in {STOP_LIMIT:.0f} s: use --turns 0, which stops none."
            )

    def continue_(self) -> None:
        """Continues it after a stop."""
        if self.finished is None and self.stops.stopped:
            self._gpu_seen = self._gpu_memory() if self._gpu_memory else 0  # the others' share may be another now
            self.stops.end(time.time())
            if self._ledger is not None:
                self._ledger.left_out = self.stops.total
            _signal(self.process, "SIGCONT")

    def last_words(self) -> str:
        """The last line that it printed."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1].strip() if lines else "it printed nothing"

    def _come_to_a_stop(self) -> None:
        end = time.monotonic() + STOP_POLL_SECONDS
        while not self._has_ended() and not self.stops.stopped and time.monotonic() < end:
            time.sleep(STOP_POLL)

    @property
    def _undisturbed(self) -> bool:
        return self._ledger is not None and self._ledger.undisturbed

    def _has_ended(self) -> bool:
        if self.finished is not None:
            return True
        if sys.platform == "win32":
            raise NotImplementedError
        # wait4 rather than poll: only it tells the memory of this one child
        pid, status, usage = os.wait4(self.process.pid, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):
            self.stops.begin(time.time())
            self._measure_memory()
        elif pid:
            self.process.returncode = os.waitstatus_to_exitcode(status)
            peak = self._gpu_peak if self._gpu_memory else None
            self.finished = Finished(self.process.returncode, usage.ru_maxrss * 1024, peak)
        return self.finished is not None

    def _measure_memory(self) -> None:
        if self._gpu_memory:
            now = self._gpu_memory()
            self._gpu_held += now - self._gpu_seen
            self._gpu_seen = now
            self._gpu_peak = max(self._gpu_peak, self._gpu_held)


def finding_this_package(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a process finds this package, which is not installed."""
    path = [str(_REPOSITORY), *filter(None, [environment.get("PYTHONPATH")])]
    return {**environment, "PYTHONPATH": os.pathsep.join(path)}


def take_turns(children: Sequence[Child], seconds: float, ended: Callable[[Child], None]) -> None:
    """Lets one child run at a time, all others stopped, until all have ended.

    Args:
        children: All of them stopped, or ended.
        seconds: Length of a turn.
        ended: Called with each child that ended, while all others are stopped.

    Raises:
        UserError: When a child neither stops nor ends, or ``ended`` raises it.
        KeyboardInterrupt: When the user interrupts.
    """
    turn = 0
    while at_work := [child for child in children if child.finished is None]:
        for child in in_turn(at_work, turn):
            child.continue_()
            if len(at_work) > 1:
                child.wait(seconds=seconds)
                child.stop()
            else:
                child.wait()
            if child.finished is not None:
                ended(child)
        turn += 1


def end(children: Sequence[Child]) -> None:
    """Ends the children that have not ended, including stopped ones."""
    processes = [child.process for child in children]
    for process in processes:
        _ask_to_end(process)
    for process in processes:
        end_process(process)


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    _signal(process, "SIGTERM")
    _signal(process, "SIGCONT")  # a stopped process does not handle the other


def end_process(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and whatever it started, by its process group; at once if it has ended already."""
    if process.returncode is not None:
        return
    _ask_to_end(process)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        _signal(process, "SIGKILL")
        process.wait()


def _signal(process: subprocess.Popen[bytes], name: str) -> None:
    """Sends a signal to a process and its children."""
    if sys.platform == "win32":  # it cannot stop a process and let it run again: the command line refuses there
        raise NotImplementedError
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, name))
