# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the policy sees: the cameras of a real training, which Newton renders without a GPU."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.host_frames import Application
from helpers.runs_made_here import idle
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.standalone.frames import FrameLoop
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Pause, SetRenderMode, Stop, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.viewport.cameras import PolicyCameras

pytestmark = pytest.mark.slow

SIDE = 40
"""Width and height of a camera's picture [pixels]."""

SOURCE = "tiled_camera: rgb"


class CamerasOfTest(PolicyCameras):
    """The real ones, whose environment the tests can reach."""

    def attach(self, env):
        self.env = env
        super().attach(env)


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A training of four environments with a camera each; the tests of this module share it."""
    application = Application()
    application.viewport.cameras = cameras = CamerasOfTest()
    application.frames = FrameLoop(application.trainer, application.viewport, cameras=cameras)
    application.frames_until(idle)
    sizes = (f"env.scene.tiled_camera.{side}={SIDE}" for side in ("width", "height"))
    config = RunConfig(
        "Isaac-Cartpole-Camera-Direct",
        "rsl_rl",
        num_envs=4,
        device="cpu",
        max_iterations=10_000,
        log_root=str(tmp_path_factory.mktemp("logs")),
        overrides=("physics=newton_mjwarp", "renderer=newton_renderer", *sizes),
    )
    application.do(SetRenderMode(RenderMode.FULL_RENDERING))
    application.do(Train(config), lambda s: s.failure or (s.state is State.TRAINING and s.steps >= 8))
    yield application
    application.do(Stop())
    application.trainer.close()
    application.viewport.close()


def after_steps(application, count):
    """Frames until each environment has made some more steps."""
    steps = application.trainer.snapshot().steps
    application.frames_until(lambda s: s.failure or s.steps >= steps + 4 * count)


def test_without_being_asked_no_picture_is_taken(training):
    cameras = training.viewport.cameras
    assert cameras.sources == (SOURCE,)
    assert (cameras.serial, cameras.picture) == (0, None)


def test_a_picture_shows_the_environments_in_a_grid_as_the_last_step_left_them(training):
    cameras = training.viewport.cameras
    cameras.ask(SOURCE)
    after_steps(training, 1)
    assert cameras.serial == 1
    picture = cameras.picture.copy()
    padding = 2  # of torchvision's grid
    assert picture.shape == (2 * SIDE + 3 * padding, 2 * SIDE + 3 * padding, 4)
    assert (picture[..., 3] == 255).all()
    output = cameras.env.scene.sensors["tiled_camera"].data.output["rgb"].torch
    tiles = [
        picture[row : row + SIDE, column : column + SIDE, :3]
        for row in (padding, SIDE + 2 * padding)
        for column in (padding, SIDE + 2 * padding)
    ]
    shown = {tile.tobytes() for tile in tiles}
    assert len(shown) == 4, "each environment has a cart of its own"
    assert shown == {image.contiguous().numpy().tobytes() for image in output[..., :3]}
    assert all(tile.std() > 5 for tile in tiles), "nothing is to be seen"
    after_steps(training, 3)
    assert cameras.serial == 1, "no picture without being asked"
    cameras.ask(SOURCE)
    after_steps(training, 1)
    assert cameras.serial == 2
    assert np.abs(cameras.picture.astype(int) - picture).max() > 30, "the carts move"


def test_what_the_environment_has_not_read_is_not_rendered_for_it(training):
    cameras = training.viewport.cameras
    training.trainer.request(Pause())
    training.trainer.tick(0.0)
    serial, sensor = cameras.serial, cameras.env.scene.sensors["tiled_camera"]
    rendered = sensor.frame.torch.clone()
    sensor.update(0.0)  # from now on reading it renders
    cameras.ask(SOURCE)
    cameras.take()
    assert cameras.serial == serial
    assert (sensor.frame.torch == rendered).all()


def test_an_environment_without_cameras_has_no_sources():
    cameras = PolicyCameras()
    cameras.attach(object())
    assert cameras.sources == ()
    cameras.ask("")
    assert not cameras.asked
    cameras.take()
    assert cameras.picture is None
