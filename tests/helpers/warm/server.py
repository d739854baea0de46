# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The warm process: trains with each library once, then runs programs in copies of itself: server.py SOCKET."""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import traceback
from types import ModuleType
from typing import Any, NoReturn

_LIBRARIES = ("rsl_rl", "sb3")
_TRAIN = ("--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--max_iterations", "1", "--device", "cpu")


def main(address: str) -> None:
    """Serves clients until the process that started this one closes the pipe to it."""
    sys.path.pop(0)  # the folder of this file
    _warm_up()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                if os.fork() == 0:
                    listener.close()
                    _attend(connection)
            _reap()
    _reap()


def _warm_up() -> None:
    """Trains with Isaac Lab's own command: no module of this project is imported."""
    gc.disable()  # what is imported is no garbage, and collections take a fifth of the time
    import torch
    from isaaclab_rl.entrypoints import run_train_cli

    torch.set_num_threads(1)  # a copy has none of the other threads
    for library in _LIBRARIES:
        run_train_cli(["--rl_library", library, *_TRAIN, "agent.device=cpu", "physics=newton_mjwarp"])
    gc.collect()
    gc.enable()
    gc.freeze()  # the collector of a copy would write to, and so duplicate, all of this memory


def _reap() -> None:
    """Collects ended children, so that their CPU time counts as this process's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _attend(connection: socket.socket) -> NoReturn:
    """Runs the program of one client, and kills it if the client is killed first."""
    _, files, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("r") as stream:
        request = json.loads(stream.readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        _run(request, files)
    for file in files:
        os.close(file)
    connection.sendall(f"{pid}\n".encode())
    ended = os.pidfd_open(pid)
    if ended not in select.select([ended, connection], [], [])[0]:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(OSError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _run(request: dict[str, Any], files: list[int]) -> NoReturn:
    """Becomes the program of a request."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    # tests that run in the background of a shell ignore Ctrl+C, and a child inherits that
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.path[:0] = ["", *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    status: Any = 1
    try:
        _run_python(request["arguments"])
        status = 0
    except SystemExit as exit:
        status = exit.code
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)  # as Python ends then
    except BaseException:
        traceback.print_exc()
    if isinstance(status, str):
        print(status, file=sys.stderr)
        status = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(status or 0)


def _run_python(arguments: list[str]) -> None:
    """Runs what ``python`` with these arguments runs."""
    kind, *rest = arguments
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.modules["__main__"] = ModuleType("__main__")
        exec(rest[0], vars(sys.modules["__main__"]))
    else:
        sys.argv = arguments
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
