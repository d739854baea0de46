# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The part of a frame before the user interface is drawn: a training slice, then a viewport picture if due."""

from __future__ import annotations

import time

from ...frames.sharing import QUIET_FRAME, FrameSharing, RenderMode
from ...frames.statistics import FrameStatistics
from ...training.snapshot import State
from ...training.trainer import Trainer
from ...viewport.cameras import PolicyCameras
from ...viewport.interface import OffscreenViewport


class FrameLoop:
    """Trains for a slice, then draws the viewport if a picture is due.

    Args:
        trainer: The trainer.
        viewport: The trainer's viewport; None without one.
        quiet_frame: Time between frames while the user is inactive [s].
        cameras: What the policy sees; None without a viewport.
    """

    def __init__(
        self,
        trainer: Trainer,
        viewport: OffscreenViewport | None,
        quiet_frame: float = QUIET_FRAME,
        cameras: PolicyCameras | None = None,
    ) -> None:
        self.statistics = FrameStatistics()
        self._trainer = trainer
        self._viewport, self._cameras = viewport, cameras
        self._sharing = FrameSharing(quiet_frame)

    def run_frame(self, last_input: float, viewport_in_sight: bool = True) -> None:
        """Runs one frame. Called from one place in the host's loop.

        Args:
            last_input: Time of the user's last input, on the clock of :func:`time.perf_counter` [s].
            viewport_in_sight: Whether the viewport is visible; otherwise no picture is drawn.
        """
        trainer = self._trainer
        start = time.perf_counter()
        self.statistics.frame(start)
        trainer.tick(self._sharing.training_slice(start, trainer.render_mode, trainer.viewport_share, last_input))
        now = time.perf_counter()
        self._sharing.trained(now)
        self.statistics.trained(now - start)
        if self._viewport is None:
            return
        if trainer.state is State.LAUNCHING:
            self._sharing.start_run()
        if self._viewport.pending:
            self._collect(self._viewport, now)
        new = viewport_in_sight and (trainer.undrawn or self._viewport.moved)
        if (new or self._cameras_wait()) and not self._viewport.pending:
            self._draw_if_due(self._viewport if new else None)

    def _cameras_wait(self) -> bool:
        cameras = self._cameras
        return cameras is not None and cameras.asked and (self._trainer.undrawn or cameras.behind)

    def _draw_if_due(self, viewport: OffscreenViewport | None) -> None:
        """Draws the viewport, unless it is None, and what the policy sees; they share the viewport's time."""
        trainer, now = self._trainer, time.perf_counter()
        if not self._sharing.draw_due(now, trainer.render_mode, trainer.viewport_share, trainer.idle_until):
            return
        shown = False
        if self._cameras is not None and self._cameras.asked:
            self._cameras.take()
            shown = True
        # an idle run waits for its picture, because it has nothing else to do
        if viewport is not None and viewport.draw(wait=trainer.idle_until > now):
            trainer.drawn()
            shown = True
        if shown:
            end = time.perf_counter()
            self._sharing.drew(now, end)
            self.statistics.picture(end - now)

    def _collect(self, viewport: OffscreenViewport, now: float) -> None:
        # in full rendering the next step is drawn too, and only one picture can be pending
        on_card = viewport.collect(wait=self._trainer.render_mode is RenderMode.FULL_RENDERING)
        if on_card is not None:
            seconds = time.perf_counter() - now
            self._sharing.collected(seconds, on_card)
            self.statistics.collected(seconds)
