# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Of many environments the camera frames those that it looks at, near enough to be seen."""

from __future__ import annotations

import numpy as np
import pytest
from rl_trainer_ext.viewport.framing import MARGIN, TOO_FAR, frame_nearest
from rl_trainer_ext.viewport.orbit_camera import OrbitCamera

ASPECT = 16 / 9


def grid(side: int, spacing: float) -> list[np.ndarray]:
    """Two bodies, one above the other, in each of ``side`` by ``side`` environments."""
    places = (np.arange(side) - (side - 1) / 2) * spacing
    return [np.array([[x, y, 0.5], [x, y, 1.0]]) for x in places for y in places]


@pytest.fixture
def camera():
    camera = OrbitCamera()
    camera.look((7.5, 7.5, 7.5), (0.0, 0.0, 0.0))
    return camera


def framed(camera, places, count=16):
    frame_nearest(camera, places, count, MARGIN, ASPECT)
    return camera.distance


def test_few_environments_are_all_framed(camera):
    places = grid(3, 4.0)
    whole = OrbitCamera()
    whole.look(camera.eye, camera.target)
    whole.fit(np.concatenate(places), MARGIN, ASPECT)
    assert framed(camera, places) == pytest.approx(whole.distance)
    assert camera.target == pytest.approx(whole.target)


def test_of_many_environments_only_the_nearest_are_framed(camera):
    azimuth, elevation = camera.azimuth, camera.elevation
    few = framed(camera, grid(4, 4.0))
    assert framed(camera, grid(32, 4.0)) == pytest.approx(few, rel=0.25)
    assert (camera.azimuth, camera.elevation) == (azimuth, elevation)


def test_those_are_framed_that_the_camera_looks_at(camera):
    places = grid(32, 4.0)
    camera.target = np.array([40.0, -40.0, 0.0])
    framed(camera, places)
    assert np.linalg.norm(camera.target[:2] - (40.0, -40.0)) < 4.0


def test_fewer_are_framed_where_environments_lie_far_apart(camera):
    assert framed(camera, grid(8, 100.0)) <= TOO_FAR
    assert np.abs(camera.target[:2]) == pytest.approx((50.0, 50.0), abs=1.0)


def test_one_environment_is_framed_however_large_it_is(camera):
    assert framed(camera, [np.array([[-60.0, 0.0, 0.0], [60.0, 0.0, 0.0]])]) > TOO_FAR


def test_what_is_in_the_picture_is_seen(camera):
    places = np.concatenate(grid(3, 4.0))
    camera.fit(places, MARGIN, ASPECT)
    assert camera.sees(places, ASPECT).all()
    assert not camera.sees(places, ASPECT / 3).all()
    behind, beside = camera.eye + camera.backwards, camera.target + 2 * camera.distance * camera.sideways
    assert not camera.sees(np.array([behind, beside]), ASPECT).any()
