# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The interfaces of a viewport for the run, the host and the user interface. This module imports no toolkit."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np


class MarkerKind(enum.Enum):
    """Something that can be drawn besides the environments; the value is its name for the user."""

    COMMANDS = "Commands and goals"
    ACTIONS = "Actions"
    RAY_HITS = "Ray hits"
    CONTACT_SENSORS = "Contact sensors"
    FRAMES = "Frames of sensors"
    SENSORS = "Other sensors"
    TASK = "The task's own"
    CONTACTS = "Contacts of the physics"
    JOINTS = "Joints"
    CENTRES_OF_MASS = "Centres of mass"
    COLLISION_SHAPES = "Collision shapes"


class MarkerSource(Protocol):
    """What draws markers, for the user interface."""

    @property
    def markers(self) -> frozenset[MarkerKind]:
        """The kinds of markers that the run's task has; empty before the first run."""
        ...

    @property
    def shown_markers(self) -> frozenset[MarkerKind]:
        """The kinds that are drawn, as far as a task has them."""
        ...

    @property
    def unavailable_markers(self) -> Mapping[MarkerKind, str]:
        """The kinds that cannot be drawn here, and where the user finds them, in one sentence."""
        ...

    def show_markers(self, kinds: frozenset[MarkerKind]) -> None:
        """Draws these kinds of markers, as far as a task has them; without any, they cost nothing."""
        ...


class Viewport(Protocol):
    """Draws the environment of a run. The trainer passes it the environment; the host decides when it draws."""

    def configure(self, env_cfg: Any) -> None:
        """Adds to an environment's configuration what drawing needs. Called before the environment is created."""
        ...

    def attach(self, env: Any) -> None:
        """Takes the environment (unwrapped). Called after it was created."""
        ...

    def detach(self) -> None:
        """Releases the environment; the last picture stays. Called before the environment is closed."""
        ...

    def capture(self) -> np.ndarray | None:
        """Draws the environment as it is now, and waits for the picture.

        Returns:
            uint8 of shape (height, width, 3 or 4), top row first, valid until the next picture; None where it cannot
            draw, as :attr:`problem` says.

        Raises:
            UserError: When it draws, and the picture cannot be read.
        """
        ...

    @property
    def problem(self) -> str:
        """One sentence that says why nothing is drawn and how to fix it; empty without a problem."""
        ...


class OffscreenViewport(Viewport, MarkerSource, Protocol):
    """Draws pictures into memory when the host asks for them; the user interface shows them and moves the camera."""

    # For the host

    def draw(self, wait: bool = True) -> bool:
        """Draws one picture of the environment as it is now. Never raises.

        Args:
            wait: Whether to wait for the picture. Otherwise it may be :attr:`pending`, while the graphics card draws.

        Returns:
            True if there is a new or a pending picture. After an error the viewport is closed, and :attr:`problem`
            gives the cause.
        """
        ...

    @property
    def pending(self) -> bool:
        """Whether a picture is being drawn; no other may be drawn until :meth:`collect` has fetched it."""
        ...

    def collect(self, wait: bool) -> float | None:
        """Fetches the pending picture. Never raises.

        Args:
            wait: Whether to wait for it.

        Returns:
            How long the graphics card drew [s]; None if the picture is not ready, or after an error.
        """
        ...

    @property
    def moved(self) -> bool:
        """Whether camera, size or choice of environments have changed since the last picture."""
        ...

    # For the user interface

    @property
    def notice(self) -> str:
        """One sentence about a restriction under which the viewport still draws; empty without one."""
        ...

    @property
    def picture(self) -> np.ndarray | None:
        """The newest picture, uint8 of shape (height, width, 4), RGBA, C-contiguous; None before the first.

        The next picture may be written into the same array.
        """
        ...

    @property
    def serial(self) -> int:
        """A counter that grows with every picture."""
        ...

    @property
    def num_envs(self) -> int:
        """The number of environments of the run; 0 without a run."""
        ...

    def resize(self, width: int, height: int) -> None:
        """Sets the size of the next pictures [pixels]. A larger one than possible is reduced in proportion."""
        ...

    def orbit(self, right: float, down: float) -> None:
        """Turns the camera around its target by a mouse drag [pixels]."""
        ...

    def pan(self, right: float, down: float) -> None:
        """Moves the camera and its target by a mouse drag [pixels]."""
        ...

    def zoom(self, notches: float) -> None:
        """Moves the camera towards its target by mouse-wheel notches; negative moves away."""
        ...

    def frame(self) -> None:
        """Moves the camera so that the nearest environments, or the one that it follows, fill the picture."""
        ...

    def follow(self, env_index: int | None) -> None:
        """Keeps the camera on one environment; None releases it."""
        ...

    @property
    def followed(self) -> int | None:
        """The environment that the camera is kept on; None for none."""
        ...

    def on_ground(self, right: float, down: float) -> tuple[float, float]:
        """Returns the direction on the ground that a mouse drag [pixels] points to, along the world's x and y."""
        ...

    def show(self, count: int) -> None:
        """Sets how many environments are drawn, from the first; 0 draws all."""
        ...


class CameraPictures(Protocol):
    """What the policy sees, for the user interface."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The outputs of the run's cameras, by name; empty for a task without cameras."""
        ...

    @property
    def picture(self) -> np.ndarray | None:
        """The newest picture, uint8 of shape (height, width, 4), RGBA, C-contiguous; None before the first of a run."""
        ...

    @property
    def serial(self) -> int:
        """A counter that grows with every picture."""
        ...

    @property
    def problem(self) -> str:
        """Why there is no picture, in one sentence; empty without a problem."""
        ...

    def ask(self, source: str) -> None:
        """Asks the host for the next picture, of one of the outputs."""
        ...
