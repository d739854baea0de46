# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's Newton visualizer, drawn offscreen through EGL, in the colours of this application.

The only module that knows Newton's viewer; it imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pyglet

# before the window module of pyglet is imported: a GLFW window of the same process keeps its own context
pyglet.options["headless"] = True

import newton  # noqa: E402
import warp as wp  # noqa: E402
from isaaclab_visualizers.newton import NewtonGLVisualizerCfg  # noqa: E402
from isaaclab_visualizers.newton.newton_visualizer import NewtonGLVisualizer, NewtonViewerGL  # noqa: E402
from pyglet.math import Vec3  # noqa: E402

from .orbit_camera import FIELD_OF_VIEW, OrbitCamera  # noqa: E402

SKY = (0.38, 0.56, 0.78)
HORIZON = (0.90, 0.93, 0.96)
"""Also the colour of far ground. As bright as this, the viewer's tone mapping leaves it as it is: no edge is seen."""
GROUND = (0.22, 0.24, 0.27)
FIXED_PART = (0.28, 0.30, 0.33)
MOVING_PARTS = ((0.80, 0.27, 0.05), (0.62, 0.64, 0.67), (0.19, 0.23, 0.30))
"""Of robots whose files give no colours: the first part that moves, then in turn along the chain of joints."""

_SOFTWARE_SHADOW_MAP = 1024
"""Pixels; Newton's own 4096 take longer to clear in software than the picture takes to draw."""

_FLAT = 1e-3
"""Height of a mesh that stands for the ground, at most [m]."""

_USD_GREY = (0.18, 0.18, 0.18)
"""The display colour of USD where a file gives none, in linear light."""


class OffscreenViewer:
    """One OpenGL context for as long as the application runs; it shows one scene after another.

    Raises:
        Exception: Whatever EGL, pyglet or Newton raise where there is no OpenGL.
    """

    def __init__(self) -> None:
        # The viewer also draws into its window, which nobody sees: a small one costs nothing. Pictures are drawn into
        # a buffer of their own size.
        self.viewer = NewtonViewerGL(width=16, height=16, headless=True)
        self._renderer = self.viewer.renderer
        # pyglet means to end the process with its last window: an earlier viewer's would keep this one from drawing
        self._renderer.app.event_loop.has_exit = False
        self._gl = self._renderer.gl
        self._size = (0, 0)
        self._flipped: np.ndarray = np.empty((0, 0, 4), np.uint8)
        name = self._renderer.window.context.get_info().get_renderer()
        self.software = any(part in name.lower() for part in ("llvmpipe", "softpipe", "swrast"))
        """Whether the processor draws."""
        self._renderer.spotlight_enabled = False
        self._renderer.shadow_extents = 15.0
        if self.software:
            self._shrink_shadow_map(_SOFTWARE_SHADOW_MAP)

    def resize(self, width: int, height: int) -> None:
        """Size of the next pictures [pixels]."""
        if self._size == (width, height):
            return
        self._size = (width, height)
        renderer = self._renderer
        renderer._screen_width, renderer._screen_height = width, height
        renderer._setup_frame_buffer()
        self._flipped = np.empty((height, width, 4), np.uint8)

    def aim(self, camera: OrbitCamera) -> None:
        """Takes the next pictures from there."""
        theirs = self.viewer.camera
        theirs.update_screen_size(*self._size)
        theirs.fov = FIELD_OF_VIEW
        theirs.near, theirs.far = camera.distance / 200, 1000.0
        theirs.pos = Vec3(*camera.eye)
        theirs.look_at(camera.target)

    def read(self, picture: np.ndarray) -> None:
        """Copies what was drawn into an array: uint8, shape (height, width, 4), RGBA, the first row at the top."""
        gl = self._gl
        width, height = self._size
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, self._renderer._frame_fbo)
        gl.glPixelStorei(gl.GL_PACK_ALIGNMENT, 1)
        gl.glReadPixels(
            0, 0, width, height, gl.GL_RGBA, gl.GL_UNSIGNED_BYTE, self._flipped.ctypes.data_as(ctypes.c_void_p)
        )
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)
        np.copyto(picture, self._flipped[::-1])

    def clear(self) -> None:
        """Lets go of the scene, and of its buffers in OpenGL."""
        self._renderer._make_current()
        self.viewer.clear_model()

    def close(self) -> None:
        """Gives the OpenGL context back. The driver keeps a few megabytes of each, so better not one for every run."""
        self.viewer.close()

    def _shrink_shadow_map(self, size: int) -> None:
        gl, renderer = self._gl, self._renderer
        renderer._shadow_width = renderer._shadow_height = size
        gl.glBindTexture(gl.GL_TEXTURE_2D, renderer._shadow_texture)
        depth = gl.GL_DEPTH_COMPONENT
        gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, depth, size, size, 0, depth, gl.GL_FLOAT, None)
        gl.glBindTexture(gl.GL_TEXTURE_2D, 0)


