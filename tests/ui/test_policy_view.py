# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the policy sees, in the panel: hidden without cameras, folded at no cost, remembered."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.recording_trainer import SettingsInMemory


class CamerasDouble:
    """Cameras whose pictures a test makes."""

    def __init__(self, *sources: str) -> None:
        self.sources = sources
        self.picture: np.ndarray | None = None
        self.serial, self.problem = 0, ""
        self.asked: list[str] = []

    def ask(self, source: str) -> None:
        self.asked.append(source)

    def serve(self, height: int = 80, width: int = 160) -> None:
        """A new picture: a ramp of colours."""
        self.picture = np.full((height, width, 4), 255, np.uint8)
        self.picture[..., 0] = np.linspace(0, 255, width)
        self.picture[..., 1] = np.linspace(0, 255, height)[:, None]
        self.serial += 1


RGB, DEPTH = "base_camera: rgb", "base_camera: depth"


def folded(shown) -> bool:
    return shown.driver.find("section_cameras").collapsed


def test_a_task_without_cameras_shows_nothing(show):
    cameras = CamerasDouble()
    shown = show(cameras=cameras)
    assert not shown.driver.shown("section_cameras")
    assert cameras.asked == []
    cameras.sources = (RGB,)
    shown.driver.tick(2)
    assert shown.driver.shown("section_cameras")
    assert shown.driver.find("camera_text").text == "No picture yet."


@pytest.mark.parametrize("width", [320, 420])
def test_a_picture_fills_the_width_in_its_own_shape(show, width):
    cameras = CamerasDouble(RGB)
    shown = show(cameras=cameras, width=width, height=690)
    cameras.serve()
    shown.driver.tick(4)
    shown.driver.reveal("camera_picture")
    picture = shown.driver.find("camera_picture")
    assert width - 60 < picture.computed_width < width
    assert picture.computed_height == pytest.approx(picture.computed_width / 2, abs=1)
    assert not shown.driver.shown("camera_text")


def test_folded_it_asks_for_no_pictures_and_stays_so(show):
    cameras, settings = CamerasDouble(RGB, DEPTH), SettingsInMemory(section_cameras=True)
    shown = show(cameras=cameras, settings=settings)
    shown.driver.tick(3)
    assert cameras.asked == []
    shown.driver.find("section_cameras").collapsed = False
    shown.driver.tick(3)
    assert set(cameras.asked) == {RGB}
    assert settings.values["section_cameras"] is False


def test_the_chosen_camera_is_remembered(show):
    cameras, settings = CamerasDouble(RGB, DEPTH), SettingsInMemory()
    shown = show(cameras=cameras, settings=settings)
    shown.driver.choose("camera", DEPTH)
    shown.driver.tick(2)
    assert cameras.asked[-1] == DEPTH
    again = show(cameras=cameras, settings=settings)
    again.driver.tick(2)
    assert cameras.asked[-1] == DEPTH
    cameras.sources = ("wrist: rgb",)  # of another task
    again.driver.tick(2)
    assert cameras.asked[-1] == "wrist: rgb"


def test_a_camera_without_pictures_says_why(show):
    cameras = CamerasDouble(RGB)
    cameras.problem = "The environment does not read base_camera."
    shown = show(cameras=cameras)
    shown.driver.tick(2)
    assert shown.driver.find("camera_text").text == cameras.problem
