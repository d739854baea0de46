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
    """The viewport stands still; panel and curves stay live."""


DEFAULT_SHARE = 0.10
"""Share of the time that the viewport may cost in partial rendering."""

MAX_SHARE = 0.50

ACTIVE_FRAME = 1 / 30
"""Time from frame to frame while somebody uses the mouse or the keyboard [s]."""

QUIET_FRAME = 1 / 10
"""Time from frame to frame otherwise [s]."""

UNSEEN_FRAME = 1 / 2
"""The same where there is no window that anybody could see or use: a frame is for Ctrl+C and progress then [s]."""

ACTIVE_SECONDS = 2.0
"""How long the last input counts as somebody being there."""

PICTURE_INTERVAL = 1 / 30
"""Time from picture to picture in partial rendering, at least [s]."""

LONGEST_WAIT = 5.0
"""Time without a picture after one that took unusually long, at most [s]."""

AFTERMATH = 0.5
"""What a picture that a graphics card draws beside the training takes from it over the time that the picture itself
took, as a share of that time: the card shows it as well, and its queue and the processor's caches begin anew. On an
H200 it was 0.2 with carts and 0.5 with ants; the viewport's share is the most that it may cost."""

_COSTS_KEPT = 9
_FIRST_CHARGE = 0.1


class FrameSharing:
    """Decides, frame by frame, how long to train and whether to draw the viewport.

    A picture leaves a debt of the time that it took, and of the user interface's time where a frame came early for its
    sake; wall time pays it back at the viewport's share, and the next picture is due when nothing is owed. So the share
    holds over any stretch of time that is long against one picture.

    All times are seconds on one clock of the caller's, which only goes forward.

    Args:
        quiet_frame: Time from frame to frame while nobody is there.
    """

    def __init__(self, quiet_frame: float = QUIET_FRAME) -> None:
        self._quiet_frame = quiet_frame
        self._debt = 0.0
        self._seen = 0.0
        self._drawn = float("-inf")
        self._costs: deque[float] = deque(maxlen=_COSTS_KEPT)
        self._trained: float | None = None
        self._drawing = 0.0
        self._early = 0.0
        self._shown_early = 0.0
        self._free = False

    def start_run(self) -> None:
        """Forgets what pictures cost: another scene is about to be drawn, whose first picture is due at once."""
        self._costs.clear()
        self._debt = 0.0

    def training_slice(self, now: float, mode: RenderMode, share: float, last_input: float) -> float:
        """How long the training may run in the frame that begins now [s].

        What user interface and host took since the last slice is part of the frame, but at least half of each frame
        belongs to the training. The slice ends early for a picture that becomes due in it.

        Args:
            now: The time.
            mode: What is to be drawn.
            share: The viewport's share of the time.
            last_input: When somebody last used mouse or keyboard.
        """
        frame = ACTIVE_FRAME if now - last_input < ACTIVE_SECONDS else self._quiet_frame
        outside = 0.0 if self._trained is None else now - self._trained - self._drawing
        self._drawing = 0.0
        length = max(frame - outside, frame / 2)
        early, self._early = self._early, 0.0
        if mode is RenderMode.PARTIAL_RENDERING and share > 0:
            self._debt += early * outside
            self._pay(now, share)
            due = max(self._drawn + PICTURE_INTERVAL, now + self._debt / share)
            if frame == ACTIVE_FRAME and due <= now + frame:
                # somebody who uses the mouse waits for the picture as well
                length = max(length - self._typical_cost, frame / 2)
            whole = length
            # a picture that could have been drawn, had there been something new, is in no hurry
            if due > now:
                length = min(length, max(due - now, ACTIVE_FRAME / 2))
            self._early = 1.0 - length / whole
        return length

    def interface_drawn(self, *, for_picture: bool, beside: float) -> None:
        """To be called when the user interface is drawn; without it, it takes nothing beside the frame's own time.

        Args:
            for_picture: Whether it is drawn for the sake of a new picture alone.
            beside: What the drawing before this one took from the training after its frame, in threads on the same
                cores [s].
        """
        self._debt += self._shown_early * beside
        if for_picture:
            self._early = 1.0
        self._shown_early = self._early

    def trained(self, now: float) -> None:
        """To be called when the training gives the frame back."""
        self._trained = now

    def draw_due(self, now: float, mode: RenderMode, share: float, idle_until: float = 0.0) -> bool:
        """Whether to draw a picture now, given that there is something new to see.

        Args:
            now: The time.
            mode: What is to be drawn.
            share: The viewport's share of the time, in partial rendering; 0 for never.
            idle_until: When the run has work again. A picture that fits into its rest takes nothing from it.
        """
        if mode is not RenderMode.PARTIAL_RENDERING:
            self._free = False
            return mode is RenderMode.FULL_RENDERING
        if share <= 0:
            return False
        self._pay(now, share)
        self._free = idle_until - now > self._typical_cost
        # a clock's last digit must not cost a frame
        return (self._free or self._debt <= 0) and now - self._drawn >= PICTURE_INTERVAL * 0.999

    def drew(self, start: float, end: float) -> None:
        """To be called after each picture.

        Args:
            start: When its drawing began.
            end: When it was there.
        """
        cost = end - start
        self._drawing += cost
        self._drawn = start
        if not self._free:
            # the first one also builds the scene: it says little about the next
            charge = cost if self._costs else min(cost, _FIRST_CHARGE)
            self._debt += charge
            self._costs.append(charge)
        elif self._costs or cost < _FIRST_CHARGE:
            self._costs.append(cost)

    def collected(self, seconds: float, beside: float) -> None:
        """To be called when a picture that was still on its way when :meth:`drew` was called is there.

        Args:
            seconds: What it has cost since: the time of taking it over.
            beside: How long the graphics card was at it. It is a debt as well, though the training went on meanwhile:
                the card does not draw and compute at once.
        """
        self._drawing += seconds
        if len(self._costs) > 1:  # the first one has been charged with all that it is
            self._debt += seconds + beside + AFTERMATH * (self._costs[-1] + seconds + beside)

    @property
    def _typical_cost(self) -> float:
        return statistics.median(self._costs) if self._costs else 0.0

    def _pay(self, now: float, share: float) -> None:
        elapsed, self._seen = now - self._seen, now
        # one picture that took long delays the next; it must not end the drawing
        owed = min(self._debt, max(share * LONGEST_WAIT, 2 * self._typical_cost))
        self._debt = max(0.0, owed - share * elapsed)
