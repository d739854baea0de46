# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Real pictures of real environments, drawn through EGL, and the camera that they are taken with."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.host_frames import SIZE, Application
from helpers.runs_made_here import CARTPOLE, idle, tick_until
from rl_trainer_ext.training.commands import Pause, Stop, Train, Unpause
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.viewport.newton.view import REFRAME_INTERVAL
from rl_trainer_ext.viewport.newton.viewport import LARGEST, SMALLEST, NewtonViewport
from rl_trainer_ext.viewport.orbit_camera import OrbitCamera

pytestmark = pytest.mark.slow


class ObservedViewport(NewtonViewport):
    """The real viewport, whose camera, clock and environment the tests can reach."""

    def __init__(self):
        self.camera, self.now = OrbitCamera(), 0.0
        super().__init__(self.camera, lambda: self.now)

    def attach(self, env):
        self.env = env
        super().attach(env)


@pytest.fixture(scope="module")
def shared_application():
    """An application with such a viewport; the tests of this module share it, and its run."""
    application = Application(ObservedViewport())
    application.frames_until(idle)
    yield application
    application.trainer.close()
    application.viewport.close()


@pytest.fixture
def config(tmp_path):
    return CARTPOLE.replace(log_root=str(tmp_path))


@pytest.fixture
def drawn(shared_application, config):
    """A viewport with all of an environment in it, which waits, paused; the tests that use it share the run."""
    application, viewport = shared_application, shared_application.viewport
    if idle(application.trainer.snapshot()):
        endless = config.replace(max_iterations=10_000)
        application.do(Train(endless), lambda s: s.state is State.TRAINING and s.steps > 300)
    application.trainer.request(Pause())
    application.trainer.tick(0.0)
    viewport.resize(*SIZE)
    viewport.follow(None)
    viewport.show(0)
    viewport.frame()
    assert viewport.draw()
    return viewport


def taken(viewport):
    assert viewport.draw()
    return viewport.picture.copy()


def differs(one, other):
    """Share of the pixels that differ visibly."""
    return float((np.abs(one.astype(int) - other.astype(int)).max(axis=2) > 12).mean())


def orange(picture):
    """Where the carts are: nothing else has their colour."""
    return (picture[..., 0] > 150) & (picture[..., 2] < 80)


def test_a_picture_shows_the_environment(drawn):
    picture = drawn.picture
    assert picture.shape == (SIZE[1], SIZE[0], 4)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert (picture[..., 3] == 255).all()
    assert 0.001 < orange(picture).mean() < 0.2


def test_a_picture_follows_the_environment(shared_application, drawn):
    before = taken(drawn)
    assert differs(before, taken(drawn)) == 0.0  # nothing moved
    trainer = shared_application.trainer
    trainer.request(Unpause())
    steps = trainer.snapshot().steps
    tick_until(trainer, lambda s: s.steps > steps + 200)
    assert differs(before, taken(drawn)) > 0.005


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ((320, 200), (320, 200)),
        ((1, 1), (SMALLEST, SMALLEST)),
        ((0, 300), (SMALLEST, 300)),
        ((8000, 60), (LARGEST, 31)),
        ((60, 9000), (27, LARGEST)),
    ],
)
def test_a_picture_has_the_size_of_its_window(drawn, asked, got):
    serial = drawn.serial
    drawn.resize(*asked)
    assert drawn.moved
    assert taken(drawn).shape == (got[1], got[0], 4)
    assert drawn.serial == serial + 1
    assert not drawn.moved
    drawn.resize(*asked)
    assert not drawn.moved


@pytest.mark.parametrize(
    "move",
    [
        lambda viewport: viewport.orbit(60, 0),
        lambda viewport: viewport.orbit(0, 60),
        lambda viewport: viewport.pan(30, 0),
        lambda viewport: viewport.zoom(3),
        lambda viewport: viewport.follow(5),
        lambda viewport: viewport.show(2),
    ],
)
def test_the_mouse_and_the_choices_change_the_picture(drawn, move):
    before = taken(drawn)
    move(drawn)
    assert drawn.moved
    assert differs(before, taken(drawn)) > 0.01
    assert not drawn.moved


def test_framing_shows_every_environment(drawn):
    # from above, and the carts are the only thing that is orange
    drawn.zoom(20)
    drawn.orbit(0, 300)
    drawn.resize(640, 640)
    drawn.frame()
    picture = taken(drawn)
    carts = orange(picture)
    border = np.concatenate([carts[0], carts[-1], carts[:, 0], carts[:, -1]])
    assert carts.any()
    assert not border.any()
    drawn.show(4)
    assert orange(taken(drawn)).sum() < 0.5 * carts.sum()


