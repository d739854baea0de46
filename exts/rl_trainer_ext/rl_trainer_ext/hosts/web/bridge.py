# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the frame loop and the network's thread hand to each other. Neither ever waits for the other."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

from .messages import Input, MouseMoved, ReleaseAll, is_release

MOST_INPUTS = 2_000
"""Inputs that wait for a frame; while the frame loop is busy for long, later ones are dropped."""


@dataclass(frozen=True)
class Picture:
    """What is on the screen.

    Args:
        number: Rises with every picture.
        bitmap: A BMP file.
        still: Whether nothing changes any more, so that it is worth sending in full quality.
    """

    number: int
    bitmap: bytes
    still: bool = False


class Bridge:
    """Inputs go one way through one bounded queue, the newest picture goes the other way."""

    def __init__(self) -> None:
        self._inputs: deque[Input] = deque()
        self._lock = threading.Lock()
        self._picture: Picture | None = None
        self._downloads: dict[str, Path] = {}
        self._release = False
        self.viewers = 0
        """Number of viewers; written by the network's thread."""
        self.wanted = False
        """Whether a viewer has shown all that it was sent, so that another picture is of use."""
        self.notify: Callable[[], None] = lambda: None
        """Wakes the network's thread after a new picture, clipboard or download."""
        self.clipboard = ""
        """The text on the panel's clipboard; written by the frame loop."""
        self.offers: tuple[tuple[str, str], ...] = ()
        """Identifier and name of each file that viewers may download, the newest last."""

    # the network's side

    def put(self, event: Input) -> None:
        """Enqueues an input. Of movements in a row only the last is kept.

        While too many wait, another one is dropped; but nothing may stay pressed: in the place of a release that does
        not fit, everything is released when the others are through.
        """
        with self._lock:
            if isinstance(event, MouseMoved) and self._inputs and isinstance(self._inputs[-1], MouseMoved):
                self._inputs[-1] = event
            elif len(self._inputs) < MOST_INPUTS:
                self._inputs.append(event)
            else:
                self._release = self._release or is_release(event)

    @property
    def picture(self) -> Picture | None:
        """The newest picture; None before the first."""
        with self._lock:
            return self._picture

    def download(self, identifier: str) -> Path | None:
        """Returns the file of an offer; None for an unknown one."""
        return self._downloads.get(identifier)

    # the frame loop's side

    def get(self) -> Input | None:
        """Returns the next input; None if there is none."""
        with self._lock:
            if self._inputs:
                return self._inputs.popleft()
            if self._release:
                self._release = False
                return ReleaseAll()
            return None

    @property
    def waiting(self) -> int:
        """Number of inputs that wait for a frame."""
        return len(self._inputs)

    def show(self, bitmap: bytes, still: bool = False) -> None:
        """Makes a picture the newest one."""
        with self._lock:
            number = 1 if self._picture is None else self._picture.number + 1
            self._picture = Picture(number, bitmap, still)
        self.notify()

    def offer(self, path: Path) -> None:
        """Offers a file to the viewers, for as long as the program runs."""
        identifier = token_urlsafe(16)
        self._downloads[identifier] = path
        self.offers = (*self.offers[-4:], (identifier, path.name))
        self.notify()
