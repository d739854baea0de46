# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stands in the place of a program that runs in a copy of the warm process: client.py SOCKET (-m M | -c C | FILE) ….

The program has this process's output, working directory and environment variables. This process forwards signals to it
and ends with its exit status; when this process is killed, so is the program.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from types import FrameType
from typing import NoReturn

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(address: str, arguments: list[str]) -> NoReturn:
    """Runs the program to its end, and ends with its exit status or by the signal that ended it."""
    pid = 0
    early: list[int] = []

    def forward(number: int, frame: FrameType | None) -> None:
        if pid:
            os.kill(pid, number)
        else:
            early.append(number)

    for number in _FORWARDED:
        signal.signal(number, forward)
    request = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        socket.send_fds(connection, [b"\n"], [0, 1, 2])
        with connection.makefile("rw") as stream:
            print(json.dumps(request), file=stream, flush=True)
            pid = int(stream.readline())
            for number in early:
                os.kill(pid, number)
            status = int(stream.readline())
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
