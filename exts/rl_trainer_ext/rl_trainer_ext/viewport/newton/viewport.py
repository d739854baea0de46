# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The viewport without Isaac Sim: Newton's viewer draws offscreen when the host asks for a picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cameras import PolicyCameras
from ..interface import MarkerKind, OffscreenViewport
from ..orbit_camera import OrbitCamera
from .failures import describe_missing_names, describe_viewport_failure, first_line
from .markers import kinds_of
from .view import View

if TYPE_CHECKING:  # imports OpenGL
    from .plain import PlainViewer
    from .scene import Scene

SIZE = (640, 360)
"""Initial width and height of the pictures [pixels]."""

SMALLEST, LARGEST = 16, 4096
"""Limits of a picture's width and height [pixels]."""


class NewtonViewport(OffscreenViewport):
    """Draws with Newton's viewer, on the thread and in the OpenGL context of this process.

    Nothing is created before the first picture, so a run that is never drawn costs nothing. The OpenGL context is kept
    from run to run until :meth:`close`.

    Args:
        camera: The camera of the pictures; a new one by default.
        clock: Returns the time [s]; decides how often the viewport checks that a robot is visible.
    """

    def __init__(self, camera: OrbitCamera | None = None, clock: Callable[[], float] = time.perf_counter) -> None:
        self._camera = camera or OrbitCamera()
        self._view = View(self._camera, clock)
        self._size = SIZE
        self._env: Any = None
        self._physics_cfg: Any = None
        self._sim_cfg: Any = None
        self._offscreen: PlainViewer | None = None
        self._scene: Scene | None = None
        self._picture: np.ndarray | None = None
        self._serial = 0
        self._problem = self._notice = ""
        self._moved = False
        self._shown = 0
        self._shown_now = 0
        self._wanted_markers: frozenset[MarkerKind] = frozenset()
        self._markers_changed = False
        self._kinds: frozenset[MarkerKind] = frozenset()
        self.cameras = PolicyCameras()
        """What the policy sees."""

    # For the trainer and the host

    def configure(self, env_cfg: Any) -> None:
        from .scene_copy import copy_declaration, simulates_itself

        self._problem = ""
        self._restore_configuration()
        physics: Any = env_cfg.sim.physics
        if getattr(physics, "load_visual_shapes", False) is None:
            # the collision shapes of some robots are coarse
            physics.load_visual_shapes = True
            self._physics_cfg = physics
        if not simulates_itself(physics):
            env_cfg.sim.visualizer_cfgs = [copy_declaration()]
            self._sim_cfg = env_cfg.sim

    def attach(self, env: Any) -> None:
        self._restore_configuration()
        self._env = env
        self.cameras.attach(env)
        self._moved = self._markers_changed = True
        self._kinds = kinds_of(env)
        self._view.follow_in_new_run(env.num_envs)

    def detach(self) -> None:
        self._restore_configuration()
        if self.pending:
            self.collect(wait=True)
        self._env = None
        self.cameras.detach()
        self._moved = False
        self._drop_scene()

    def draw(self, wait: bool = True) -> bool:
        if self._env is None or self._problem:
            return False
        try:
            offscreen = self._draw()
            # where the processor draws, not waiting saves no time
            if wait or offscreen.software:
                self._take(offscreen, wait=True)
        # Newton exits the process if OpenGL refuses a frame buffer
        except (Exception, SystemExit) as exception:
            self._fail(exception)
            return False
        return True

    @property
    def pending(self) -> bool:
        return self._offscreen is not None and self._offscreen.pending

    def collect(self, wait: bool) -> float | None:
        assert self._offscreen is not None
        try:
            return self._take(self._offscreen, wait)
        except Exception as exception:
            self._fail(exception)
            return None

    def capture(self) -> np.ndarray | None:
        if self.pending:
            self.collect(wait=True)
        return self._picture if self.draw() else None

    @property
    def moved(self) -> bool:
        return self._moved

    @property
    def problem(self) -> str:
        return self._problem

    def close(self) -> None:
        """Releases the OpenGL context."""
        self.detach()
        offscreen, self._offscreen = self._offscreen, None
        if offscreen is not None:
            offscreen.close()

    # For the user interface

    @property
    def notice(self) -> str:
        return self._notice

    @property
    def picture(self) -> np.ndarray | None:
        return self._picture

    @property
    def serial(self) -> int:
        return self._serial

    @property
    def num_envs(self) -> int:
        return 0 if self._env is None else int(self._env.num_envs)

    def resize(self, width: int, height: int) -> None:
        scale = min(1.0, LARGEST / max(width, height, 1))
        size = (max(SMALLEST, round(width * scale)), max(SMALLEST, round(height * scale)))
        if size != self._size:
            self._size, self._moved = size, True
            self._view.reset()

    def orbit(self, right: float, down: float) -> None:
        self._camera.orbit(right, down)
        self._moved = self._camera.moved_by_user = True

    def pan(self, right: float, down: float) -> None:
        self._camera.pan(right, down, self._size[1])
        self._moved = self._camera.moved_by_user = True

    def zoom(self, notches: float) -> None:
        self._camera.zoom(notches)
        self._moved = self._camera.moved_by_user = True

    def frame(self) -> None:
        self._view.frame()
        self._moved = True

    def follow(self, env_index: int | None) -> None:
        self._view.follow(env_index if env_index is not None and 0 <= env_index < self.num_envs else None)
        self._moved = True

    @property
    def followed(self) -> int | None:
        return self._view.followed

    def on_ground(self, right: float, down: float) -> tuple[float, float]:
        return self._camera.on_ground(right, down)

    def show(self, count: int) -> None:
        self._shown = max(0, count)
        self._moved = True

    @property
    def markers(self) -> frozenset[MarkerKind]:
        return self._kinds

    @property
    def shown_markers(self) -> frozenset[MarkerKind]:
        return self._wanted_markers

    @property
    def unavailable_markers(self) -> Mapping[MarkerKind, str]:
        return {}

    def show_markers(self, kinds: frozenset[MarkerKind]) -> None:
        self._wanted_markers = kinds
        self._moved = self._markers_changed = True

    def _draw(self) -> PlainViewer:
        """Starts a picture; returns the viewer that draws it."""
        if self._scene is None:
            self._build_scene()
        scene, offscreen = self._scene, self._offscreen
        assert scene is not None
        assert offscreen is not None
        if self._shown != self._shown_now:
            scene.show(self._shown)
            self._shown_now = self._shown
        if self._markers_changed:
            scene.markers.show(self._wanted_markers)
            self._markers_changed = False
        offscreen.resize(*self._size)
        self._view.move_camera(scene, self._env, self._shown, self._size[0] / self._size[1])
        offscreen.aim(self._camera)
        with offscreen.drawing():
            scene.draw()
        self._moved = False
        return offscreen

    def _take(self, offscreen: PlainViewer, wait: bool) -> float | None:
        taken = offscreen.take(self._picture, wait)
        if taken is None:
            return None
        self._picture, seconds = taken
        self._serial += 1
        return seconds

    def _build_scene(self) -> None:
        from .scene import Scene

        if self._offscreen is None:
            self._offscreen, self._notice = _open_viewer(*self._size)
        self._scene = Scene(self._env, self._offscreen, self._shown)
        self._shown_now = self._shown
        self._view.open(self._env)

    def _restore_configuration(self) -> None:
        # the run's folder gets the configuration that was asked for
        if self._physics_cfg is not None:
            self._physics_cfg.load_visual_shapes = None
            self._physics_cfg = None
        if self._sim_cfg is not None:
            self._sim_cfg.visualizer_cfgs = []
            self._sim_cfg = None

    def _drop_scene(self) -> None:
        scene, self._scene = self._scene, None
        if scene is None:
            return
        try:
            scene.close()
            if self._offscreen is not None:
                self._offscreen.clear()
        except Exception as exception:
            self._fail(exception)

    def _fail(self, exception: BaseException) -> None:
        self._problem = describe_viewport_failure(exception, drawn_before=self._scene is not None)
        self._scene = None
        offscreen, self._offscreen = self._offscreen, None
        if offscreen is None:
            return
        try:
            offscreen.close()
        except Exception as second:
            self._problem += f" (Closing it failed as well: {first_line(second)}.)"


def _open_viewer(width: int, height: int) -> tuple[PlainViewer, str]:
    """Opens a viewer for pictures of this size [pixels].

    Returns:
        The viewer, and a sentence that says why it is Newton's own; empty for the usual one.
    """
    from .plain import PlainViewer

    try:
        from .drawing import MissingNamesError, OffscreenViewer
    except ImportError as error:
        if not (error.name or "").startswith(("newton._src.", "pyglet.graphics.")):
            raise
        return PlainViewer(width, height), describe_missing_names(str(error.name))
    try:
        return OffscreenViewer(), ""
    except MissingNamesError as error:
        return PlainViewer(width, height), describe_missing_names(str(error))
