# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A frame in Kit: a training slice, then Kit itself draws, with its viewport switched on if a picture is due.

The renderer's work cannot be timed from here. The cost of a picture is how much longer its frame takes than frames
without a picture, which is known when the next frame begins.
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ...frames.sharing import FrameSharing
from ...frames.statistics import FrameStatistics
from ...training.snapshot import State
from ...training.trainer import Trainer

_FRAMES_KEPT = 15
"""Frames without a picture whose median length is Kit's own time in a frame."""


class DrawnByKit(Protocol):
    """A viewport that Kit draws when its frame comes to it."""

    @property
    def always_drawn(self) -> bool:
        """Whether the run's own cameras need every picture."""
        ...

    def draw(self) -> bool:
        """Passes the present environment to the renderer; returns False if there is none."""
        ...

    def enable(self, enabled: bool) -> None:
        """Sets whether Kit draws the viewport in the next frames."""
        ...


class KitFrameLoop:
    """Shares the time of Kit's frames between training and viewport.

    Args:
        trainer: What trains or plays.
        viewport: The viewport to switch on and off.
        clock: Seconds, as :func:`time.perf_counter`.
    """

    def __init__(self, trainer: Trainer, viewport: DrawnByKit, clock: Callable[[], float] = time.perf_counter) -> None:
        self.statistics = FrameStatistics()
        self._trainer, self._viewport, self._clock = trainer, viewport, clock
        self._sharing = FrameSharing()
        self._left: float | None = None
        self._drawn_at: float | None = None
        self._without_picture: deque[float] = deque(maxlen=_FRAMES_KEPT)

    def run_frame(self, last_input: float) -> None:
        """Runs the training's part of a frame. To be called once in each of Kit's frames.

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
        if state not in (State.TRAINING, State.PLAYING) or self._viewport.always_drawn:
            return True  # there is no training to save time for, or the run itself needs the pictures
        if not self._sharing.draw_due(now, trainer.render_mode, trainer.viewport_share, trainer.idle_until):
            return False
        if trainer.undrawn and self._viewport.draw():
            trainer.drawn()
        # without a new step, the picture still follows the user's camera
        self._drawn_at = now
        return True

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
