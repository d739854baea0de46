# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Puts the stand-alone panel into a browser: called by its frame loop, between two frames."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from ...errors import UserError
from ..console import say
from ..web.bridge import Bridge
from ..web.pictures import Pictures, quiet_native_output
from ..web.server import WebServer
from ..web.web_input import WebInput
from .desktop import Desktop
from .omni_ui import copied_text

_CLIPBOARD_INTERVAL = 0.3
"""Seconds between two looks at the panel's clipboard."""


class WebDesktop(Desktop):
    """The desktop of viewers: files of runs are downloaded, because programs would open on this machine.

    Args:
        bridge: Where files are offered.
        log_root: Directory below which runs are written; other files are not offered.
    """

    def __init__(self, bridge: Bridge, log_root: Path) -> None:
        self._bridge, self._log_root = bridge, log_root

    def reveal(self, path: Path) -> None:
        if not self._offer(path):
            super().reveal(path)

    def open_file(self, path: Path) -> None:
        if not self._offer(path):
            super().open_file(path)

    def edit(self, path: Path, line: int = 1) -> str:
        """Copies the place: an editor would open on this machine."""
        if not path.is_file():
            raise UserError(f"{path} is gone: it was deleted or renamed.")
        self.copy(f"{path}:{line}")
        return f"{path}:{line} is on the clipboard: open it on the machine that trains."

    def _offer(self, path: Path) -> bool:
        real, root = path.resolve(), self._log_root.resolve()
        if not self._bridge.viewers or not real.is_file() or not real.is_relative_to(root):
            return False
        self._bridge.offer(real)
        return True


class WebPanel:
    """The panel as viewers see it.

    Args:
        host: Address to listen on.
        port: Port.
        log_root: Directory below which runs are written.

    Raises:
        UserError: When it cannot listen there.
    """

    def __init__(self, host: str, port: int, log_root: Path) -> None:
        self._bridge = Bridge()
        self.desktop = WebDesktop(self._bridge, log_root)
        """Offers files to the viewers."""
        self.server = WebServer(self._bridge, host, port)
        self._input: WebInput | None = None
        self._pictures: Pictures | None = None
        self._clipboard_at = 0.0

    @contextlib.contextmanager
    def opened(self) -> Iterator[None]:
        """Serves the panel within the block, which begins when omni.ui is loaded."""
        self._input, self._pictures = WebInput(self._bridge, _resize), Pictures(self._bridge)
        try:
            yield
        finally:
            self._pictures.close()

    def update(self, drawn: bool) -> bool:
        """Injects input and takes pictures. Called once a frame, before omni.ui draws.

        Args:
            drawn: Whether the next frame is drawn anyway.

        Returns:
            Whether it is to be drawn.
        """
        assert self._input is not None
        assert self._pictures is not None
        drawn = self._input.update() or drawn
        now = time.perf_counter()
        if self._bridge.viewers and now >= self._clipboard_at:
            self._clipboard_at = now + _CLIPBOARD_INTERVAL
            text = copied_text()
            if text != self._bridge.clipboard:
                self._bridge.clipboard = text
                self._bridge.notify()
        return self._pictures.update(drawn) or drawn

    @staticmethod
    def quiet() -> AbstractContextManager[None]:
        """Within the block omni.ui does not print the name of each picture."""
        return quiet_native_output()

    def announce(self) -> None:
        """Prints the link, and how to reach it from elsewhere."""
        say(f"The panel is at {self.server.link}")
        if self.server.only_here:
            port = self.server.port
            say(f"From another machine: ssh -L {port}:localhost:{port} THIS_MACHINE, then open the link there.")

    def close(self) -> None:
        """Sends the viewers away."""
        self.server.close()


def _resize(width: int, height: int) -> None:
    from omni.ui import _ui

    _ui._headless_frame_resize(width, height)
