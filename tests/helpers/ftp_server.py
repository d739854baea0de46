# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A real FTP server on this machine: a storage whose protocol fsspec has built in."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer

USER, PASSWORD = "trainer", "a-password-that-no-file-may-hold"


@dataclass
class Served:
    """A running server.

    Args:
        url: Of its folder ``runs``.
        folder: The folder that it serves.
    """

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """fsspec's configuration of its user."""
        return {"FSSPEC_FTP_USERNAME": USER, "FSSPEC_FTP_PASSWORD": PASSWORD}


@contextlib.contextmanager
def ftp_server(folder: Path) -> Iterator[Served]:
    """Within the block a folder is served: :data:`USER` may write, and all others may read."""
    folder.mkdir(parents=True, exist_ok=True)
    users = DummyAuthorizer()
    users.add_user(USER, PASSWORD, str(folder), perm="elradfmwMT")
    users.add_anonymous(str(folder))

    class Handler(FTPHandler):
        authorizer = users

    loop = IOLoop()
    server = FTPServer(("127.0.0.1", 0), Handler, ioloop=loop)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            server.serve_forever(timeout=0.05, blocking=False)
        server.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Served(f"ftp://127.0.0.1:{server.address[1]}/runs", folder)
    finally:
        ending.set()
        thread.join()
