# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The viewport: pictures of the size of its frame, a camera that follows the mouse, words where none are drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from helpers.driver import ALT, CONTROL, ENTER, PERIOD, RIGHT, SPACE, F, H, V
from helpers.recording_trainer import SettingsInMemory, idle, learning_metrics
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Pause, SetRenderMode, Step, Unpause
from rl_trainer_ext.training.snapshot import State

CONFIG = RunConfig("Isaac-Cartpole-Direct", "rsl_rl")
SKY = (60, 120, 240)


def training(**changes):
    values = {
        "state": State.TRAINING,
        "config": CONFIG,
        "iteration": 12,
        "total_iterations": 300,
        "mean_reward": 12.5,
        "metrics": learning_metrics(40),
    }
    return idle(**(values | changes))


def color_in_the_sky(shown, tmp_path: Path) -> np.ndarray:
    """What is on the screen at a place of the upper half of the viewport where nothing else is drawn."""
    from PIL import Image

    shown.driver.screenshot(tmp_path / "viewport.png")
    surface = shown.driver.find("viewport_surface")
    x = int(surface.screen_position_x + 0.8 * surface.computed_width)
    y = int(surface.screen_position_y + 0.25 * surface.computed_height)
    return np.asarray(Image.open(tmp_path / "viewport.png").convert("RGB"))[y, x].astype(int)


def test_the_picture_is_on_the_screen(show_viewport, tmp_path):
    shown = show_viewport(training())
    assert not shown.driver.shown("viewport_picture")
    shown.viewport.serve(SKY)
    shown.driver.tick()
    assert shown.driver.shown("viewport_picture")
    assert np.abs(color_in_the_sky(shown, tmp_path) - SKY).max() < 8


def test_only_a_new_picture_is_uploaded(show_viewport, monkeypatch):
    shown = show_viewport(training())
    uploads = []
    upload = shown.view._provider.set_data_array

    class Counting:
        def set_data_array(self, picture, size):
            uploads.append(size)
            upload(picture, size)

    monkeypatch.setattr(shown.view, "_provider", Counting())
    shown.viewport.serve(SKY, 320, 200)
    shown.driver.tick(20)
    assert uploads == [[320, 200]]
    shown.viewport.serve(SKY, 64, 48)
    shown.driver.tick(20)
    assert uploads == [[320, 200], [64, 48]]


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4000, 3), (4000, 2250)])
def test_pictures_of_odd_sizes_are_shown(show_viewport, width, height):
    shown = show_viewport(training())
    shown.viewport.serve(SKY, width, height)
    shown.driver.tick()
    assert shown.driver.shown("viewport_picture")


@pytest.mark.parametrize(
    ("button", "held", "call", "arguments"),
    [
        (0, None, "orbit", [40, -20]),
        (0, ALT, "orbit", [40, -20]),
        (1, None, "orbit", [40, -20]),
        (2, None, "pan", [40, -20]),
        (1, ALT, "zoom", [60 / 25]),
    ],
)
def test_the_mouse_moves_the_camera(show_viewport, button, held, call, arguments):
    shown = show_viewport(training())
    if held:
        shown.driver.hold(held, True)
    shown.drag(40, -20, button)
    if held:
        shown.driver.hold(held, False)
    moves = {name: shown.viewport.of(name) for name in ("orbit", "pan", "zoom")}
    assert np.sum(moves.pop(call), axis=0) == pytest.approx(arguments)
    assert not any(moves.values())


def test_a_drag_goes_on_outside_and_ends_with_the_button(show_viewport):
    from omni.ui import testing

    shown = show_viewport(training(), width=400, height=300)
    shown.drag(500, 0)  # beyond the right edge of its window
    assert np.sum(shown.viewport.of("orbit"), axis=0) == pytest.approx([500, 0])
    shown.viewport.calls.clear()
    shown.driver.act(testing.mouse_move(100, 100))
    shown.driver.tick()
    assert not shown.viewport.of("orbit")


def test_the_wheel_zooms(show_viewport):
    shown = show_viewport(training())
    shown.scroll("viewport_surface", 2)
    shown.scroll("viewport_surface", -1)
    assert shown.viewport.of("zoom") == [[2], [-1]]


def test_what_lies_over_the_viewport_keeps_the_mouse(show_viewport):
    shown = show_viewport(training(), num_envs=64)
    for identifier in ("overlay", "viewport_toolbar"):
        shown.scroll(identifier, 1)
    shown.driver.click("viewport_frame")
    shown.drag(30, 30, start=(0.1, 0.9))  # on the card
    assert not shown.viewport.of("zoom")
    assert not shown.viewport.of("orbit")
    assert shown.viewport.of("frame") == [[]]
    shown.drag(30, 30, start=(0.7, 0.9))  # beside it
    assert shown.viewport.of("orbit")


