# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The frame loop in Kit: trains for a slice, then lets Kit draw, with the viewport enabled if a picture is due.

The renderer cannot be timed directly. The cost of a picture is how much longer its frame takes than frames without a
picture. It is known when the next frame begins.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...frames.sharing import FrameSharing, RenderMode
from ...frames.statistics import FrameStatistics
from ...training.snapshot import State
from ...training.trainer import Trainer
from ...viewport.cameras import PolicyCameras

if TYPE_CHECKING:  # imports carb
    from .viewport import KitViewport

_FRAMES_KEPT = 15
"""Number of frames without a picture whose median length is Kit's own time per frame."""


class KitFrameLoop:
    """Shares the time of Kit's frames between training and viewport.

    Args:
        trainer: The trainer.
        viewport: The viewport to enable and disable.
        clock: Returns seconds, like :func:`time.perf_counter`.
        cameras: What the policy sees.
    """

    def __init__(
        self,
        trainer: Trainer,
        viewport: KitViewport,
        clock: Callable[[], float] = time.perf_counter,
        cameras: PolicyCameras | None = None,
    ) -> None:
        self.statistics = FrameStatistics()
        self._trainer, self._viewport, self._clock = trainer, viewport, clock
        self._cameras = cameras
        self._sharing = FrameSharing()
        self._left: float | None = None
        self._drawn_at: float | None = None
        self._without_picture: deque[float] = deque(maxlen=_FRAMES_KEPT)

    def run_frame(self, last_input: float) -> None:
        """Runs the training's part of a frame. Called once in each of Kit's frames.

        Args:
            last_input: Time of the user's last input, on the same clock [s].
        """
        trainer = self._trainer
        start = self._clock()
        self._charge_previous_frame(start)
        self.statistics.frame(start)
        trainer.tick(self._sharing.training_slice(start, trainer.render_mode, trainer.viewport_share, last_input))
        now = self._clock()
        self._sharing.trained(now)
        self._viewport.enable(self._picture_comes(now))
        self._left = self._clock()

    def _picture_comes(self, now: float) -> bool:
        trainer, state = self._trainer, self._trainer.state
        if state is State.LAUNCHING:
            self._sharing.start_run()
        self._show_cameras(now)
        if (
            state is State.PAUSED
            and self._viewport.markers_changed
            and trainer.render_mode is not RenderMode.NO_RENDERING
        ):
            self._viewport.draw()  # there is no step that would draw them
        if state not in (State.TRAINING, State.PLAYING) or self._viewport.always_drawn:
            return True  # no training needs the time, or the run itself needs the pictures
        if not self._sharing.draw_due(now, trainer.render_mode, trainer.viewport_share, trainer.idle_until):
            return False
        if trainer.undrawn and self._viewport.draw():
            trainer.drawn()
        # even without a new step, the picture follows the user's camera
        self._drawn_at = now
        return True

    def _show_cameras(self, now: float) -> None:
        """Takes a picture of what the policy sees, if it is shown and due, in the viewport's share of the time."""
        trainer, cameras = self._trainer, self._cameras
        if cameras is None or not cameras.asked:
            return
        # the renderer draws for the run in any case; only copying the cameras' output costs time
        if self._sharing.draw_due(now, trainer.render_mode, trainer.viewport_share, trainer.idle_until):
            cameras.take()
            if self._viewport.always_drawn:
                self._sharing.drew(now, self._clock())

    def _charge_previous_frame(self, start: float) -> None:
        """Charges the viewport for the frame that just ended."""
        if self._left is None:
            return
        outside = start - self._left
        if self._drawn_at is None:
            self._without_picture.append(outside)
            return
        usual = statistics.median(self._without_picture) if self._without_picture else 0.0
        cost = self._left - self._drawn_at + max(0.0, outside - usual)
        self._sharing.drew(self._drawn_at, self._drawn_at + cost)
        self.statistics.picture(cost)
        self._drawn_at = None
