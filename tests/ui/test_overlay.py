# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The reward in the viewport: what it says, where it lies, and that it can be put out of the way."""

from __future__ import annotations

import pytest
from helpers.driver import H
from helpers.recording_trainer import idle, learning_metrics
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.snapshot import State

CONFIG = RunConfig("Isaac-Cartpole-Direct", "rsl_rl")


def training(**changes):
    values = {
        "state": State.TRAINING,
        "config": CONFIG,
        "iteration": 12,
        "total_iterations": 300,
        "steps_per_second": 98_231.4,
        "mean_reward": 12.5,
        "metrics": learning_metrics(40),
    }
    return idle(**(values | changes))


def place(shown) -> tuple[float, float]:
    """Returns the position of the card in the viewport."""
    card, surface = shown.driver.find("overlay"), shown.driver.find("viewport_surface")
    return card.screen_position_x - surface.screen_position_x, card.screen_position_y - surface.screen_position_y


def inside(shown) -> bool:
    """Whether all of the card is to be seen, and the toolbar free."""
    from rl_trainer_ext.ui.viewport.overlay import HEIGHT, WIDTH
    from rl_trainer_ext.ui.viewport.toolbar import HEIGHT as TOOLBAR

    x, y = place(shown)
    surface = shown.driver.find("viewport_surface")
    return 0 <= x <= surface.computed_width - WIDTH and TOOLBAR <= y <= surface.computed_height - HEIGHT


def drag_card(shown, right: float, down: float) -> None:
    """Drags the card by the curve in its middle."""
    from omni.ui import testing

    card = shown.driver.find("overlay")
    x, y = card.screen_position_x + 100, card.screen_position_y + 60
    shown.driver.act(testing.mouse_drag(x, y, x + right, y + down, steps=3))
    shown.driver.tick()


def test_it_says_how_the_training_is_going(show_viewport):
    shown = show_viewport(training())
    driver = shown.driver
    assert driver.text("overlay_value") == "12.5"
    assert driver.text("overlay_progress") == "Iteration 12 of 300"
    assert driver.text("overlay_rate") == "98,231 steps/s"
    assert driver.text("overlay_mode") == "Partial rendering"
    assert driver.shown("overlay_plot")
    shown.trainer.serve(render_mode=RenderMode.NO_RENDERING, mean_reward=13.25, iteration=13)
    driver.tick()
    assert driver.text("overlay_mode") == "No rendering"
    assert driver.text("overlay_value") == "13.25"
    assert driver.text("overlay_progress") == "Iteration 13 of 300"


def test_the_curve_follows_the_reward(show_viewport):
    shown = show_viewport(training())
    plot = shown.driver.find("overlay_plot")
    assert plot.scale_max < 1000
    shown.trainer.served.metrics.add(MEAN_REWARD, 5000.0, 41)
    shown.driver.tick(6)
    assert plot.scale_max > 5000


def test_there_is_none_before_the_first_run(show_viewport):
    shown = show_viewport(idle())
    assert not shown.driver.shown("overlay")
    shown.trainer.serve(state=State.LAUNCHING, config=CONFIG)
    shown.driver.tick()
    assert shown.driver.shown("overlay")
    assert shown.driver.shown("overlay_empty")
    assert shown.driver.text("overlay_empty") == "No data yet"


def test_a_playback_has_a_reward_when_an_episode_has_ended(show_viewport):
    shown = show_viewport(training(state=State.PLAYING, playing=True, metrics=Metrics(), mean_reward=None))
    assert shown.driver.text("overlay_empty") == "No finished episode yet"
    assert shown.driver.shown("overlay_empty")
    shown.trainer.served.metrics.add(MEAN_REWARD, 290.0, 300)
    shown.trainer.serve(mean_reward=290.0)
    shown.driver.tick(6)
    assert not shown.driver.shown("overlay_empty")
    assert shown.driver.text("overlay_value") == "290"


def test_it_is_dragged_and_stays_where_it_was_put(show_viewport):
    shown = show_viewport(training())
    x, y = place(shown)
    drag_card(shown, 150, -120)
    assert place(shown) == pytest.approx((x + 150, y - 120), abs=1)
    assert not shown.viewport.of("orbit")
    again = show_viewport(training(), settings=shown.settings)
    assert place(again) == pytest.approx((x + 150, y - 120), abs=1)


@pytest.mark.parametrize(("right", "down"), [(-2000, 2000), (2000, -2000)])
def test_it_cannot_be_dragged_out_of_sight(show_viewport, right, down):
    shown = show_viewport(training())
    drag_card(shown, right, down)
    assert inside(shown)
    drag_card(shown, -right / 50, -down / 50)
    assert inside(shown)


def test_it_stays_in_sight_in_a_viewport_that_shrinks(show_viewport):
    shown = show_viewport(training())
    assert inside(shown)
    shown.window.width, shown.window.height = 330, 260
    shown.driver.tick(6)
    assert shown.driver.find("viewport_surface").computed_width < 330
    assert inside(shown)
    shown.window.height = 120  # no room for it
    shown.driver.tick(6)
    assert not shown.driver.shown("overlay")
    shown.window.height = 500
    shown.driver.tick(6)
    assert inside(shown)


def test_it_is_hidden_and_comes_back(show_viewport):
    shown = show_viewport(training())
    driver = shown.driver
    driver.click("overlay_hide")
    assert not driver.shown("overlay")
    shown.drag(30, 30, start=(0.1, 0.9))  # where it was, the viewport has the mouse
    assert shown.viewport.of("orbit")
    driver.click("viewport_curve")
    assert driver.shown("overlay")
    driver.press(H)
    assert not driver.shown("overlay")
    again = show_viewport(training(), settings=shown.settings)
    assert not again.driver.shown("overlay")
    again.driver.click("viewport_surface")
    again.driver.press(H)
    assert again.driver.shown("overlay")


def test_it_leaves_nothing_behind(show_viewport):
    shown = show_viewport(training())
    shown.overlay.destroy()
    with pytest.raises(LookupError):
        shown.driver.find("overlay")
