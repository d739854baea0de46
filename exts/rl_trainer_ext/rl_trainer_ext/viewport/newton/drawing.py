# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Newton's viewer, drawing offscreen through EGL with light, ground and sky of our own.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyglet

# before the window module of pyglet is imported: a GLFW window of the same process keeps its own context
pyglet.options["headless"] = True

import newton  # noqa: E402
import warp as wp  # noqa: E402
from isaaclab_visualizers.newton.newton_visualizer import NewtonViewerGL  # noqa: E402
from newton._src.viewer.gl.opengl import RendererGL  # noqa: E402
from pyglet.math import Vec3  # noqa: E402

from ..orbit_camera import FIELD_OF_VIEW, OrbitCamera  # noqa: E402
from .readback import Readback  # noqa: E402
from .shaders import SHADOW_MAP, SILHOUETTES, SUN, Background, Shadows, Shapes  # noqa: E402

FARTHEST = 1000.0
"""What is farther from the camera is not drawn [m]."""

SHADOW_REACH = 1.3
"""How far shadows are seen around what the camera looks at, by its distance from it."""

FOG = (2.5, 12.0)
"""Where it begins, and where nothing else is seen, by the camera's distance from what it looks at."""

NEAREST_FOG = (15.0, 75.0)
"""The same at least [m]."""

_SHADOW_DEPTH = 4.0
"""How far from what the camera looks at things throw shadows, by how far shadows are seen."""

_SEGMENTS = ((4, 32), (16, 24), (64, 16))
"""Up to so many environments, circles of so many segments."""

_FEWEST_SEGMENTS = 12

_SAMPLES = 4
"""Of a pixel at the edges of shapes. Without a GPU one: four would take twice the time."""

_SOFTWARE_SHADOW_MAP = 1024
"""Pixels; Newton's own 4096 take longer to clear in software than the picture takes to draw."""


class OffscreenViewer:
    """One OpenGL context for as long as the application runs; it shows one scene after another.

    Raises:
        Exception: Whatever EGL, pyglet or Newton raise where there is no OpenGL.
    """

    def __init__(self) -> None:
        # The viewer also draws into its window, which nobody sees: a small one costs nothing. Pictures are drawn into
        # a buffer of their own size.
        self.viewer = _Viewer(width=16, height=16, headless=True)
        self._renderer = self.viewer.renderer
        # pyglet means to end the process with its last window: an earlier viewer's would keep this one from drawing
        self._renderer.app.event_loop.has_exit = False
        self._gl = self._renderer.gl
        self._size = (0, 0)
        self._readback = Readback(self._gl)
        name = self._renderer.window.context.get_info().get_renderer()
        self.software = any(part in name.lower() for part in ("llvmpipe", "softpipe", "swrast"))
        """Whether the processor draws."""
        # for the frame buffer, which is made when the size of the pictures is known
        self._renderer.msaa_samples = 0 if self.software else _SAMPLES
        if self.software:
            self._shrink_shadow_map(_SOFTWARE_SHADOW_MAP)
        # Newton's viewer makes its renderer itself
        self._renderer.__class__ = _Renderer
        self._renderer.make_programs()

    def resize(self, width: int, height: int) -> None:
        """Size of the next pictures [pixels]."""
        if self._size == (width, height):
            return
        self._size = (width, height)
        renderer = self._renderer
        renderer._screen_width, renderer._screen_height = width, height
        renderer._setup_frame_buffer()

    def expect(self, num_envs: int) -> None:
        """Says how many environments the next scene has: their triangles are what a picture costs."""
        self.viewer.segments = next((segments for most, segments in _SEGMENTS if num_envs <= most), _FEWEST_SEGMENTS)

    def lay_ground(self, height: float | None) -> None:
        """Draws an endless plane at this height [m], or none."""
        self._renderer.ground = height

    def aim(self, camera: OrbitCamera) -> None:
        """Takes the next pictures from there."""
        self._renderer.orbit_camera = camera
        theirs = self.viewer.camera
        theirs.update_screen_size(*self._size)
        theirs.fov = FIELD_OF_VIEW
        theirs.near, theirs.far = camera.distance / 200, FARTHEST
        theirs.pos = Vec3(*camera.eye)
        theirs.look_at(camera.target)

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """What is drawn in the block is sent on its way with its end, see :attr:`pending`."""
        self._renderer._make_current()
        self._readback.drawing_begins()
        yield
        self._readback.start(self._renderer._frame_fbo, *self._size)

    @property
    def pending(self) -> bool:
        """Whether a picture is on its way, and may be taken with :meth:`take` when it is there."""
        return self._readback.pending

    def take(self, picture: np.ndarray | None, wait: bool) -> tuple[np.ndarray, float] | None:
        """Takes the picture that is on its way.

        Args:
            picture: Where to put it, if it has the right size; uint8, shape (height, width, 4), RGBA.
            wait: Whether to wait for it.

        Returns:
            The picture, its first row the top one, and how long the graphics card was at it [s]; None while it is not
            there.
        """
        self._renderer._make_current()
        if not self._readback.arrived(wait):
            return None
        width, height = self._readback.size
        if picture is None or picture.shape[:2] != (height, width):
            picture = np.empty((height, width, 4), np.uint8)
        return picture, self._readback.take(picture)

    def clear(self) -> None:
        """Lets go of the scene, and of its buffers in OpenGL."""
        self._renderer._make_current()
        self._readback.drop()
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


