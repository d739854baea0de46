# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's Newton visualizer, drawn offscreen through EGL, in the colours of this application.

It imports pyglet and OpenGL, so import it late.
"""

from __future__ import annotations

from typing import Any

import newton
import numpy as np
import warp as wp
from isaaclab.scene_data import SceneDataFormat
from isaaclab_visualizers.newton import NewtonGLVisualizerCfg
from isaaclab_visualizers.newton.newton_visualizer import NewtonGLVisualizer, NewtonViewerGL

from .markers import Markers
from .plain import PlainViewer

FIXED_PART = (0.28, 0.30, 0.33)
MOVING_PARTS = ((0.80, 0.27, 0.05), (0.62, 0.64, 0.67), (0.19, 0.23, 0.30))
"""Colours of robots whose files have none: for the first moving part, then in turn along the chain of joints."""

_FLAT = 1e-3
"""A mesh that is no higher than this is ground [m]."""

_ENDLESS = 50.0
"""A plane whose sides are at least this long is endless ground [m]."""

_USD_GREY = (0.18, 0.18, 0.18)
"""USD's default display colour, in linear light."""


class Scene(NewtonGLVisualizer):
    """Draws one environment. The simulation does not know of it, so no environment step draws.

    Args:
        env: Isaac Lab's environment (unwrapped), on Newton physics.
        offscreen: The viewer that draws it.
        shown: How many environments are drawn, see :meth:`show`.
    """

    def __init__(self, env: Any, offscreen: PlainViewer, shown: int) -> None:
        super().__init__(
            NewtonGLVisualizerCfg(
                headless=True,
                streaming_view=False,
                show_collision=False,
                enable_picking=False,
                enable_live_plots=False,
                background_color=None,
                # not max_visible_envs, which uses the random numbers of the training
                visible_env_indices=_first(shown),
            )
        )
        self._env, self._offscreen = env, offscreen
        offscreen.expect(env.num_envs)
        self.initialize(env.sim.get_scene_data_provider())
        model = self.model
        if not _has_visible_shapes(model):
            self.cfg.show_collision = offscreen.viewer.show_collision = True
        model.shape_color.assign(_colours(model))
        self._lay_ground()
        body_world = model.body_world.numpy() if model.body_count else np.empty(0, int)
        first_bodies: np.ndarray = np.asarray(np.searchsorted(body_world, np.arange(model.world_count + 1)))
        self._first_bodies: list[int] = first_bodies.tolist()
        self.markers = Markers(env, self)
        """What is drawn besides the environment."""

    @property
    def model(self) -> Any:
        """Newton's model of all environments."""
        return self.backend.model

    def show(self, count: int) -> None:
        """Limits drawing to the first environments; 0 draws all."""
        self._resolved_visible_env_ids = _first(count)
        self._viewer.set_visible_worlds(self._resolved_visible_env_ids)
        self._lay_ground()

    def draw(self) -> None:
        """Draws the environment as it is now."""
        with self.markers.drawn():
            self._render_headless_frame()

    @property
    def viewer(self) -> NewtonViewerGL:
        """Newton's viewer."""
        return self._viewer

    def _render_markers(self, num_envs: int) -> None:
        """Draws the task's markers, and the contacts, which Isaac Lab leaves out of pictures without a window."""
        super()._render_markers(num_envs)
        contacts = self.markers.contacts()
        if contacts is not None:
            self._viewer.log_contacts(contacts, self.backend.state_0)

    def places(self) -> list[np.ndarray]:
        """Returns the present positions of the bodies of each environment, each of shape (bodies, 3) [m].

        For an environment without bodies, its origin.
        """
        bodies = self._bodies()
        if bodies is None:
            return list(self._env.scene.env_origins.cpu().numpy()[:, np.newaxis])
        first, last = self._first_bodies[:-1], self._first_bodies[1:]
        return [bodies[start:end] for start, end in zip(first, last, strict=True)]

    def place(self, env: int) -> np.ndarray:
        """Returns the present positions of the bodies of one environment, shape (bodies, 3) [m]."""
        bodies = self._bodies()
        if bodies is None:
            return self._env.scene.env_origins[env : env + 1].cpu().numpy()
        return bodies[self._first_bodies[env] : self._first_bodies[env + 1]]

    def roots(self) -> np.ndarray:
        """Returns the present position of the first body of each environment, shape (num_envs, 3) [m].

        For an environment without bodies, its origin.
        """
        bodies = self._bodies()
        return self._env.scene.env_origins.cpu().numpy() if bodies is None else bodies[self._first_bodies[:-1]]

    def _bodies(self) -> np.ndarray | None:
        """Returns the positions of all bodies, shape (bodies, 3) [m]; None without bodies."""
        poses, count = SceneDataFormat.Transform(), self.model.body_count
        mapping = self._transform_mapping
        if not count or not self._scene_data_provider.get_transforms(poses, mapping=mapping, count=count):
            return None
        return poses.transforms.numpy()[:, :3]

    def _lay_ground(self) -> None:
        """Draws endless ground with a grid in place of the planes and flat meshes that assets use as ground."""
        if not self._offscreen.draws_ground:
            return
        batches = self._viewer._shape_instances.values()
        height = _ground_height(self.model)
        self._offscreen.lay_ground(height)
        for batch in batches if height is not None else ():
            flat = batch.geo_type == newton.GeoType.PLANE
            flat |= batch.geo_type == newton.GeoType.MESH and self._is_flat(batch)
            if batch.static and flat:
                batch.flags &= ~newton.ShapeFlags.VISIBLE

    def _is_flat(self, batch: Any) -> bool:
        sources = (self.model.shape_source[shape] for shape in np.atleast_1d(batch.model_shapes))
        return all(np.ptp(source.vertices[:, 2]) < _FLAT for source in sources)

    def _create_viewer(self, runtime_headless: bool, metadata: dict) -> NewtonViewerGL:
        return self._offscreen.viewer


