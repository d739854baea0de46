# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Newton's own viewer, drawing offscreen through EGL: the fallback where :mod:`.drawing` cannot extend it.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np
import pyglet

# before pyglet's window module is imported: a GLFW window of the same process keeps its own context
pyglet.options["headless"] = True

from isaaclab_visualizers.newton.newton_visualizer import NewtonViewerGL  # noqa: E402
from pyglet.math import Vec3  # noqa: E402

from ..orbit_camera import FIELD_OF_VIEW, OrbitCamera  # noqa: E402

FARTHEST = 1000.0
"""Nothing farther from the camera is drawn [m]."""


class PlainViewer:
    """Draws with Newton's viewer as it is; uses only its public names. It shows one scene after another.

    Args:
        width: Width of all pictures [pixels]; Newton cannot resize a viewer without a window.
        height: Their height [pixels].

    Raises:
        Exception: What EGL, pyglet or Newton raise where there is no OpenGL.
    """

    draws_ground = False
    """Whether :meth:`lay_ground` draws the ground; otherwise Newton draws the planes of the model."""

    software = True
    """Whether to wait for each picture: the processor draws it, or the viewer cannot draw in the background."""

    def __init__(self, width: int, height: int) -> None:
        self.viewer = NewtonViewerGL(width=width, height=height, headless=True)
        # pyglet ends its event loop with the last window: that of an earlier viewer would stop this one
        self.viewer.renderer.app.event_loop.has_exit = False
        self._size = (width, height)
        self._drawn = False

    def resize(self, width: int, height: int) -> None:
        """Sets the size of the next pictures [pixels], where the viewer can."""

    def expect(self, num_envs: int) -> None:
        """Sets how many environments the next scene has."""

    def lay_ground(self, height: float | None) -> None:
        """Draws an endless plane at this height [m], or none."""

    def aim(self, camera: OrbitCamera) -> None:
        """Sets the camera of the next pictures."""
        theirs = self.viewer.camera
        theirs.update_screen_size(*self._size)
        theirs.fov = FIELD_OF_VIEW
        theirs.near, theirs.far = camera.distance / 200, FARTHEST
        theirs.pos = Vec3(*camera.eye)
        theirs.look_at(camera.target)

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Within the block the scene is drawn; afterwards the picture is :attr:`pending`."""
        yield
        self._drawn = True

    @property
    def pending(self) -> bool:
        """Whether there is a picture for :meth:`take`."""
        return self._drawn

    def take(self, picture: np.ndarray | None, wait: bool) -> tuple[np.ndarray, float] | None:
        """Returns the pending picture.

        Args:
            picture: Where to put it, if it has the right size; uint8, shape (height, width, 4), RGBA.
            wait: Whether to wait for it.

        Returns:
            The picture, top row first, and how long the graphics card drew [s]; None while it is not ready.
        """
        self._drawn = False
        colours = self.viewer.get_frame().numpy()
        if picture is None or picture.shape[:2] != colours.shape[:2]:
            picture = np.full((*colours.shape[:2], 4), 255, np.uint8)
        picture[..., :3] = colours
        return picture, 0.0

    def clear(self) -> None:
        """Releases the scene and its OpenGL buffers."""
        self.viewer.renderer.window.switch_to()
        self._drawn = False
        self.viewer.clear_model()

    def close(self) -> None:
        """Releases the OpenGL context. Drivers keep a few megabytes of each: do not open one for every run."""
        self.viewer.renderer.window.switch_to()
        self.viewer.close()