class _Viewer(NewtonViewerGL):
    """Newton's viewer with round shapes of as many triangles as their number allows."""

    segments = 32
    """Of a circle."""
    _no_shapes_yet = False

    def set_model(self, model: newton.Model | None) -> None:
        """Newton's, less the shapes: those of thousands of environments take seconds, and not all are to be seen.

        They are made by :meth:`set_visible_worlds`, which Isaac Lab calls next.
        """
        self._no_shapes_yet = True
        try:
            super().set_model(model)
        finally:
            self._no_shapes_yet = False

    def _populate_shapes(self) -> None:
        if not self._no_shapes_yet:
            super()._populate_shapes()

    def log_geo(self, name: str, geo_type: int, geo_scale: tuple[float, ...], *args: Any, **kwargs: Any) -> None:
        """Newton's, but for spheres and cylinders, of which it also makes capsules."""
        if geo_type == newton.GeoType.SPHERE:
            mesh = newton.Mesh.create_sphere(
                geo_scale[0], num_latitudes=self.segments // 2, num_longitudes=self.segments, compute_inertia=False
            )
        elif geo_type == newton.GeoType.CYLINDER and not any(geo_scale[2:]):
            mesh = newton.Mesh.create_cylinder(
                *geo_scale[:2], up_axis=newton.Axis.Z, segments=self.segments, compute_inertia=False
            )
        else:
            super().log_geo(name, geo_type, geo_scale, *args, **kwargs)
            return
        arrays = ((mesh.vertices, wp.vec3), (mesh.indices, wp.int32), (mesh.normals, wp.vec3), (mesh.uvs, wp.vec2))
        buffers = (wp.array(np.asarray(values), dtype=kind, device=self.device) for values, kind in arrays)
        self.log_mesh(name, *buffers, hidden=kwargs.get("hidden", False))


