# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A camera that turns around a target, moved by the mouse as in Isaac Sim; z points up."""

from __future__ import annotations

import math

import numpy as np

FIELD_OF_VIEW = 45.0
"""Vertical [degrees]."""

DEGREES_PER_PIXEL = 0.3
ZOOM_PER_NOTCH = 0.88
NEAREST, FARTHEST = 0.05, 500.0
"""Distance of the camera from its target [m]."""

_STEEPEST = 89.0


class OrbitCamera:
    """Where the camera is and what it looks at."""

    def __init__(self) -> None:
        self.target = np.zeros(3)
        """What the camera turns around [m]."""
        self.distance = 10.0
        """From the target [m]."""
        self.azimuth = 45.0
        """Direction from the target to the camera, seen from above, counter-clockwise from x [degrees]."""
        self.elevation = 30.0
        """The same direction, above the horizon [degrees]."""

    @property
    def eye(self) -> np.ndarray:
        """Position of the camera [m]."""
        return self.target + self.distance * self._backwards

    def look(self, eye: np.ndarray, target: np.ndarray) -> None:
        """Puts the camera to ``eye`` and turns it towards ``target`` [m]."""
        away = np.asarray(eye, dtype=float) - np.asarray(target, dtype=float)
        length = float(np.linalg.norm(away))
        self.target = np.asarray(target, dtype=float).copy()
        if length < NEAREST:
            return
        self.distance = min(length, FARTHEST)
        # straight above its target a camera has no azimuth: it keeps the one it had
        if math.hypot(away[0], away[1]) > 1e-9:
            self.azimuth = math.degrees(math.atan2(away[1], away[0]))
        self.elevation = _clamp(math.degrees(math.asin(away[2] / length)), _STEEPEST)

    def orbit(self, right: float, down: float) -> None:
        """Turns around the target; the scene follows a mouse that is dragged so far [pixels]."""
        self.azimuth = (self.azimuth - right * DEGREES_PER_PIXEL) % 360.0
        self.elevation = _clamp(self.elevation + down * DEGREES_PER_PIXEL, _STEEPEST)

    def pan(self, right: float, down: float, height: int) -> None:
        """Moves sideways; the target stays under a mouse that is dragged so far [pixels].

        Args:
            right: To the right.
            down: Downwards.
            height: Of the picture.
        """
        per_pixel = 2.0 * self.distance * math.tan(math.radians(FIELD_OF_VIEW) / 2) / height
        self.target = self.target + per_pixel * (down * self._upwards - right * self._sideways)

    def zoom(self, notches: float) -> None:
        """Moves towards the target by mouse-wheel notches."""
        # a touchpad can send hundreds of notches at once
        factor = ZOOM_PER_NOTCH ** _clamp(notches, 50.0)
        self.distance = min(max(self.distance * factor, NEAREST), FARTHEST)

    def fit(self, points: np.ndarray, margin: float, aspect: float) -> None:
        """Moves so that all points are in the picture, and keeps its direction.

        Args:
            points: Positions, shape (points, 3) [m].
            margin: Around each of them [m].
            aspect: Width of the picture over its height.
        """
        self.target = (points.min(axis=0) + points.max(axis=0)) / 2
        away = points - self.target
        slope = math.tan(math.radians(FIELD_OF_VIEW) / 2)
        across = (np.abs(away @ self._sideways) + margin) / (slope * aspect)
        along = (np.abs(away @ self._upwards) + margin) / slope
        distance = float(np.max(np.maximum(across, along) + away @ self._backwards))
        self.distance = min(max(distance, NEAREST), FARTHEST)

    @property
    def _sideways(self) -> np.ndarray:
        azimuth = math.radians(self.azimuth)
        return np.array([-math.sin(azimuth), math.cos(azimuth), 0.0])

    @property
    def _upwards(self) -> np.ndarray:
        return np.cross(self._backwards, self._sideways)

    @property
    def _backwards(self) -> np.ndarray:
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array(
            [
                math.cos(elevation) * math.cos(azimuth),
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ]
        )


def _clamp(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
