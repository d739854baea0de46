# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How a frame's time is shared between training, viewport and user interface. Pure: no clock inside."""

from __future__ import annotations

import enum
import statistics
from collections import deque


class RenderMode(enum.Enum):
    """What of a run is drawn in the viewport; the names are Isaac Lab's."""

    FULL_RENDERING = "Full rendering"
    """Every environment step is drawn."""
    PARTIAL_RENDERING = "Partial rendering"
    """The viewport is drawn as often as its share of the time allows, at most 30 times a second."""
    NO_RENDERING = "No rendering"
    """The viewport is not drawn; panel and curves stay live."""


DEFAULT_SHARE = 0.10
"""Share of the time that the viewport may cost in partial rendering."""

MAX_SHARE = 0.50

ACTIVE_FRAME = 1 / 30
"""Time from frame to frame while the user moves the mouse or types [s]."""

QUIET_FRAME = 1 / 10
"""Time from frame to frame otherwise [s]."""

UNSEEN_FRAME = 1 / 2
"""Time from frame to frame where there is no window: a frame then serves only Ctrl+C and the progress display [s]."""

ACTIVE_SECONDS = 2.0
"""How long after the last input the user counts as active [s]."""

PICTURE_INTERVAL = 1 / 30
"""Least time from picture to picture in partial rendering [s]."""

LONGEST_WAIT = 5.0
"""Most time without a picture after one that took unusually long [s]."""

GPU_CONTENTION_FACTOR = 1.5
"""Time that a picture takes from a training during which a graphics card draws it, in drawing times.
The card also displays it, and its queue and the processor's caches start cold. Measured on an H200: 1.2 to 1.5."""

_COSTS_KEPT = 9
_MOST_FOR_FIRST = 0.1
"""Most that the first picture is charged [s]: it also builds the scene, and says little about the next."""


class FrameSharing:
    """Decides, frame by frame, how long to train and whether to draw the viewport.

    A picture that cost ``c`` seconds is followed by the next one ``c / share`` seconds later at the earliest. So the
    viewport keeps its share over any stretch of time that is long against one picture. If a frame came early for its
    picture, the cost includes that part of the user interface's time.

    All times are seconds on one clock of the caller's, which only moves forward.

    Args:
        quiet_frame: Time from frame to frame while the user is not active.
    """

    def __init__(self, quiet_frame: float = QUIET_FRAME) -> None:
        self._quiet_frame = quiet_frame
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)
        self._trained: float | None = None
        self._drawing = 0.0
        self._drawn = self._charged = float("-inf")
        self._owed = self._early = 0.0
        self._fits_idle_time = False

    def start_run(self) -> None:
        """Forgets what pictures cost: another scene is about to be drawn, and its first picture is due at once."""
        self._costs.clear()
        self._owed = 0.0

    def training_slice(self, now: float, mode: RenderMode, share: float, last_input: float) -> float:
        """Returns how long the training may run in the frame that begins now [s].

        What user interface and host took since the last slice is part of the frame, but at least half of each frame
        belongs to the training. The slice ends early for a picture that becomes due in it.

        Args:
            now: The time.
            mode: What is drawn.
            share: The viewport's share of the time.
            last_input: Time of the user's last input.
        """
        frame = ACTIVE_FRAME if now - last_input < ACTIVE_SECONDS else self._quiet_frame
        outside = 0.0 if self._trained is None else now - self._trained - self._drawing
        self._drawing = 0.0
        length = max(frame - outside, frame / 2)
        self._owed += self._early * outside
        self._early = 0.0
        if mode is RenderMode.PARTIAL_RENDERING and share > 0:
            due = self._next_due(share)
            if frame == ACTIVE_FRAME and due <= now + frame:
                # an active user waits for the picture as well
                length = max(length - self._typical_cost, frame / 2)
            if due > now:  # a picture that is overdue had nothing new to show, and does not hurry
                whole, length = length, min(length, max(due - now, ACTIVE_FRAME / 2))
                self._early = 1.0 - length / whole
        return length

    def trained(self, now: float) -> None:
        """Notes that the training slice has ended."""
        self._trained = now

    def draw_due(self, now: float, mode: RenderMode, share: float, idle_until: float = 0.0) -> bool:
        """Returns whether to draw a picture now, provided that there is something new to show.

        Args:
            now: The time.
            mode: What is drawn.
            share: The viewport's share of the time in partial rendering; 0 for never.
            idle_until: When the run has work again. A picture that fits into its idle time is not charged.
        """
        self._fits_idle_time = False
        if mode is not RenderMode.PARTIAL_RENDERING:
            return mode is RenderMode.FULL_RENDERING
        if share <= 0:
            return False
        self._fits_idle_time = idle_until - now > self._typical_cost
        due = self._drawn + PICTURE_INTERVAL if self._fits_idle_time else self._next_due(share)
        return now >= due - 0.001 * PICTURE_INTERVAL  # rounding must not cost a frame

    def drew(self, start: float, end: float) -> None:
        """Charges the viewport for a picture, after it was drawn.

        Args:
            start: When its drawing began.
            end: When the drawing returned.
        """
        cost = end - start
        self._drawing += cost
        self._drawn = start
        charge = cost if self._costs else min(cost, _MOST_FOR_FIRST)
        if not self._fits_idle_time:
            self._charged, self._owed = start, charge
        self._costs.append(charge)

    def collected(self, seconds: float, on_card: float) -> None:
        """Charges the rest of a picture that was still being drawn when :meth:`drew` was called.

        Args:
            seconds: How long fetching it took.
            on_card: How long the graphics card drew it. This is charged although the training continued meanwhile: a
                card does not draw and compute at the same time.
        """
        self._drawing += seconds
        if len(self._costs) > 1:  # the first one is not charged for all that it took
            before = self._costs[-1]
            self._owed += GPU_CONTENTION_FACTOR * (before + seconds + on_card) - before

    @property
    def _typical_cost(self) -> float:
        return statistics.median(self._costs) if self._costs else 0.0

    def _next_due(self, share: float) -> float:
        # one picture that took unusually long delays the next, but must not end the drawing
        longest = max(LONGEST_WAIT, 2 * self._typical_cost / share)
        return max(self._drawn + PICTURE_INTERVAL, self._charged + min(self._owed / share, longest))
