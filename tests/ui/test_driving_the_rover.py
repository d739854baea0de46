# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real application plays the sample project's rover, and a user drives it with the keyboard and the mouse."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from helpers.driven_rover import make_driver_policy, rover_config, rover_task
from helpers.driver import PERIOD, SPACE, Driver, let_frames_pass
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.training.commands import Play, SetSpeed
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow

W, X, R, LEFT_SHIFT = 87, 88, 82, 340
LIMIT = 120.0


class Pilot:
    """A user who drives the rover in the stand-alone application."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.viewport, self.panel = Driver(app.windows.viewport.frame, app.frame), Driver(app.window.frame, app.frame)

    def wait(self, reached: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT
        while not reached():
            assert time.monotonic() < end, self.app.trainer.snapshot()
            self.panel.tick(1)

    @property
    def env(self) -> Any:
        return self.app.trainer._session._env.unwrapped

    @property
    def commands(self) -> list[list[float]]:
        """The command of the first rover: in the buffer, and in the policy's observation."""
        buffer = self.env.command_manager.get_command("base_velocity")
        return [buffer[0].tolist(), self.env.obs_buf["policy"][0, 6:9].tolist()]

    def step(self) -> None:
        before = self.app.trainer.snapshot().steps
        self.viewport.press(PERIOD)
        self.wait(lambda: self.app.trainer.state is State.PAUSED)
        assert self.app.trainer.snapshot().steps == before + self.env.num_envs


@pytest.fixture
def pilot(omni_ui: Any, tmp_path: Path) -> Iterator[Pilot]:
    from rl_trainer_ext.hosts.standalone.host import StandaloneApp

    with rover_task() as module:
        app = StandaloneApp(SettingsInMemory(), log_root=str(tmp_path), external=[module])
        pilot = Pilot(app)
        pilot.wait(lambda: app.trainer.state is State.IDLE)
        yield pilot
        app.close()
        let_frames_pass()


def test_keys_drive_the_rover_one_step_after_the_press(pilot: Pilot, tmp_path: Path) -> None:
    trainer, viewport = pilot.app.trainer, pilot.viewport
    config = rover_config(tmp_path)
    checkpoint = make_driver_policy(trainer, config)
    trainer.request(Play(config.replace(checkpoint=str(checkpoint), speed=1.0)))
    pilot.wait(lambda: trainer.state is State.PLAYING and trainer.snapshot().steps > 0)
    viewport.click("viewport_surface")
    viewport.press(SPACE)
    pilot.wait(lambda: trainer.state is State.PAUSED)

    viewport.press(X)
    before = pilot.commands
    viewport.press(W)
    assert pilot.commands == before  # paused: nothing moves before the next step
    pilot.step()
    for values in pilot.commands:
        assert values == pytest.approx([0.2, 0.0, 0.0])

    for _ in range(3):
        viewport.press(W)
    trainer.request(SetSpeed(0.0))
    viewport.press(SPACE)
    begun = trainer.snapshot().steps
    pilot.wait(lambda: trainer.snapshot().steps > begun + 60 * pilot.env.num_envs)
    viewport.press(SPACE)
    pilot.wait(lambda: trainer.state is State.PAUSED)
    assert float(pilot.env.scene["robot"].data.root_lin_vel_b.torch[0, 0]) > 0.4

    assert pilot.panel.find("drive:base_velocity:lin_vel_x").model.as_float == pytest.approx(0.8)
    pilot.panel.click("drive_release")
    pilot.step()
    assert not torch.allclose(torch.tensor(pilot.commands[0]), torch.tensor([0.8, 0.0, 0.0]))

    viewport.click("viewport_surface")
    viewport.press(R)
    pilot.wait(lambda: int(pilot.env.episode_length_buf[0]) == 0)
    assert int(pilot.env.episode_length_buf[1]) > 0
