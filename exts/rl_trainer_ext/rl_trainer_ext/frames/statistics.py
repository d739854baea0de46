# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a host's frames were like: how often, how regular, and what the viewport took of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

GAPS_KEPT = 20_000
"""Frames over which the gaps are taken: ten minutes at 30 frames a second."""


@dataclass(frozen=True)
class FrameFigures:
    """Frames and pictures since the statistics began."""

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
    """The same with the viewport's own drawing taken out of each gap [s]."""
    unchanged: int = 0
    """Frames in which the user interface was not drawn, as nothing had changed."""
    training_seconds: float = 0.0
    """Time that the run had; what is missing went into pictures, user interface and host."""

    @property
    def frames_per_second(self) -> float:
        """Frames a second in which the user interface was drawn."""
        return (self.frames - self.unchanged) / self.seconds if self.seconds > 0 else 0.0

    @property
    def training_share(self) -> float:
        """Share of the time that the run had."""
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
        """Begins anew, for instance after a warm-up."""
        self._gaps: deque[tuple[float, float]] = deque(maxlen=GAPS_KEPT)
        self._first: float | None = None
        self._last = 0.0
        self._frames = 0
        self._unchanged = 0
        self._pictures = 0
        self._drawing_now = 0.0
        self._training = self._training_now = 0.0

    def frame(self, now: float) -> None:
        """To be called when a frame begins."""
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
        """To be called after each frame in which the user interface is not drawn."""
        self._unchanged += 1

    def trained(self, seconds: float) -> None:
        """To be called after each slice of the run with the time that it took."""
        self._training_now += seconds

    def picture(self, seconds: float) -> None:
        """To be called after each picture with the time that it took."""
        self._pictures += 1
        self.collected(seconds)

    def collected(self, seconds: float) -> None:
        """To be called when a picture that came later is taken over, with the time that this took."""
        self._drawing_now += seconds

    def figures(self) -> FrameFigures:
        """The figures up to the last frame that began."""
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
