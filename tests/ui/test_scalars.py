# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Picking scalars: grouped, filtered, remembered, and joined by new ones without a rebuild."""

from __future__ import annotations

import pytest
from recording_trainer import SettingsInMemory, idle, learning_metrics
from rl_trainer_ext.metrics import Metrics
from rl_trainer_ext.snapshot import State


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


def test_before_the_first_run_the_list_says_what_it_is_for(show):
    shown = show(settings=SettingsInMemory(section_learning=True))
    assert shown.driver.text("scalar_empty") == "Scalars appear here when a training logs them."
