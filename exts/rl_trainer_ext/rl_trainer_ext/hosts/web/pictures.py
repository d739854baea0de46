# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Takes pictures of the panel while a viewer wants them."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .bridge import Bridge

INTERVAL = 1.0 / 20.0
"""Shortest time between two pictures [s]."""

STILL_AFTER = 0.3
"""Time without a change after which the picture is sent once more in full quality [s]."""


class Pictures:
    """One picture at a time: omni.ui writes it into a file in memory during the next frame that it draws.

    Args:
        bridge: Where pictures go.
    """

    def __init__(self, bridge: Bridge) -> None:
        from omni.ui import _ui

        self._ui, self._bridge = _ui, bridge
        memory = Path("/dev/shm")
        self._folder = tempfile.TemporaryDirectory(
            prefix="rl-trainer-", dir=memory if os.access(memory, os.W_OK) else None, ignore_cleanup_errors=True
        )
        self._file = Path(self._folder.name, "panel.bmp")
        self._last = b""
        self._asked = self._sharp = False
        self._due = self._changed = 0.0

    def update(self, drawn: bool) -> bool:
        """Takes over the picture that was asked for, and asks for the next one. Called before each frame.

        Args:
            drawn: Whether the next frame is drawn anyway.

        Returns:
            Whether the next frame has to be drawn, for a picture.
        """
        now = time.perf_counter()
        if self._asked and self._ui._poll_screenshot_done():
            self._asked = False
            self._take(now)
        if self._asked:
            return True
        if not self._bridge.viewers:
            self._last, self._sharp = b"", False  # the next viewer gets one at once
            return False
        first = not self._last
        if not self._bridge.wanted or now < self._due or not (drawn or first):
            self._sharpen(now)
            return False
        self._due = now + INTERVAL
        self._asked = bool(self._ui._schedule_screenshot(str(self._file)))
        return self._asked

    def _take(self, now: float) -> None:
        with contextlib.suppress(OSError):  # it could not be written: the next one may be
            bitmap = self._file.read_bytes()
            if bitmap != self._last:
                self._last, self._changed, self._sharp = bitmap, now, False
                self._bridge.show(bitmap)
        self._sharpen(now)

    def _sharpen(self, now: float) -> None:
        if self._last and not self._sharp and self._bridge.wanted and now - self._changed >= STILL_AFTER:
            self._sharp = True
            self._bridge.show(self._last, still=True)

    def close(self) -> None:
        """Removes the file."""
        self._folder.cleanup()


@contextlib.contextmanager
def quiet_native_output() -> Iterator[None]:
    """Within the block native code prints nothing to stdout: omni.ui names each picture there."""
    import sys

    sys.stdout.flush()
    with os.fdopen(os.dup(1), "w", encoding=sys.stdout.encoding, buffering=1) as terminal:
        nothing, before = os.open(os.devnull, os.O_WRONLY), sys.stdout
        os.dup2(nothing, 1)
        os.close(nothing)
        sys.stdout = terminal
        try:
            yield
        finally:
            terminal.flush()
            os.dup2(terminal.fileno(), 1)
            sys.stdout = before
