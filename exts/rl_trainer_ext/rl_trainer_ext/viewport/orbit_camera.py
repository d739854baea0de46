# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A camera that turns around a target, as in Isaac Sim; z points up."""

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
    """Position and direction of a camera."""

    def __init__(self) -> None:
        self.target = np.zeros(3)
        """The point that the camera turns around [m]."""
        self.distance = 10.0
        """Distance from the target [m]."""
        self.azimuth = 45.0
        """Direction from the target to the camera, seen from above, counter-clockwise from x [degrees]."""
        self.elevation = 30.0
        """The same direction, above the horizon [degrees]."""
        self.moved_by_user = False
        """Whether the user has moved it, so that nothing else may."""

    @property
    def eye(self) -> np.ndarray:
        """Position of the camera [m]."""
        return self.target + self.distance * self.backwards

    def look(self, eye: np.ndarray, target: np.ndarray) -> None:
        """Moves the camera to ``eye`` and turns it towards ``target`` [m]."""
        away = np.asarray(eye, dtype=float) - np.asarray(target, dtype=float)
        length = float(np.linalg.norm(away))
        self.target = np.asarray(target, dtype=float).copy()
        if length < NEAREST:
            return
        self.distance = min(length, FARTHEST)
        # straight above its target a camera has no azimuth: keep the previous one
        if math.hypot(away[0], away[1]) > 1e-9:
            self.azimuth = math.degrees(math.atan2(away[1], away[0]))
        self.elevation = _clamp(math.degrees(math.asin(away[2] / length)), _STEEPEST)

    def orbit(self, right: float, down: float) -> None:
        """Turns around the target, so that the scene follows a mouse drag [pixels]."""
        self.azimuth = (self.azimuth - right * DEGREES_PER_PIXEL) % 360.0
        self.elevation = _clamp(self.elevation + down * DEGREES_PER_PIXEL, _STEEPEST)

    def pan(self, right: float, down: float, height: int) -> None:
        """Moves sideways, so that the target follows a mouse drag.

        Args:
            right: Drag to the right [pixels].
            down: Drag downwards [pixels].
            height: Height of the picture [pixels].
        """
        per_pixel = 2.0 * self.distance * math.tan(math.radians(FIELD_OF_VIEW) / 2) / height
        self.target = self.target + per_pixel * (down * self.upwards - right * self.sideways)

    def zoom(self, notches: float) -> None:
        """Moves towards the target by mouse-wheel notches."""
        # a touchpad can send hundreds of notches at once
        factor = ZOOM_PER_NOTCH ** _clamp(notches, 50.0)
        self.distance = min(max(self.distance * factor, NEAREST), FARTHEST)

    def fit(self, points: np.ndarray, margin: float, aspect: float) -> None:
        """Moves so that all points are visible; keeps the direction.

        Args:
            points: Positions, shape (points, 3) [m].
            margin: Distance kept around each point [m].
            aspect: Width of the picture over its height.
        """
        depths = points @ self.backwards
        slope = math.tan(math.radians(FIELD_OF_VIEW) / 2)
        right, from_width = _narrowest(points @ self.sideways, depths, margin, slope * aspect)
        up, from_height = _narrowest(points @ self.upwards, depths, margin, slope)
        middle = (float(depths.min()) + float(depths.max())) / 2
        self.target = right * self.sideways + up * self.upwards + middle * self.backwards
        self.distance = min(max(max(from_width, from_height) - middle, NEAREST), FARTHEST)

    def sees(self, points: np.ndarray, aspect: float) -> np.ndarray:
        """Returns which points are visible.

        Args:
            points: Positions, shape (points, 3) [m].
            aspect: Width of the picture over its height.

        Returns:
            Booleans, shape (points,).
        """
        away = points - self.eye
        depth, slope = -(away @ self.backwards), math.tan(math.radians(FIELD_OF_VIEW) / 2)
        across = np.abs(away @ self.sideways) <= depth * slope * aspect
        return across & (np.abs(away @ self.upwards) <= depth * slope)

    def on_ground(self, right: float, down: float) -> tuple[float, float]:
        """Returns the direction on the ground that a mouse drag in the picture points to.

        Args:
            right: Drag to the right [pixels].
            down: Drag downwards [pixels].

        Returns:
            A vector along the world's x and y, as long as the drag [pixels].
        """
        azimuth = math.radians(self.azimuth)
        x = -math.sin(azimuth) * right + math.cos(azimuth) * down
        y = math.cos(azimuth) * right + math.sin(azimuth) * down
        return x, y

    @property
    def sideways(self) -> np.ndarray:
        """Unit vector to the right of the picture."""
        azimuth = math.radians(self.azimuth)
        return np.array([-math.sin(azimuth), math.cos(azimuth), 0.0])

    @property
    def upwards(self) -> np.ndarray:
        """Unit vector to the top of the picture."""
        return np.cross(self.backwards, self.sideways)

    @property
    def backwards(self) -> np.ndarray:
        """Unit vector from the target to the camera."""
        azimuth, elevation = math.radians(self.azimuth), math.radians(self.elevation)
        return np.array(
            [
                math.cos(elevation) * math.cos(azimuth),
                math.cos(elevation) * math.sin(azimuth),
                math.sin(elevation),
            ]
        )


def _narrowest(places: np.ndarray, depths: np.ndarray, margin: float, slope: float) -> tuple[float, float]:
    """Returns how far sideways and how far back the nearest camera is that sees all points along one picture axis.

    Args:
        places: Positions along the axis, shape (points,) [m].
        depths: Positions towards the camera, shape (points,) [m].
        margin: Distance kept around each point [m].
        slope: Slope of the edge of the field of view.
    """
    edge = margin * math.hypot(1.0, slope)
    above = float(np.max(places + slope * depths)) + edge
    below = float(np.max(-places + slope * depths)) + edge
    return (above - below) / 2, (above + below) / (2 * slope)


def _clamp(value: float, limit: float) -> float:
    return max(-limit, min(limit, value))