def _first(count: int) -> list[int] | None:
    return list(range(count)) if count else None


def _has_visible_shapes(model: Any) -> bool:
    flags, types = model.shape_flags.numpy(), model.shape_type.numpy()
    visible = (flags & int(newton.ShapeFlags.VISIBLE)) != 0
    return bool((visible & (types != int(newton.GeoType.PLANE))).any())


def _ground_height(model: Any) -> float | None:
    """Returns the height of the topmost endless level plane of a model [m]; None without one."""
    scales, poses = model.shape_scale.numpy(), model.shape_transform.numpy()
    level = (model.shape_type.numpy() == int(newton.GeoType.PLANE)) & (model.shape_body.numpy() < 0)
    # (x, y, z, w): a plane whose normal is z is only turned around z
    level &= (np.abs(poses[:, 3:5]) < 1e-3).all(axis=1) & ((scales[:, :2] <= 0) | (scales[:, :2] >= _ENDLESS)).all(
        axis=1
    )
    return float(poses[level, 2].max()) if level.any() else None


def _colours(model: Any) -> np.ndarray:
    """Returns a colour for each shape, shape (shapes, 3): the file's own, or one of ours if it has none."""
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
    return colours


def _depths(model: Any) -> np.ndarray:
    """Returns, for each body, the number of movable joints between it and the world."""
    depths = np.zeros(max(model.body_count, 1), int)
    if model.joint_count == 0:
        return depths
    fixed = int(newton.JointType.FIXED)
    joints = zip(model.joint_parent.numpy(), model.joint_child.numpy(), model.joint_type.numpy(), strict=True)
    # joints are in the order of their chain: a parent before its children
    for parent, child, kind in joints:
        depths[child] = (depths[parent] if parent >= 0 else 0) + (kind != fixed)
    return depths