def test_f_frames_and_v_changes_the_render_mode(show_viewport):
    shown = show_viewport(training())
    shown.driver.click("viewport_surface")
    shown.driver.press(F)
    assert shown.viewport.of("frame") == [[]]
    shown.driver.press(V)
    assert shown.trainer.commands == [SetRenderMode(RenderMode.NO_RENDERING)]
    shown.driver.hold(CONTROL, True)
    for key in (F, V, H):
        shown.driver.press(key)
    shown.driver.hold(CONTROL, False)
    assert shown.viewport.of("frame") == [[]]
    assert len(shown.trainer.commands) == 1
    assert shown.overlay.visible


def test_letters_typed_into_a_field_are_no_shortcuts(show_viewport):
    shown = show_viewport(training())
    shown.driver.click("viewport_follow")
    for key in (F, V, H):
        shown.driver.press(key)
    assert not shown.viewport.of("frame")
    assert not shown.trainer.commands
    shown.driver.press(ENTER)
    shown.driver.press(F)
    assert shown.viewport.of("frame") == [[]]


def test_pictures_are_asked_for_in_the_size_of_the_frame_once_it_lasts(show_viewport):
    shown = show_viewport(training())
    shown.driver.tick(10)
    surface = shown.driver.find("viewport_surface")
    assert shown.viewport.of("resize") == [[surface.computed_width, surface.computed_height]]
    for width in range(690, 500, -10):  # a splitter that is being dragged
        shown.window.width = width
        shown.driver.tick(1)
    assert len(shown.viewport.of("resize")) == 1
    shown.driver.tick(12)
    assert shown.viewport.of("resize")[1:] == [[surface.computed_width, surface.computed_height]]
    assert surface.computed_width < 520


def test_a_sliver_or_a_hidden_window_asks_for_nothing(show_viewport):
    shown = show_viewport(training())
    shown.viewport.serve(SKY)
    shown.driver.tick(10)
    asked = len(shown.viewport.of("resize"))
    shown.window.height = 40
    shown.driver.tick(15)
    shown.window.visible = False
    shown.driver.tick(15)
    shown.window.visible = True
    shown.driver.tick(15)
    assert len(shown.viewport.of("resize")) == asked
    shown.window.height = 500
    shown.driver.tick(15)
    assert len(shown.viewport.of("resize")) == asked + 1


@pytest.mark.parametrize(
    ("frame", "picture"),
    [
        ((640, 360), (640, 360)),
        ((5120, 2880), (2560, 1440)),
        ((4000, 50), (2560, 48)),
        ((1, 1), None),
        ((4000, 20), None),
        ((0, 0), None),
        ((float("nan"), 300), None),
    ],
)
def test_the_size_of_pictures_is_within_reason(omni_ui, frame, picture):
    from rl_trainer_ext.ui.viewport.view import picture_size

    assert picture_size(*frame) == picture


PROBLEM = "There is no EGL device to draw with: install libegl1 and start again."


@pytest.mark.parametrize(
    ("changes", "title", "dim"),
    [
        ({}, "", False),
        ({"render_mode": RenderMode.FULL_RENDERING, "state": State.PLAYING}, "", False),
        ({"render_mode": RenderMode.NO_RENDERING}, "No rendering: press V", True),
        ({"state": State.PAUSED}, "Paused", True),
        ({"state": State.IDLE, "status": "finished"}, "Not running", True),
        ({"state": State.LAUNCHING, "activity": "Creating environment…"}, "Creating environment…", True),
        ({"state": State.STOPPING}, "Stopping…", True),
        ({"viewport_problem": PROBLEM}, "No viewport", True),
    ],
)
def test_the_last_picture_is_dimmed_with_a_word_about_why(show_viewport, tmp_path, changes, title, dim):
    shown = show_viewport(training())
    shown.viewport.serve(SKY)
    shown.driver.tick()
    shown.trainer.serve(**changes)
    shown.driver.tick()
    assert shown.driver.text("viewport_title") == title
    assert shown.driver.shown("viewport_title") == bool(title)
    brightness = color_in_the_sky(shown, tmp_path).sum() / sum(SKY)
    assert brightness < 0.6 if dim else brightness > 0.95
    assert shown.driver.text("viewport_text") == changes.get("viewport_problem", "")


def test_before_the_first_picture_it_says_what_to_do(show_viewport):
    shown = show_viewport(idle(), num_envs=0)
    assert "click Train" in shown.driver.text("viewport_text")
    shown.trainer.serve(state=State.TRAINING, config=CONFIG)
    shown.driver.tick()
    assert shown.driver.text("viewport_title") == "Waiting for the first picture…"


def test_words_stay_inside_a_narrow_viewport(show_viewport):
    shown = show_viewport(training(viewport_problem=PROBLEM), width=240)
    shown.driver.tick()
    text, surface = shown.driver.find("viewport_text"), shown.driver.find("viewport_surface")
    assert text.screen_position_x >= surface.screen_position_x
    assert text.screen_position_x + text.computed_width <= surface.screen_position_x + surface.computed_width


