# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Newton's viewer, drawing offscreen through EGL, with light, ground and sky of this project.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..orbit_camera import FIELD_OF_VIEW, OrbitCamera
from .plain import NewtonViewerGL, PlainViewer  # first: it makes pyglet headless

# isort: split
import newton
import warp as wp
from newton._src.viewer.gl.opengl import RendererGL

from .readback import Readback
from .shaders import SHADOW_MAP, SILHOUETTES, SUN, Background, Shadows, Shapes

SHADOW_REACH = 1.3
"""How far shadows reach around the camera's target, as a multiple of the camera's distance from it."""

FOG = (2.5, 12.0)
"""Where fog begins and where it hides everything, as multiples of the camera's distance from its target."""

NEAREST_FOG = (15.0, 75.0)
"""The least distances for both [m]."""

_SHADOW_DEPTH = 4.0
"""How far from the camera's target objects cast shadows, as a multiple of the reach of shadows."""

_SEGMENTS = ((4, 32), (16, 24), (64, 16))
"""Pairs: for up to this many environments, circles have this many segments."""

_FEWEST_SEGMENTS = 12

_SAMPLES = 4
"""Samples per pixel with a GPU. Without one it is 1, because 4 would take twice the time."""

_SOFTWARE_SHADOW_MAP = 1024
"""Width and height without a GPU [pixels]: clearing Newton's 4096 takes longer than drawing the picture."""


_RENDERER_NAMES = (
    *("_draw_objects", "_draw_sky", "_frame_fbo", "_light_space_matrix", "_make_current", "_render_shadow_map"),
    *("_screen_height", "_screen_width", "_setup_frame_buffer", "_shadow_fbo", "_shadow_height", "_shadow_shader"),
    *("_shadow_texture", "_shadow_width", "_shape_shader", "_split_transparent_objects", "_sun_direction"),
    "_update_shape_shader",
)
_VIEWER_NAMES = ("_populate_shapes", "_shape_instances")
"""Private names of Newton that this folder uses; see docs/private-names.md."""


class MissingNamesError(Exception):
    """Newton lacks private names that this folder uses, which happens with another version of Newton."""


class OffscreenViewer(PlainViewer):
    """Newton's viewer with the programs of :mod:`.shaders`. It shows one scene after another in one OpenGL context.

    Raises:
        MissingNamesError: When Newton lacks names that it needs.
        Exception: What EGL, pyglet or Newton raise where there is no OpenGL.
    """

    draws_ground = True

    def __init__(self) -> None:
        # The viewer also draws into its invisible window: a small one costs nothing. Pictures have a buffer of their
        # own size.
        super().__init__(16, 16)
        self._renderer = self.viewer.renderer
        missing = [f"RendererGL.{name}" for name in _RENDERER_NAMES if not hasattr(self._renderer, name)]
        missing += [f"ViewerGL.{name}" for name in _VIEWER_NAMES if not hasattr(self.viewer, name)]
        if missing:
            self.close()
            raise MissingNamesError(" and ".join(missing))
        self._gl = self._renderer.gl
        self._size = (0, 0)
        self._readback = Readback(self._gl)
        name = self._renderer.window.context.get_info().get_renderer()
        self.software = any(part in name.lower() for part in ("llvmpipe", "softpipe", "swrast"))
        # for the frame buffer, which is made when the size of the pictures is known
        self._renderer.msaa_samples = 0 if self.software else _SAMPLES
        if self.software:
            self._shrink_shadow_map(_SOFTWARE_SHADOW_MAP)
        # Newton's viewer makes its renderer itself
        self.viewer.__class__, self._renderer.__class__ = _Viewer, _Renderer
        self._renderer.make_programs()

    def resize(self, width: int, height: int) -> None:
        if self._size == (width, height):
            return
        self._size = (width, height)
        renderer = self._renderer
        renderer._screen_width, renderer._screen_height = width, height
        renderer._setup_frame_buffer()

    def expect(self, num_envs: int) -> None:
        # the cost of a picture grows with the triangles of all environments
        self.viewer.segments = next((segments for most, segments in _SEGMENTS if num_envs <= most), _FEWEST_SEGMENTS)

    def lay_ground(self, height: float | None) -> None:
        self._renderer.ground = height

    def aim(self, camera: OrbitCamera) -> None:
        self._renderer.orbit_camera = camera
        super().aim(camera)

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        self._renderer._make_current()
        self._readback.begin()
        yield
        self._readback.start(self._renderer._frame_fbo, *self._size)

    @property
    def pending(self) -> bool:
        return self._readback.pending

    def take(self, picture: np.ndarray | None, wait: bool) -> tuple[np.ndarray, float] | None:
        self._renderer._make_current()
        if not self._readback.arrived(wait):
            return None
        width, height = self._readback.size
        if picture is None or picture.shape[:2] != (height, width):
            picture = np.empty((height, width, 4), np.uint8)
        return picture, self._readback.take(picture)

    def clear(self) -> None:
        self._readback.drop()
        super().clear()

    def _shrink_shadow_map(self, size: int) -> None:
        gl, renderer = self._gl, self._renderer
        renderer._shadow_width = renderer._shadow_height = size
        gl.glBindTexture(gl.GL_TEXTURE_2D, renderer._shadow_texture)
        depth = gl.GL_DEPTH_COMPONENT
        gl.glTexImage2D(gl.GL_TEXTURE_2D, 0, depth, size, size, 0, depth, gl.GL_FLOAT, None)
        gl.glBindTexture(gl.GL_TEXTURE_2D, 0)


class _Viewer(NewtonViewerGL):
    """Newton's viewer with fewer triangles in round shapes the more environments there are."""

    segments = 32
    """Segments of a circle."""
    _no_shapes_yet = False

    def set_model(self, model: newton.Model | None) -> None:
        """Takes the model without making its shapes, which takes seconds for thousands of environments.

        :meth:`set_visible_worlds`, which Isaac Lab calls next, makes those of the visible environments.
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
        """Makes spheres and cylinders with :attr:`segments`, and every other shape as Newton does."""
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
        """Makes the OpenGL programs. Called once, after the class of the renderer was set."""
        self.ground = None
        self._background, self._shape_shader, self._shadow_shader = Background(), Shapes(), Shadows()
        self._no_vertices = self.gl.GLuint()
        self.gl.glGenVertexArrays(1, self._no_vertices)
        self._sun_direction = np.array(SUN) / np.linalg.norm(SUN)
        self._make_silhouettes()

    def _make_silhouettes(self) -> None:
        """Makes the textures of the shadows on the ground: one sharp, one of half the size with soft edges."""
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
        """Renders the shadow map around the camera's target, not around the camera as Newton does."""
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
        """Draws sky and ground, before everything else."""
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
        if shader is not self._shape_shader:  # Newton's shader for transparent shapes
            super()._update_shape_shader(shader)
            return
        camera = self.orbit_camera
        turned = np.eye(4)
        turned[:3, :3] = np.stack((camera.sideways, camera.upwards, camera.backwards))
        with shader as program:
            program.set(
                # Newton stores it column by column
                to_picture=np.reshape(self.camera.get_projection_matrix(), (4, 4)).T @ turned,
                eye=camera.eye,
                fog=self._fog,
                to_shadow_map=self._light_space_matrix,
                shadow_texel=2 * SHADOW_REACH * camera.distance / self._shadow_width,
            )

    @property
    def _fog(self) -> tuple[float, float]:
        distance = self.orbit_camera.distance
        return max(FOG[0] * distance, NEAREST_FOG[0]), max(FOG[1] * distance, NEAREST_FOG[1])
