# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Statistics of a host's frames: their rate, their regularity, and the time of the run in them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

GAPS_KEPT = 20_000
"""Frames whose gaps are kept: ten minutes at 30 frames a second."""


@dataclass(frozen=True)
class FrameFigures:
    """Frames and pictures since the last reset."""

    seconds: float = 0.0
    frames: int = 0
    """Frames of the host."""
    pictures: int = 0
    """Pictures of the viewport."""
    gap_p50: float = 0.0
    """Median time from the start of a frame to the start of the next [s]."""
    gap_p99: float = 0.0
    gap_max: float = 0.0
    gap_p99_less_drawing: float = 0.0
    """99th percentile of the gaps less the drawing of the viewport in them [s]."""
    unchanged: int = 0
    """Frames in which the user interface was not drawn because nothing had changed."""
    training_seconds: float = 0.0
    """Time of the run; the rest went into pictures, user interface and host."""

    @property
    def frames_per_second(self) -> float:
        """Drawn frames of the user interface a second."""
        return (self.frames - self.unchanged) / self.seconds if self.seconds > 0 else 0.0

    @property
    def training_share(self) -> float:
        """The run's share of the time."""
        return self.training_seconds / self.seconds if self.seconds > 0 else 0.0

    @property
    def pictures_per_second(self) -> float:
        """Pictures of the viewport a second."""
        return self.pictures / self.seconds if self.seconds > 0 else 0.0


class FrameStatistics:
    """Counts frames and pictures; a few floats a frame, in bounded memory. Times are seconds on the caller's clock."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all frames, for instance after a warm-up."""
        self._gaps: deque[tuple[float, float]] = deque(maxlen=GAPS_KEPT)
        self._first: float | None = None
        self._last = 0.0
        self._frames = 0
        self._unchanged = 0
        self._pictures = 0
        self._drawing_now = 0.0
        self._training = self._training_now = 0.0

    def frame(self, now: float) -> None:
        """Counts a frame when it begins."""
        if self._first is None:
            self._first = now
        else:
            gap = now - self._last
            self._gaps.append((gap, gap - self._drawing_now))
            self._frames += 1
            self._training += self._training_now
        self._last = now
        self._drawing_now = self._training_now = 0.0

    def not_drawn(self) -> None:
        """Counts a frame in which the user interface is not drawn."""
        self._unchanged += 1

    def trained(self, seconds: float) -> None:
        """Adds the length of a slice of the run to the frame [s]."""
        self._training_now += seconds

    def picture(self, seconds: float) -> None:
        """Counts a picture, and adds its drawing time to the frame [s]."""
        self._pictures += 1
        self.collected(seconds)

    def collected(self, seconds: float) -> None:
        """Adds the time to the frame that fetching a pending picture took [s]."""
        self._drawing_now += seconds

    def figures(self) -> FrameFigures:
        """Returns the figures up to the start of the last frame."""
        if self._first is None or not self._gaps:
            return FrameFigures()
        gaps, less_drawing = np.asarray(self._gaps).T
        return FrameFigures(
            seconds=self._last - self._first,
            frames=self._frames,
            pictures=self._pictures,
            training_seconds=self._training,
            gap_p50=float(np.percentile(gaps, 50)),
            gap_p99=float(np.percentile(gaps, 99)),
            gap_max=float(gaps.max()),
            gap_p99_less_drawing=float(np.percentile(less_drawing, 99)),
            unchanged=self._unchanged,
        )
