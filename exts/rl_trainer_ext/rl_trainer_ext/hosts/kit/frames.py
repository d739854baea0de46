# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A frame in Kit: a slice of training, then Kit itself draws, with its viewport switched on if a picture is due.

The renderer's work cannot be timed from here. What a frame with a picture takes longer than frames without one is its
cost, and is known when the next frame begins.
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
"""Frames without a picture over which the time that Kit takes for itself is taken."""


class DrawnByKit(Protocol):
    """A viewport that Kit draws when its frame comes to it."""

    @property
    def always_drawn(self) -> bool:
        """Whether the run needs every picture itself, for its cameras."""
        ...

    def draw(self) -> bool:
        """Hands the environment as it is now to the renderer; False where there is nothing to hand over."""
        ...

    def enable(self, enabled: bool) -> None:
        """Whether Kit draws the viewport in the frames to come."""
        ...


class KitFrames:
    """Shares the time of Kit's frames.

    Args:
        trainer: What trains or plays.
        viewport: What is switched on and off.
        clock: Seconds, as :func:`time.perf_counter`.
    """

    def __init__(self, trainer: Trainer, viewport: DrawnByKit, clock: Callable[[], float] = time.perf_counter) -> None:
        self.statistics = FrameStatistics()
        self._trainer, self._viewport, self._clock = trainer, viewport, clock
        self._sharing = FrameSharing()
        self._left: float | None = None
        self._drawn_at: float | None = None
        self._without_picture: deque[float] = deque(maxlen=_FRAMES_KEPT)

    def next(self, last_input: float) -> None:
        """The part of a frame that belongs to the training. To be called once in each of Kit's frames.

        Args:
            last_input: When somebody last used mouse or keyboard, on the same clock [s].
        """
        trainer = self._trainer
        start = self._clock()
        self._settle(start)
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
            return True  # nothing is to be saved: the viewport is the user's, or the run's own
        if not self._sharing.draw_due(now, trainer.render_mode, trainer.viewport_share, trainer.idle_until):
            return False
        if trainer.undrawn and self._viewport.draw():
            trainer.drawn()
        # without anything new the picture still follows the camera that the user moves
        self._drawn_at = now
        return True

    def _settle(self, start: float) -> None:
        """Files what the frame that has just ended took."""
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
