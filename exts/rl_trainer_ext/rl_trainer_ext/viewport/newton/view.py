# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Moves the camera of the pictures: the task's own view, environments to frame, an environment to follow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..framing import MARGIN, ROOM, frame_nearest
from ..orbit_camera import OrbitCamera

if TYPE_CHECKING:  # imports OpenGL
    from .scene import Scene

FRAMED = 16
"""The camera frames at most this many environments when the user asks: of more, each would be tiny."""

FIRST_SEEN = 6
"""The camera frames at most this many environments in the first picture of a task."""

REFRAME_INTERVAL = 2.0
"""Time between two checks that a robot is visible [s]."""


class View:
    """Decides what the camera sees, until the user moves it.

    Args:
        camera: The camera.
        clock: Returns the time [s].
    """

    def __init__(self, camera: OrbitCamera, clock: Callable[[], float]) -> None:
        self._camera, self._clock = camera, clock
        self._default: tuple[tuple[float, ...], tuple[float, ...]] | None = None
        self._framing = 0
        self._checked = float("-inf")
        self._followed: int | None = None
        self._followed_place: np.ndarray | None = None

    @property
    def followed(self) -> int | None:
        """The environment that is followed; None for none."""
        return self._followed

    def open(self, env: Any) -> None:
        """Shows the view of a task. When the same task runs again, the camera stays where the user moved it."""
        view = _default_view(env)
        if view != self._default:
            self._default, self._camera.moved_by_user = view, False
        self.reset()

    def reset(self) -> None:
        """Frames some environments from the task's own direction, unless the user has moved the camera."""
        if self._default is not None and not self._camera.moved_by_user:
            self._camera.look(*map(np.array, self._default))
            self._framing = FIRST_SEEN

    def frame(self) -> None:
        """Frames the environments nearest to the camera's target with the next picture."""
        self._framing, self._camera.moved_by_user = FRAMED, True

    def follow(self, env_index: int | None) -> None:
        """Follows one environment from the next picture on; None follows none."""
        self._followed, self._followed_place = env_index, None
        if env_index is not None:
            self._framing, self._camera.moved_by_user = 1, True

    def follow_in_new_run(self, num_envs: int) -> None:
        """Follows the same environment in the next run, if that has so many."""
        if self._followed is not None and self._followed >= num_envs:
            self._followed = None
        self._followed_place = None

    def move_camera(self, scene: Scene, env: Any, count: int, aspect: float) -> None:
        """Moves the camera for the next picture.

        Args:
            scene: The environments.
            env: The task's environment.
            count: Number of environments that are shown; 0 for all.
            aspect: Width of the picture over its height.
        """
        self._reset_if_empty(scene, count, aspect)
        if self._framing:
            places = scene.places()
            shown = places[: count or None] if self._followed is None else [places[self._followed]]
            margin = MARGIN if self._camera.moved_by_user else max(MARGIN, ROOM * env.cfg.scene.env_spacing)
            if not self._camera.moved_by_user and len(shown) < len(places):
                # the first environments are a corner of all of them: robots leave at its edge
                self._camera.target = np.concatenate(shown).mean(axis=0)
            frame_nearest(self._camera, shown, self._framing, margin, aspect)
            self._framing = 0
        if self._followed is not None:
            place = scene.place(self._followed).mean(axis=0)
            if self._followed_place is not None:
                self._camera.target = self._camera.target + place - self._followed_place
            self._followed_place = place

    def _reset_if_empty(self, scene: Scene, count: int, aspect: float) -> None:
        """Frames again when no robot is visible and the user has not moved the camera."""
        now = self._clock()
        settled = self._camera.moved_by_user or self._followed is not None or self._framing
        if settled or now - self._checked < REFRAME_INTERVAL:
            return
        self._checked = now
        if not self._camera.sees(scene.roots()[: count or None], aspect).any():
            self.reset()


def _default_view(env: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Returns the camera position of the task: (eye, target) [m]."""
    cfg = env.cfg
    view = getattr(cfg.sim, "default_visualizer_cfg", None)
    origin = np.zeros(3)
    if view is None:
        view = cfg.viewer
        if view.origin_type != "world":
            origin = env.scene.env_origins[view.env_index].cpu().numpy()
    return tuple(map(float, origin + view.eye)), tuple(map(float, origin + view.lookat))
