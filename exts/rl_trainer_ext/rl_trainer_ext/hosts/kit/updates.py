# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab asks Kit for frames in the middle of its work; inside Kit's own frame each of them is a frame to wait for.

``omni.kit.app.get_app().update()`` inside an update of the same application runs Kit's frame within itself: its asyncio
queue, its physics and its renderer are not made for that. Isaac Lab calls it when an environment is created, reset and
closed, and whenever a camera is read. A training runs in a task (:mod:`...frames.cooperative`), which can wait instead.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import carb.settings
import omni.kit.app

from ...frames.cooperative import in_task, next_frame

PLAY_SIMULATIONS = "/app/player/playSimulations"
"""Kit's setting: whether its own frame steps physics while the timeline plays."""


class Updates:
    """What ``update()`` of Kit's application means while the host works."""

    def __init__(self) -> None:
        self.waiting = False
        """Whether the task waits inside an ``update()`` of its own: the frame is then part of what it does."""
        self._drawing = False

    @contextlib.contextmanager
    def awaited(self) -> Iterator[None]:
        """Within the block, an ``update()`` inside the task waits for the host's next frame.

        Between the call and its return every stage of Kit's frame has run once, as after a real one. Outside of the
        task, ``update()`` is Kit's own, but for what :meth:`drawing` says. After the block it is Kit's own everywhere.
        """
        interface: Any = omni.kit.app.IApp
        real = interface.update

        def update(app: Any) -> None:
            if in_task():
                self._wait()
            elif not self._drawing:
                real(app)

        interface.update = update
        try:
            yield
        finally:
            interface.update = real

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Within the block, ``update()`` outside of the task does nothing: the frame that it asks for is under way."""
        self._drawing = True
        try:
            yield
        finally:
            self._drawing = False

    def frame_if_awaited(self) -> None:
        """A frame of Kit where the task waits inside an ``update()``: for a host whose own frames will not come.

        Called within Kit's frame it is one within another, for which Kit postpones its asyncio work.
        """
        if self.waiting:
            omni.kit.app.get_app().update()

    def _wait(self) -> None:
        self.waiting = True
        try:
            next_frame()
        finally:
            self.waiting = False


class PhysicsHold:
    """Keeps Kit's frame from stepping physics that the training steps itself.

    The setting belongs to the task while it works, and while it waits inside an ``update()`` of its own, which Isaac
    Lab surrounds with the value that it means. In all other frames of a run it is off.
    """

    def __init__(self) -> None:
        self._settings = carb.settings.get_settings()
        self._held = False
        self._value: bool | None = None

    def hold(self) -> None:
        """Called when the task gives the frame back."""
        if not self._held:
            self._held, self._value = True, self._settings.get(PLAY_SIMULATIONS)
            self._settings.set(PLAY_SIMULATIONS, False)

    def release(self) -> None:
        """Called before the task goes on, and when the run has ended: the setting is as the task left it."""
        if self._held:
            self._held = False
            restore(PLAY_SIMULATIONS, self._value)


def restore(path: str, value: Any) -> None:
    """Gives a setting of Kit an earlier value again; None takes it away."""
    settings = carb.settings.get_settings()
    if value is None:
        settings.destroy_item(path)
    else:
        settings.set(path, value)
