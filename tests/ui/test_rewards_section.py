# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reward weights in the panel: overrides before a training, commands during one, and marks on the curves."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.form import choose_task, trained
from helpers.made_up_settings import made_up_settings
from helpers.recording_trainer import SettingsInMemory, learning_metrics
from rl_trainer_ext.metrics import MEAN_REWARD, Mark, Series
from rl_trainer_ext.training.commands import SetRewardWeight
from rl_trainer_ext.training.snapshot import State

TASK = "Isaac-Cartpole"


class LiveWeightsDouble:
    """The weights of a training that a test made; the real ones read the environment's reward manager."""

    def __init__(self, **weights: float) -> None:
        self.values = weights

    @property
    def weights(self) -> tuple[tuple[str, float], ...]:
        return tuple(self.values.items())


@pytest.fixture
def shown(show: Any) -> Any:
    shown = show(settings=SettingsInMemory(section_rewards=False, section_advanced=False))
    shown.trainer.settings[TASK] = made_up_settings()
    choose_task(shown.driver, TASK)
    return shown


def test_before_a_training_a_weight_is_an_override(shown: Any) -> None:
    driver = shown.driver
    assert driver.text("reward_weight:alive") == "1.0"
    driver.write("reward_weight:alive", "2.5")
    assert driver.text("overrides") == "env.rewards.alive.weight=2.5"
    assert trained(shown).overrides == ("env.rewards.alive.weight=2.5",)
    driver.find("overrides").scroll_here_y(0.5)
    driver.tick(3)
    driver.write("overrides", "env.rewards.alive.weight=3")
    assert driver.text("reward_weight:alive") == "3"
    driver.click("reward_reset:alive")
    assert (driver.text("overrides"), driver.text("reward_weight:alive")) == ("", "1.0")


@pytest.mark.parametrize("typed", ["heavy", "inf"])
def test_a_weight_that_is_no_number_is_refused_before_a_training(shown: Any, typed: str) -> None:
    shown.driver.write("reward_weight:alive", typed)
    assert "env.rewards.alive.weight is a number, now 1.0, not" in shown.driver.text("rewards_problem")
    assert shown.driver.find("reward_weight:alive").name == "invalid"
    shown.driver.write("reward_weight:alive", "")
    assert not shown.driver.shown("rewards_problem")


def test_tasks_without_reward_terms_have_no_section(shown: Any) -> None:
    assert shown.driver.shown("section_rewards")
    choose_task(shown.driver, "Isaac-Ant-Direct")
    assert not shown.driver.shown("section_rewards")


def test_during_a_training_a_weight_is_a_command(shown: Any) -> None:
    live = LiveWeightsDouble(alive=1.0, upright=-0.25)
    shown.trainer.serve(state=State.TRAINING, status="running", rewards=live)
    shown.driver.tick(3)
    assert shown.driver.text("reward_weight:upright") == "-0.25"
    shown.driver.write("reward_weight:alive", "2.5")
    assert shown.trainer.of(SetRewardWeight) == [SetRewardWeight("alive", 2.5)]
    assert shown.driver.text("reward_weight:alive") == "2.5"  # although it is not applied yet
    live.values["alive"] = 2.5
    shown.driver.tick(3)
    live.values["alive"] = 0.125  # by a curriculum
    shown.driver.tick(3)
    assert shown.driver.text("reward_weight:alive") == "0.125"
    assert shown.settings.values["overrides"] == ""


@pytest.mark.parametrize("typed", ["nan", ""])
def test_a_weight_that_is_no_number_is_refused_during_a_training(shown: Any, typed: str) -> None:
    shown.trainer.serve(state=State.TRAINING, status="running", rewards=LiveWeightsDouble(alive=1.0))
    shown.driver.tick(3)
    shown.driver.write("reward_weight:alive", typed)
    assert shown.driver.text("rewards_problem") == f"The weight of alive must be a finite number, not '{typed}'."
    assert shown.trainer.of(SetRewardWeight) == []
    assert shown.driver.text("reward_weight:alive") == "1"


def test_after_the_training_the_weights_are_those_of_the_form_again(shown: Any) -> None:
    shown.trainer.serve(state=State.TRAINING, status="running", rewards=LiveWeightsDouble(other=3.0))
    shown.driver.tick(3)
    assert "reward_weight:alive" not in shown.driver.identifiers()
    shown.trainer.serve(state=State.IDLE, status="finished")
    shown.driver.tick(3)
    assert shown.driver.text("reward_weight:alive") == "1.0"


def test_a_change_is_a_mark_on_the_curves(shown: Any) -> None:
    metrics = learning_metrics(100)
    reward = metrics.series(MEAN_REWARD)
    shown.trainer.serve(state=State.TRAINING, status="running", metrics=metrics)
    shown.driver.tick(8)
    assert "plot_reward_mark:0" not in shown.driver.identifiers()
    metrics.marks.append(Mark(float(reward.wall_times()[49]), "alive 1 to 2 at iteration 50"))
    metrics.add(MEAN_REWARD, 1.0, 100)
    shown.driver.tick(8)
    mark, plot = shown.driver.reveal("plot_reward_mark:0"), shown.driver.find("plot_reward_plot")
    assert mark.tooltip == "alive 1 to 2 at iteration 50"
    share = (mark.screen_position_x + mark.computed_width / 2 - plot.screen_position_x) / plot.computed_width
    assert share == pytest.approx(0.49, abs=0.02)


def test_marks_are_placed_on_curves_that_are_not_drawn_again(shown: Any) -> None:
    """Such as those of a training that has ended, in a section that is unfolded afterwards."""
    metrics = learning_metrics(100)
    times = metrics.series(MEAN_REWARD).wall_times()
    metrics.marks += [Mark(float(times[30]), "a"), Mark(float(times[70]), "b")]
    shown.trainer.serve(status="finished", metrics=metrics)
    shown.driver.tick(8)
    first, second = shown.driver.find("plot_reward_mark:0"), shown.driver.find("plot_reward_mark:1")
    plot = shown.driver.find("plot_reward_plot")
    assert second.screen_position_x - first.screen_position_x == pytest.approx(0.404 * plot.computed_width, abs=2)


def test_the_step_of_a_time_is_that_of_the_point_before_it() -> None:
    series = Series("reward")
    assert series.step_at(5.0) is None
    for step in range(3):
        series.append(10 * step, 1.0, wall_time=float(step))
    assert [series.step_at(time) for time in (-1.0, 0.0, 1.5, 9.0)] == [None, 0.0, 10.0, 20.0]
