# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Turns the ``update()`` calls that Isaac Lab makes inside Kit's frame into waits for Kit's next frame.

Kit's asyncio queue, physics and renderer do not support an ``omni.kit.app.get_app().update()`` inside another one.
Isaac Lab calls it when it creates, resets and closes an environment, and whenever it reads a camera. A training runs in
a task (:mod:`...frames.cooperative`), which can wait instead.
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
    """Replaces ``update()`` of Kit's application while the host works."""

    def __init__(self) -> None:
        self.waiting = False
        """Whether the task waits inside its own ``update()``: the frame is then part of the task's work."""
        self._suppressed = False

    @contextlib.contextmanager
    def updates_wait_for_next_frame(self) -> Iterator[None]:
        """Within the block, ``update()`` called from the task waits for the host's next frame.

        When the call returns, every stage of Kit's frame has run once, as after a real update. Outside the task,
        ``update()`` stays Kit's own, except within :meth:`updates_suppressed`. The block restores it at its end.
        """
        interface: Any = omni.kit.app.IApp
        real = interface.update

        def update(app: Any) -> None:
            if in_task():
                self._wait()
            elif not self._suppressed:
                real(app)

        interface.update = update
        try:
            yield
        finally:
            interface.update = real

    @contextlib.contextmanager
    def updates_suppressed(self) -> Iterator[None]:
        """Within the block, ``update()`` outside the task does nothing, because a frame is already running."""
        self._suppressed = True
        try:
            yield
        finally:
            self._suppressed = False

    def run_frame_if_waiting(self) -> None:
        """Runs a frame of Kit if the task waits inside ``update()``. For a host that gets no more frames from Kit.

        Called within Kit's frame, it nests a frame; Kit postpones its asyncio work meanwhile.
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
    """Keeps Kit's frame from stepping the physics that the training steps itself.

    The task controls the setting while it works and while it waits inside its own ``update()``, for which Isaac Lab
    sets the value that it needs. In all other frames of a run the setting is off.
    """

    def __init__(self) -> None:
        self._settings = carb.settings.get_settings()
        self._held = False
        self._value: bool | None = None

    def hold(self) -> None:
        """Switches Kit's stepping off. Called when the task yields to the frame."""
        if not self._held:
            self._held, self._value = True, self._settings.get(PLAY_SIMULATIONS)
            self._settings.set(PLAY_SIMULATIONS, False)

    def release(self) -> None:
        """Restores the task's value. Called before the task continues, and after the run."""
        if self._held:
            self._held = False
            restore(PLAY_SIMULATIONS, self._value)


def restore(path: str, value: Any) -> None:
    """Sets a setting of Kit back to an earlier value; None deletes it."""
    settings = carb.settings.get_settings()
    if value is None:
        settings.destroy_item(path)
    else:
        settings.set(path, value)
