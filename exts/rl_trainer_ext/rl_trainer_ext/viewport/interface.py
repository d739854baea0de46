# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a viewport is to the run that it shows, and to the user interface that shows it. No toolkit is imported here."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np


class Viewport(Protocol):
    """Draws the environment of a run. The trainer tells it of the environment, the host when to draw."""

    def configure(self, env_cfg: Any) -> None:
        """Called before an environment is created: adds to its configuration what the drawing needs."""
        ...

    def attach(self, env: Any) -> None:
        """Called when the environment (unwrapped) is there."""
        ...

    def detach(self) -> None:
        """Called before the environment is closed; the last picture stays."""
        ...

    @property
    def problem(self) -> str:
        """One sentence about what stands in the way of drawing, and how to get it; empty when nothing does."""
        ...


class DrawnViewport(Viewport, Protocol):
    """A viewport that draws when its host says so, in the host's frame."""

    def draw(self, wait: bool = True) -> bool:
        """Draws one picture of the environment as it is now. Never raises.

        Args:
            wait: Whether to return with the picture there. Otherwise it may be :attr:`pending`: a graphics card goes on
                drawing it beside the run.

        Returns:
            Whether there is a new picture, or one on its way. After a fault the viewport is closed and :attr:`problem`
            says why.
        """
        ...

    @property
    def pending(self) -> bool:
        """Whether a picture is on its way; until :meth:`collect` has shown it, no other is to be drawn."""
        ...

    def collect(self, wait: bool) -> float | None:
        """Shows the picture that is on its way. Never raises.

        Args:
            wait: Whether to wait for it.

        Returns:
            How long the graphics card was at it [s]; None when it is not there, yet or after a fault.
        """
        ...

    @property
    def moved(self) -> bool:
        """Whether camera, size or choice of environments have changed since the last picture."""
        ...


class ViewportPort(Protocol):
    """The side of a viewport that the user interface sees."""

    @property
    def picture(self) -> np.ndarray | None:
        """The newest picture, uint8 of shape (height, width, 4), RGBA, C-contiguous; None before the first."""
        ...

    @property
    def serial(self) -> int:
        """Grows with every picture."""
        ...

    @property
    def num_envs(self) -> int:
        """Environments that could be shown; 0 when nothing runs."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Size of the next pictures [pixels]."""
        ...

    def orbit(self, right: float, down: float) -> None:
        """Turns the camera around its target by a mouse drag [pixels]."""
        ...

    def pan(self, right: float, down: float) -> None:
        """Moves the camera with its target by a mouse drag [pixels]."""
        ...

    def zoom(self, notches: float) -> None:
        """Moves the camera towards its target by mouse-wheel notches; negative moves away."""
        ...

    def frame(self) -> None:
        """Moves the camera so that the nearest environments, or the one that it follows, fill the picture."""
        ...

    def follow(self, env_index: int | None) -> None:
        """Keeps the camera on one environment, or on none."""
        ...

    def show(self, count: int) -> None:
        """How many environments to draw, the first ones; 0 for all."""
        ...