class _Renderer(RendererGL):
    """Newton's renderer with the programs of :mod:`.shaders`."""

    orbit_camera: OrbitCamera
    ground: float | None

    def make_programs(self) -> None:
        """To be called once, after the class of the renderer was set."""
        self.ground = None
        self._background, self._shape_shader, self._shadow_shader = Background(), Shapes(), Shadows()
        self._no_vertices = self.gl.GLuint()
        self.gl.glGenVertexArrays(1, self._no_vertices)
        self._sun_direction = np.array(SUN) / np.linalg.norm(SUN)
        self._make_silhouettes()

    def _make_silhouettes(self) -> None:
        """What the light sees of all things lies as a shadow on the ground; half as fine it has soft edges."""
        gl = self.gl
        self._silhouettes, self._soft_fbo = gl.GLuint(), gl.GLuint()
        gl.glGenFramebuffers(1, self._soft_fbo)
        fine = gl.GLuint()
        for texture, fbo, part in ((fine, self._shadow_fbo, 1), (self._silhouettes, self._soft_fbo, 2)):
            width, height = self._shadow_width // part, self._shadow_height // part
            gl.glGenTextures(1, texture)
            gl.glBindTexture(gl.GL_TEXTURE_2D, texture)
            gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, gl.GL_R8, width, height, 0, gl.GL_RED, gl.GL_UNSIGNED_BYTE, None)
            for name in (gl.GL_TEXTURE_MIN_FILTER, gl.GL_TEXTURE_MAG_FILTER):
                gl.glTexParameteri(gl.GL_TEXTURE_2D, name, gl.GL_LINEAR)
            for name in (gl.GL_TEXTURE_WRAP_S, gl.GL_TEXTURE_WRAP_T):
                gl.glTexParameteri(gl.GL_TEXTURE_2D, name, gl.GL_CLAMP_TO_EDGE)
            gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, fbo)
            gl.glFramebufferTexture2D(gl.GL_FRAMEBUFFER, gl.GL_COLOR_ATTACHMENT0, gl.GL_TEXTURE_2D, texture, 0)
            gl.glDrawBuffer(gl.GL_COLOR_ATTACHMENT0)
            gl.glReadBuffer(gl.GL_COLOR_ATTACHMENT0)
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)

    def _render_shadow_map(self, objects: dict[str, Any], scene_has_transparency: bool = False) -> None:
        """Newton's lies around the camera, and is as large as Newton says; ours around what the camera looks at."""
        camera = self.orbit_camera
        reach = SHADOW_REACH * camera.distance
        sideways = np.cross((0.0, 0.0, 1.0), self._sun_direction)
        sideways /= np.linalg.norm(sideways)
        upwards = np.cross(self._sun_direction, sideways)
        to_light = np.eye(4)
        to_light[:3, :3] = np.stack((sideways, upwards, -self._sun_direction / _SHADOW_DEPTH)) / reach
        to_light[:3, 3] = to_light[:3, :3] @ (camera.eye - camera.target)
        # from -1 … 1 to 0 … 1
        self._light_space_matrix = np.diag((0.5, 0.5, 0.5, 1.0)) @ to_light
        self._light_space_matrix[:3, 3] += 0.5
        opaque, _ = self._split_transparent_objects(objects, scene_has_transparency)
        gl = self.gl
        gl.glDisable(gl.GL_BLEND)
        gl.glClearBufferfv(gl.GL_COLOR, 0, (gl.GLfloat * 4)())
        with self._shadow_shader as program:
            program.set(to_light=to_light, eye=camera.eye)
            self._draw_objects(opaque)
        gl.glBindFramebuffer(gl.GL_DRAW_FRAMEBUFFER, self._soft_fbo)
        fine = (0, 0, self._shadow_width, self._shadow_height)
        soft = (0, 0, self._shadow_width // 2, self._shadow_height // 2)
        gl.glBlitFramebuffer(*fine, *soft, gl.GL_COLOR_BUFFER_BIT, gl.GL_LINEAR)
        gl.glBindFramebuffer(gl.GL_FRAMEBUFFER, 0)

    def _draw_sky(self) -> None:
        """Draws the ground as well: it comes first, and everything else is drawn over it."""
        gl, camera, theirs = self.gl, self.orbit_camera, self.camera
        for unit, texture in ((SHADOW_MAP, self._shadow_texture), (SILHOUETTES, self._silhouettes)):
            gl.glActiveTexture(gl.GL_TEXTURE0 + unit)
            gl.glBindTexture(gl.GL_TEXTURE_2D, texture)
        slope = np.tan(np.radians(FIELD_OF_VIEW) / 2)
        with self._background as program:
            program.set(
                front=-camera.backwards,
                right=slope * theirs.width / theirs.height * camera.sideways,
                up=slope * camera.upwards,
                height=0.0 if self.ground is None else max(0.0, camera.eye[2] - self.ground),
                place=camera.eye[:2],
                depth_range=(theirs.near, theirs.far),
                fog=self._fog,
                to_shadow_map=self._light_space_matrix,
            )
            gl.glDepthFunc(gl.GL_ALWAYS)
            gl.glDisable(gl.GL_CULL_FACE)
            gl.glBindVertexArray(self._no_vertices)
            gl.glDrawArrays(gl.GL_TRIANGLES, 0, 3)
            gl.glDepthFunc(gl.GL_LESS)

    def _update_shape_shader(self, shader: Any) -> None:
        if shader is not self._shape_shader:  # Newton's, for what is transparent
            super()._update_shape_shader(shader)
            return
        camera = self.orbit_camera
        turned = np.eye(4)
        turned[:3, :3] = np.stack((camera.sideways, camera.upwards, camera.backwards))
        with shader as program:
            program.set(
                # theirs is stored column by column
                to_picture=np.reshape(self._projection_matrix, (4, 4)).T @ turned,
                eye=camera.eye,
                fog=self._fog,
                to_shadow_map=self._light_space_matrix,
                shadow_texel=2 * SHADOW_REACH * camera.distance / self._shadow_width,
            )

    @property
    def _fog(self) -> tuple[float, float]:
        distance = self.orbit_camera.distance
        return max(FOG[0] * distance, NEAREST_FOG[0]), max(FOG[1] * distance, NEAREST_FOG[1])
