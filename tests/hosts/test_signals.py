# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Signals in a process of its own: one asks for an end, a second one ends it, in native code too."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest

LIMIT = 120.0
"""Seconds after which a process counts as hanging."""

DEADLOCK = """
import ctypes
from rl_trainer_ext.hosts.standalone.signals import interruptible
with interruptible(grace=0.2):
    libc, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
    libc.pthread_mutex_lock(mutex)
    print("ready", flush=True)
    libc.pthread_mutex_lock(mutex)  # for ever, with the interpreter's lock held
"""

POLITE = """
import time
from rl_trainer_ext.hosts.standalone.signals import interruptible
with interruptible(grace=0.0) as interrupt:
    print("ready", flush=True)
    while not interrupt.requested:
        time.sleep(0.01)
    time.sleep(0.5)  # a watcher that kills after one signal does so here
print("ended by itself", flush=True)
"""


def start(code: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
def test_a_second_signal_ends_native_code_that_never_returns(second):
    process = start(DEADLOCK)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.0)
    process.send_signal(second)
    assert process.wait(LIMIT) == -signal.SIGKILL


def test_one_signal_kills_nothing():
    process = start(POLITE)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=LIMIT)[0] == "ended by itself\n"
    assert process.returncode == 0


HUNG_UP = """
import os, sys, time
from rl_trainer_ext.hosts.standalone.signals import interruptible
with interruptible() as interrupt, open(sys.argv[1], "w") as told:
    print("ready", flush=True)
    while not interrupt.requested:
        time.sleep(0.01)
    print("to a terminal that is gone", flush=True)
    print("saved", file=told)
"""


def test_a_closed_terminal_asks_for_the_end_and_is_not_written_to(tmp_path):
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup and some runners of CI ignore it, which children inherit
        os.execv(sys.executable, [sys.executable, "-c", HUNG_UP, str(tmp_path / "told")])
    with open(terminal, "rb", buffering=0) as shown:
        assert shown.readline() == b"ready\r\n"
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert (tmp_path / "told").read_text() == "saved\n"


def test_nohup_keeps_its_meaning():
    code = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)" + POLITE.replace("0.5", "0.0")
    process = start(code)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=LIMIT)[0] == "ended by itself\n"