class Scene(NewtonGLVisualizer):
    """What is drawn of one environment. The simulation does not know of it, so no step of it ever draws.

    Args:
        sim: Isaac Lab's simulation context of the environment, on Newton physics.
        offscreen: What it is drawn with.
    """

    def __init__(self, sim: Any, offscreen: OffscreenViewer) -> None:
        super().__init__(
            NewtonGLVisualizerCfg(
                headless=True,
                streaming_view=False,
                show_collision=False,
                enable_picking=False,
                enable_live_plots=False,
                background_color=None,
                sky_upper_color=SKY,
                sky_lower_color=HORIZON,
            )
        )
        self._offscreen = offscreen
        self.initialize(sim.get_scene_data_provider())
        model = self.model
        if not _has_visible_shapes(model):
            self.cfg.show_collision = offscreen.viewer.show_collision = True
        model.shape_color.assign(_colours(model))
        self._lay_ground()
        body_world = model.body_world.numpy() if model.body_count else np.empty(0, int)
        first_bodies: np.ndarray = np.asarray(np.searchsorted(body_world, np.arange(model.world_count + 1)))
        self._first_bodies: list[int] = first_bodies.tolist()

    @property
    def model(self) -> Any:
        """Newton's model of all environments."""
        return self.backend.model

    def show(self, count: int) -> None:
        """Draws the first environments only; 0 for all of them."""
        self._resolved_visible_env_ids = list(range(count)) if count else None
        self._viewer.set_visible_worlds(self._resolved_visible_env_ids)
        self._lay_ground()

    def draw(self) -> None:
        """Draws the environment as it is now."""
        self._render_headless_frame()

    def bodies(self, env_index: int) -> np.ndarray:
        """Positions of the bodies of one environment as they were last drawn, shape (bodies, 3) [m]."""
        first, last = self._first_bodies[env_index], self._first_bodies[env_index + 1]
        if first == last:
            return np.empty((0, 3))
        return self.backend.state_0.body_q[first:last].numpy()[:, :3]

    def _lay_ground(self) -> None:
        """Draws an endless ground plane with its grid, rather than the flat mesh that stands for it in the assets."""
        batches = self._viewer._shape_instances.values()
        planes = [batch for batch in batches if batch.static and batch.geo_type == newton.GeoType.PLANE]
        for batch in planes:
            batch.flags |= newton.ShapeFlags.VISIBLE
        for batch in batches if planes else ():
            if batch.static and batch.geo_type == newton.GeoType.MESH and self._is_flat(batch):
                batch.flags &= ~newton.ShapeFlags.VISIBLE

    def _is_flat(self, batch: Any) -> bool:
        sources = (self.model.shape_source[shape] for shape in np.atleast_1d(batch.model_shapes))
        return all(np.ptp(source.vertices[:, 2]) < _FLAT for source in sources)

    def _create_viewer(self, runtime_headless: bool, metadata: dict) -> NewtonViewerGL:
        return self._offscreen.viewer


def _has_visible_shapes(model: Any) -> bool:
    flags, types = model.shape_flags.numpy(), model.shape_type.numpy()
    visible = (flags & int(newton.ShapeFlags.VISIBLE)) != 0
    return bool((visible & (types != int(newton.GeoType.PLANE))).any())


def _colours(model: Any) -> np.ndarray:
    """A colour for each shape, shape (shapes, 3): the file's own, or one of ours where it gives none."""
    colours = model.shape_color.numpy().copy()
    builder = newton.ModelBuilder
    unset = [np.asarray(colour) / 255.0 for colour in builder._SHAPE_COLOR_PALETTE]
    unset.append(np.asarray(wp.vec3(*_USD_GREY)) ** (1 / 2.2))
    has_none: np.ndarray = np.zeros(len(colours), bool)
    for colour in unset:
        has_none |= np.abs(colours - colour).max(axis=1) < 0.01
    depths = _depths(model)
    bodies = model.shape_body.numpy()
    for shape in np.flatnonzero(has_none):
        depth = depths[bodies[shape]] if bodies[shape] >= 0 else 0
        colours[shape] = MOVING_PARTS[(depth - 1) % len(MOVING_PARTS)] if depth else FIXED_PART
    colours[model.shape_type.numpy() == int(newton.GeoType.PLANE)] = GROUND
    return colours


def _depths(model: Any) -> np.ndarray:
    """For each body, the number of joints that can move between it and the world."""
    depths = np.zeros(max(model.body_count, 1), int)
    if model.joint_count == 0:
        return depths
    fixed = int(newton.JointType.FIXED)
    joints = zip(model.joint_parent.numpy(), model.joint_child.numpy(), model.joint_type.numpy(), strict=True)
    # joints come in the order of their chain: a parent before its children
    for parent, child, kind in joints:
        depths[child] = (depths[parent] if parent >= 0 else 0) + (kind != fixed)
    return depths
