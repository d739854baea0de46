# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Picking scalars: grouped, filtered, remembered, and joined by new ones without a rebuild."""

from __future__ import annotations

import pytest
from recording_trainer import SettingsInMemory, idle, learning_metrics
from rl_trainer_ext.metrics import MEAN_REWARD, Metrics
from rl_trainer_ext.training.snapshot import State


@pytest.fixture
def shown(show):
    settings = SettingsInMemory(task="Isaac-Ant", section_task=True, section_checkpoint=True, section_learning=True)
    return show(idle(state=State.TRAINING, metrics=learning_metrics(20)), settings=settings)


def listed(driver) -> list[str]:
    names = [name.removeprefix("scalar:") for name in driver.identifiers() if name.startswith("scalar:")]
    return sorted(name for name in names if driver.shown(f"scalar:{name}"))


def plots(driver) -> list[str]:
    tags = [name.removeprefix("scalar:") for name in driver.identifiers() if name.startswith("scalar:")]
    return sorted(tag for tag in tags if driver.shown(f"plot:{tag}"))


def test_every_scalar_but_those_with_plots_of_their_own_is_listed(shown):
    assert len(listed(shown.driver)) == 10
    assert not any(tag.startswith("Train/") for tag in listed(shown.driver))
    assert plots(shown.driver) == []


def test_a_checked_scalar_gets_a_plot_and_is_remembered(shown):
    shown.driver.click("scalar:Loss/value")
    assert plots(shown.driver) == ["Loss/value"]
    assert shown.settings.values["scalars"] == ["Loss/value"]
    shown.driver.tick(10)
    last = shown.trainer.served.metrics.last("Loss/value")
    assert shown.driver.text("plot:Loss/value_value") == f"{last:.4g}"
    shown.driver.click("scalar:Loss/value")
    assert plots(shown.driver) == []
    assert shown.settings.values["scalars"] == []


def test_a_scalar_can_be_picked_again(shown):
    for _ in range(3):
        shown.driver.click("scalar:Loss/value")
    assert plots(shown.driver) == ["Loss/value"]


def test_a_new_tag_joins_without_rebuilding_the_others(shown):
    before = shown.driver.find("scalar:Loss/value")
    metrics = shown.trainer.served.metrics
    metrics.add("Loss/brand_new", 1.0, 0)
    metrics.add("Other_Group/thing", 1.0, 0)
    metrics.add("plain", 1.0, 0)
    shown.driver.tick()
    assert {"Loss/brand_new", "Other_Group/thing", "plain"} <= set(listed(shown.driver))
    assert shown.driver.find("scalar:Loss/value") is before


def test_the_filter_hides_what_does_not_match(shown):
    shown.driver.click("scalar_filter")
    shown.driver.type("loss va")
    assert listed(shown.driver) == ["Loss/value"]
    shown.driver.type("zebra")
    assert listed(shown.driver) == []
    assert shown.driver.text("scalar_empty") == "No scalar matches “loss vazebra”."


def test_picked_tags_of_another_session_are_plotted_once_they_are_logged(show):
    settings = SettingsInMemory(task="Isaac-Ant", scalars=["Loss/late"], section_task=True)
    metrics = Metrics()
    metrics.add("Loss/early", 1.0, 0)
    shown = show(idle(state=State.TRAINING, metrics=metrics), settings=settings)
    assert plots(shown.driver) == []
    metrics.add("Loss/late", 2.0, 0)
    shown.driver.tick()
    assert plots(shown.driver) == ["Loss/late"]
    assert shown.driver.find("scalar:Loss/late").model.as_bool


def test_another_run_starts_over_and_keeps_the_picks(shown):
    shown.driver.click("scalar:Loss/value")
    metrics = Metrics()
    metrics.add("Loss/value", 12.5, 0)
    shown.trainer.serve(metrics=metrics)
    shown.driver.tick(10)
    assert listed(shown.driver) == ["Loss/value"]
    assert shown.driver.text("plot:Loss/value_value") == "12.5"


def test_the_next_run_uses_the_rows_that_it_shares_with_the_last(shown):
    before = shown.driver.find("scalar:Loss/value")
    metrics = Metrics()
    metrics.add("Loss/value", 12.5, 0)
    metrics.add("Loss/other", 1.0, 0)
    shown.trainer.serve(metrics=metrics)
    shown.driver.tick()
    assert listed(shown.driver) == ["Loss/other", "Loss/value"]
    assert shown.driver.find("scalar:Loss/value") is before
    assert shown.driver.text("scalar_count") == "0 of 2 shown"


def test_before_the_first_run_the_list_says_what_it_is_for(show):
    shown = show(settings=SettingsInMemory(section_learning=True))
    assert shown.driver.text("scalar_empty") == "Scalars appear here when a training logs them."


class TestMany:
    """More scalars than there is room for, all of them picked."""

    TAGS = tuple(f"Loss/{index:02d}" for index in range(24))

    @pytest.fixture
    def many(self, show):
        settings = SettingsInMemory(task="Isaac-Ant", scalars=list(self.TAGS), section_task=True)
        metrics = Metrics()
        metrics.add(MEAN_REWARD, 1.0, 0)
        shown = show(idle(state=State.TRAINING, metrics=metrics), settings=settings)
        for tag in self.TAGS:
            metrics.add(tag, 1.0, 0)
        return shown

    def log(self, many, value: float) -> None:
        for tag in self.TAGS:
            many.trainer.served.metrics.add(tag, value, 1)

    def values(self, many) -> list[str]:
        return [many.driver.text(f"plot:{tag}_value") for tag in self.TAGS]

    def test_they_are_built_over_several_frames(self, many):
        many.panel.update()
        assert len(listed(many.driver)) == 8
        assert len(plots(many.driver)) == 2
        many.driver.tick(12)
        assert listed(many.driver) == plots(many.driver) == list(self.TAGS)

    def test_only_what_can_be_seen_is_redrawn_and_the_rest_when_it_is_scrolled_into_sight(self, many):
        many.driver.tick(15)
        many.driver.reveal(f"plot:{self.TAGS[0]}").scroll_here_y(0.0)
        many.driver.tick(3)
        self.log(many, 7.0)
        many.driver.tick(10)
        drawn = [value == "7" for value in self.values(many)]
        assert drawn[0]
        assert not drawn[-1]
        assert sum(drawn) < 10
        height = many.driver.find(f"plot:{self.TAGS[-1]}").computed_height
        many.driver.reveal(f"plot:{self.TAGS[-1]}")
        many.driver.tick(10)
        assert self.values(many)[-1] == "7"
        assert many.driver.find(f"plot:{self.TAGS[0]}").computed_height == height == 126  # hidden ones keep their place

    def test_each_has_its_turn_however_little_time_there_is(self, many, monkeypatch):
        from rl_trainer_ext.ui.panel import scalars

        monkeypatch.setattr(scalars, "_MARGIN", 1e6)  # all in sight
        many.driver.tick(15)
        monkeypatch.setattr(scalars, "SECONDS_A_FRAME", 0.0)
        self.log(many, 7.0)
        many.driver.tick(12)
        assert 9 <= self.values(many).count("7") <= 14  # one a frame
        many.driver.tick(14)
        assert self.values(many).count("7") == len(self.TAGS)
