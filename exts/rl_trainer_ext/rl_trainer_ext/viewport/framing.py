# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Chooses the environments that the camera frames when there are too many to see at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .orbit_camera import OrbitCamera

MARGIN = 0.6
"""Margin around the origins of bodies, for their shapes [m]."""

ROOM = 0.3
"""Margin around the origins of bodies at the start of a run, for their movement, as a share of the distance between
environments."""

TOO_FAR = 30.0
"""From farther away robots are dots, so the camera frames fewer environments [m]."""


def frame_nearest(camera: OrbitCamera, places: Sequence[np.ndarray], count: int, margin: float, aspect: float) -> None:
    """Moves the camera so that the environments nearest to its target fill the picture, and keeps its direction.

    Args:
        camera: The camera to move.
        places: Positions of the bodies of each environment that is shown, each of shape (bodies, 3) [m].
        count: The most environments to frame; at least one is framed.
        margin: Distance kept around each body [m].
        aspect: Width of the picture over its height.
    """
    away = [float(np.linalg.norm(each.mean(axis=0) - camera.target)) for each in places]
    nearest = np.argsort(away, kind="stable")
    for tried in range(min(count, len(nearest)), 0, -1):
        camera.fit(np.concatenate([places[index] for index in nearest[:tried]]), margin, aspect)
        if camera.distance <= TOO_FAR:
            return