def test_the_first_view_has_the_direction_of_the_task_and_shows_its_robots(drawn):
    drawn.camera.moved_by_user = False
    drawn.orbit(200, 50)
    drawn.camera.moved_by_user = False
    drawn.resize(320, 180)
    seen = orange(taken(drawn))
    view = drawn.env.cfg.sim.default_visualizer_cfg
    eye, target = np.array(view.eye), np.array(view.lookat)
    away = (eye - target) / np.linalg.norm(eye - target)
    assert drawn.camera.backwards == pytest.approx(away)
    assert 0.002 < seen.mean() < 0.2
    drawn.orbit(200, 0)
    drawn.resize(480, 200)  # a camera that the user has moved stays
    drawn.draw()
    assert drawn.camera.backwards != pytest.approx(away)


def test_a_camera_that_was_not_moved_looks_for_robots_that_have_run_away(drawn):
    drawn.camera.moved_by_user = False
    drawn.resize(320, 180)
    assert orange(taken(drawn)).any()
    view, away = drawn.camera.target.copy(), np.array([40.0, 0.0, 0.0])
    for moved in (True, False):
        # the robots are where they are: the camera is moved instead
        drawn.camera.target, drawn.camera.moved_by_user = view + away, moved
        drawn.now += REFRAME_INTERVAL
        assert orange(taken(drawn)).any() == (not moved)
    assert drawn.camera.target == pytest.approx(view, abs=0.5)
    drawn.camera.target, drawn.camera.moved_by_user = view + away, False
    assert not orange(taken(drawn)).any()  # not in every picture
    drawn.follow(0)
    taken(drawn)
    drawn.camera.target, drawn.camera.moved_by_user = drawn.camera.target + away, False
    drawn.now += REFRAME_INTERVAL
    assert not orange(taken(drawn)).any()  # a camera that follows one environment stays with it


def test_the_first_view_of_some_environments_is_in_their_midst(drawn):
    drawn.camera.moved_by_user = False
    drawn.show(4)
    drawn.resize(320, 180)
    taken(drawn)
    midst = drawn.env.scene.env_origins[:4].mean(dim=0).numpy()
    assert np.linalg.norm((drawn.camera.target - midst)[:2]) < 2.0


def test_what_is_framed_from_far_away_is_not_in_the_fog(drawn):
    drawn.resize(320, 320)
    drawn.orbit(0, 300)
    drawn.zoom(-12)
    picture = taken(drawn)
    assert drawn.camera.distance > 60
    assert orange(picture).any()
    ground = np.median(picture[..., :3].reshape(-1, 3), axis=0)
    assert ground.max() < 140  # the fog is brighter


def test_shadows_lie_on_the_ground_around_what_the_camera_looks_at(drawn):
    drawn.resize(320, 180)
    drawn.orbit(0, 300)  # from above: from the side, carts hide their shadows
    for followed in (None, 15):
        drawn.follow(followed)
        colors = taken(drawn)[45:-45, 80:-80, :3].astype(int)
        shaded_ground = (colors.max(axis=2) < 75) & (np.ptp(colors, axis=2) < 8)
        assert 0.001 < shaded_ground.mean() < 0.2


def test_an_environment_that_is_not_there_is_not_followed(drawn):
    drawn.follow(1000)
    drawn.show(1000)
    drawn.frame()
    assert drawn.draw()
    drawn.follow(-3)
    drawn.show(-1)
    assert drawn.draw()
    assert drawn.problem == ""


def test_a_paused_run_is_drawn_only_when_the_camera_moves(shared_application, drawn):
    application = shared_application
    serial = drawn.serial
    for _ in range(5):
        application.frames.run_frame(0.0)
    first = drawn.serial
    assert first <= serial + 1
    for _ in range(5):
        application.frames.run_frame(0.0)
    assert drawn.serial == first
    drawn.orbit(10, 0)
    application.frames_until(lambda _: not drawn.moved)
    assert drawn.serial == first + 1


def test_a_picture_that_comes_later_is_the_same(drawn, monkeypatch):
    expected, serial = taken(drawn), drawn.serial
    monkeypatch.setattr(drawn._offscreen, "software", False)
    drawn.picture[:] = 0
    assert drawn.draw(wait=False)
    assert drawn.pending
    assert (drawn.serial, drawn.picture.max()) == (serial, 0)
    drawn.resize(320, 200)  # the next one's
    assert drawn.collect(wait=True) > 0
    assert not drawn.pending
    assert drawn.serial == serial + 1
    assert differs(drawn.picture, expected) == 0.0
    assert taken(drawn).shape == (200, 320, 4)


def test_the_last_picture_stays_when_the_run_ends(shared_application, drawn):
    picture = taken(drawn)
    assert drawn.num_envs == CARTPOLE.num_envs
    # also when it is still on its way
    drawn._offscreen.software = False
    drawn.picture[:] = 0
    assert drawn.draw(wait=False)
    shared_application.do(Stop())
    drawn._offscreen.software = True
    assert not drawn.pending
    assert drawn.num_envs == 0
    drawn.orbit(10, 10)
    assert not drawn.draw()
    assert differs(drawn.picture, picture) == 0.0


def test_the_simulation_does_not_know_that_it_is_drawn(drawn):
    sim = drawn.env.sim
    assert sim.visualizers == []
    assert not sim.is_rendering