def test_how_many_environments_are_drawn_is_chosen_and_remembered(show_viewport):
    shown = show_viewport(training(), num_envs=64)
    assert shown.driver.options("viewport_show") == ["All", "1", "4", "16"]
    shown.driver.choose("viewport_show", "4")
    assert shown.viewport.of("show")[-1] == [4]
    again = show_viewport(training(), settings=shown.settings, num_envs=64)
    assert again.driver.chosen("viewport_show") == "4"
    assert again.viewport.of("show") == [[4]]


def test_a_thousand_of_thousands_of_environments_are_drawn_by_default(show_viewport):
    shown = show_viewport(training(), num_envs=4096)
    assert shown.driver.chosen("viewport_show") == "1024"
    shown.driver.choose("viewport_show", "All")
    again = show_viewport(training(), settings=shown.settings, num_envs=4096)
    assert again.driver.chosen("viewport_show") == "All"
    assert show_viewport(training(), num_envs=64).driver.chosen("viewport_show") == "All"


@pytest.mark.parametrize("width", [700, 320])
def test_the_largest_number_to_show_is_not_cut_off(show_viewport, omni_ui, width):
    shown = show_viewport(training(), num_envs=4096, width=width)
    measured = omni_ui.Window("Measured", width=100, height=60, position_x=400, position_y=600)
    with measured.frame, omni_ui.HStack():
        text = omni_ui.Label("1024", width=0)
    shown.driver.tick()
    combo = shown.driver.find("viewport_show")
    arrow, padding = combo.computed_height, 4  # the arrow's button is a square
    assert combo.computed_width >= text.computed_width + 2 * padding + arrow
    bar = shown.driver.find("viewport_toolbar")
    assert bar.screen_position_x + bar.computed_width <= width
    measured.destroy()


def test_the_followed_environment_is_typed_stepped_and_remembered(show_viewport):
    shown = show_viewport(training(), num_envs=3)
    follow = shown.driver.find("viewport_follow")
    for expected in (0, 1, 2, None, 0):
        shown.driver.click("viewport_follow_next")
        assert shown.viewport.of("follow")[-1] == [expected]
        assert follow.model.as_string == ("" if expected is None else str(expected))
    shown.driver.click("viewport_follow_previous")
    assert shown.viewport.of("follow")[-1] == [None]
    shown.driver.write("viewport_follow", "2")
    assert shown.viewport.of("follow")[-1] == [2]
    calls = len(shown.viewport.calls)
    for wrong in ("7", "-1", "two"):
        shown.driver.write("viewport_follow", wrong)
        shown.driver.tick()
        assert follow.model.as_string == "2"
    assert len(shown.viewport.calls) == calls
    again = show_viewport(training(), settings=shown.settings, num_envs=3)
    assert again.viewport.of("follow") == [[2]]


def test_choices_are_made_again_in_the_next_run_as_far_as_it_has_the_environments(show_viewport):
    shown = show_viewport(training(), settings=SettingsInMemory(viewport_follow=9, viewport_show=4), num_envs=16)
    assert shown.viewport.of("follow") == [[9]]
    shown.viewport.num_envs = 0
    shown.driver.tick()
    shown.viewport.num_envs = 8
    shown.driver.tick()
    assert shown.viewport.of("follow")[-1] == [None]
    assert shown.viewport.of("show")[-1] == [4]
    shown.viewport.num_envs = 32
    shown.driver.tick()
    assert shown.viewport.of("follow")[-1] == [9]


def test_remembered_nonsense_is_forgotten(show_viewport):
    nonsense = {"viewport_follow": "x", "viewport_show": [1], "overlay_place": {"x": 1}, "overlay_visible": None}
    shown = show_viewport(training(), settings=SettingsInMemory(**nonsense))
    assert shown.viewport.of("follow") == [[None]]
    assert shown.viewport.of("show") == [[1024]]


def test_space_pauses_and_continues_and_two_keys_play_one_step(show_viewport):
    shown = show_viewport(training())
    shown.driver.click("viewport_surface")
    shown.driver.press(SPACE)
    assert len(shown.trainer.of(Pause)) == 1
    shown.trainer.serve(state=State.PAUSED)
    shown.driver.press(SPACE)
    assert (len(shown.trainer.of(Pause)), len(shown.trainer.of(Unpause))) == (1, 1)
    for key in (PERIOD, RIGHT):
        shown.driver.press(key)
    assert len(shown.trainer.of(Step)) == 2
    shown.driver.click("viewport_follow")  # a text field has the keyboard
    for key in (SPACE, PERIOD, RIGHT):
        shown.driver.press(key)
    assert (len(shown.trainer.of(Pause)), len(shown.trainer.of(Step))) == (1, 2)
