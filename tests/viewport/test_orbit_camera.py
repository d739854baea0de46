# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The camera follows the mouse as Isaac Sim's does."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rl_trainer_ext.viewport.orbit_camera import FARTHEST, FIELD_OF_VIEW, NEAREST, OrbitCamera

HEIGHT, ASPECT = 720, 16 / 9


def seen(camera, point):
    """Where a point is in the picture: right and up of its centre, 1 at the upper edge."""
    forwards = (camera.target - camera.eye) / np.linalg.norm(camera.target - camera.eye)
    right = np.cross(forwards, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    away = np.asarray(point) - camera.eye
    scale = (away @ forwards) * math.tan(math.radians(FIELD_OF_VIEW) / 2)
    return np.array([away @ right, away @ np.cross(right, forwards)]) / scale


@pytest.fixture
def camera():
    camera = OrbitCamera()
    camera.look((4.0, -4.0, 3.0), (0.5, 0.2, 1.0))
    return camera


def test_it_looks_from_where_it_is_told_to(camera):
    assert camera.eye == pytest.approx((4.0, -4.0, 3.0))
    assert seen(camera, (0.5, 0.2, 1.0)) == pytest.approx((0.0, 0.0), abs=1e-9)


@pytest.mark.parametrize("eye", [(0.0, 0.0, 9.0), (0.0, 0.0, -9.0), (0.0, 0.0, 0.0)])
def test_it_looks_straight_down_and_at_itself_without_harm(eye):
    camera = OrbitCamera()
    camera.look(eye, (0.0, 0.0, 0.0))
    assert np.isfinite(camera.eye).all()
    assert camera.distance >= NEAREST


def test_the_scene_turns_with_the_mouse(camera):
    near = camera.target + 0.3 * (camera.eye - camera.target)
    distance = camera.distance
    camera.orbit(50, 0)
    assert seen(camera, near)[0] > 0.01  # the near side went right
    camera.orbit(-50, 0)
    camera.orbit(0, 50)
    assert seen(camera, near)[1] < -0.01  # the near side went down
    assert camera.distance == distance


def test_it_never_turns_over(camera):
    camera.orbit(10_000, 10_000)
    assert camera.elevation < 90
    camera.orbit(0, -20_000)
    assert camera.elevation > -90


@pytest.mark.parametrize("drag", [(120, 0), (0, 80), (-30, -45)])
def test_what_it_looks_at_stays_under_a_mouse_that_pans(camera, drag):
    point = camera.target.copy()
    camera.pan(*drag, HEIGHT)
    right, up = seen(camera, point) * HEIGHT / 2
    assert (right, -up) == pytest.approx(drag)


def test_the_wheel_comes_nearer_and_goes_away(camera):
    target, distance = camera.target.copy(), camera.distance
    camera.zoom(2)
    assert camera.distance < distance
    camera.zoom(-2)
    assert camera.distance == pytest.approx(distance)
    camera.zoom(1e9)
    assert camera.distance == pytest.approx(NEAREST)
    for _ in range(3):
        camera.zoom(-1e9)
    assert camera.distance == pytest.approx(FARTHEST)
    assert camera.target == pytest.approx(target)


@pytest.mark.parametrize("aspect", [ASPECT, 1.0, 0.3, 10.0])
def test_what_is_framed_fills_the_picture(camera, aspect):
    points = np.random.default_rng(1).uniform((-6, -2, 0), (9, 4, 1.5), (200, 3))
    camera.fit(points, 0.0, aspect)
    places = np.abs([seen(camera, point) / (aspect, 1.0) for point in points])
    assert places.max() == pytest.approx(1.0)
    camera.fit(points[:1], 0.5, aspect)
    assert camera.target == pytest.approx(points[0])
    assert 0.5 < camera.distance < 6.0


@pytest.mark.parametrize("azimuth", [0.0, 30.0, 200.0])
def test_a_drag_points_to_a_direction_on_the_ground(azimuth) -> None:
    camera = OrbitCamera()
    camera.azimuth = azimuth
    assert camera.on_ground(10.0, 0.0) == pytest.approx(tuple(10.0 * camera.sideways[:2]))
    away = -camera.backwards[:2] / np.linalg.norm(camera.backwards[:2])
    assert camera.on_ground(0.0, -10.0) == pytest.approx(tuple(10.0 * away))
