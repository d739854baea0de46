# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The scalar that is drawn is one of thousands, and is found by typing."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.browsed import Browsed
from helpers.counting import TickingClock, calls
from helpers.driver import DOWN, ENTER, ESCAPE, UP
from helpers.recording_trainer import SettingsInMemory
from helpers.runs_on_disk import age, make_run, tensorboard_writer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

TAGS = ["Train/mean_reward", "Episode_Reward/alive", "Episode_Reward/pole_pos", "Loss/value", "Loss/surrogate"]


def run_of(root: Path, tags: list[str], steps: int = 3, values: int = 500) -> Path:
    """A run with these tags, ``values`` of them in an event."""
    run_dir = make_run(root)
    with tensorboard_writer(run_dir) as writer:
        for step in range(steps):
            for start in range(0, len(tags), values):
                summary = Summary(
                    value=[Summary.Value(tag=tag, simple_value=step) for tag in tags[start : start + values]]
                )
                writer.add_event(Event(wall_time=1.79e9 + step, step=step, summary=summary))
    age(run_dir)
    return run_dir


@pytest.fixture
def browsed(browse, tmp_path) -> Browsed:
    run_of(tmp_path / "logs", TAGS)
    browsed = browse()
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    return browsed


def listed(driver) -> list[str]:
    prefix = "compare_tag_label:"
    return [widget.text for widget in driver.widgets() if widget.identifier.startswith(prefix)]


def marked(driver) -> list[str]:
    prefix = "compare_tag_label:"
    return [widget.text for widget in driver.widgets() if widget.identifier.startswith(prefix) and widget.selected]


def test_the_list_takes_the_place_of_the_chart_until_a_tag_is_chosen(browsed):
    driver = browsed.driver
    assert driver.text("compare_tag_name") == "Train/mean_reward"
    assert driver.shown("chart")
    driver.click("compare_tag")
    assert listed(driver) == TAGS
    assert not driver.shown("chart")
    driver.click("compare_tag:Loss/value")
    assert driver.text("compare_tag_name") == "Loss/value"
    assert not driver.shown("compare_tag_filter")
    browsed.settle()
    assert driver.shown("chart")
    assert browsed.settings.values["compare_tag"] == "Loss/value"


def test_any_words_filter_and_the_keyboard_moves_and_chooses(browsed):
    driver = browsed.driver
    driver.click("compare_tag")
    driver.type("REWARD e")
    assert listed(driver) == TAGS[:3]
    assert driver.text("compare_tag_count") == "3 of 5 scalars"
    driver.press(DOWN)
    driver.press(DOWN)
    driver.press(UP)
    assert marked(driver) == TAGS[1:2]
    driver.type(" pole")
    assert marked(driver) == TAGS[2:3]
    driver.press(ENTER)
    assert driver.text("compare_tag_name") == TAGS[2]
    assert browsed.selected == [0]  # the keys were not for the table


def test_escape_closes_and_a_filter_without_match_says_so(browsed):
    driver = browsed.driver
    driver.click("compare_tag")
    driver.type("nonsense")
    assert driver.text("compare_tag_empty") == "No scalar matches “nonsense”."
    driver.press(ENTER)
    assert driver.shown("compare_tag_filter")
    driver.press(ESCAPE)
    assert not driver.shown("compare_tag_filter")
    assert driver.text("compare_tag_name") == "Train/mean_reward"


def test_the_choice_of_the_last_time_is_drawn_again(browse, tmp_path):
    run_of(tmp_path / "logs", TAGS)
    browsed = browse(settings=SettingsInMemory(compare_tag="Loss/value"))
    browsed.click_row(0)
    browsed.driver.click("runs_tab:curves")
    browsed.settle()
    assert browsed.driver.text("compare_tag_name") == "Loss/value"


@pytest.mark.slow
@pytest.mark.parametrize("values", [1, 500])
def test_thousands_of_tags_are_listed_while_they_are_read(browse, tmp_path, monkeypatch, values):
    from rl_trainer_ext.metrics import EventReader
    from rl_trainer_ext.metrics import reading as curves
    from rl_trainer_ext.runs import reading as runs
    from rl_trainer_ext.ui.runs import browser as run_browser
    from rl_trainer_ext.ui.runs import comparison

    tags = [f"Group{number % 40}/tag_{number}" for number in range(12_345)]
    run_dir = run_of(tmp_path / "logs", tags, steps=8, values=values)
    at_once = calls(EventReader(run_dir, tmp_path / "other").read)
    # a slice is fifty looks at the clock, on every machine
    clock = TickingClock(2e-5)
    monkeypatch.setattr(curves, "EventReader", partial(EventReader, clock=clock))
    # the cache is written a block a look, each of which is as much as many values
    monkeypatch.setattr(curves, "CACHED_FROM", 10**9)
    monkeypatch.setattr(runs, "time", SimpleNamespace(time=time.time, monotonic=clock))
    monkeypatch.setattr(comparison, "READING_SLICE", 0.001)
    monkeypatch.setattr(run_browser, "REFRESH_SLICE", 0.001)
    browsed = browse(width=320)
    driver, updates = browsed.driver, []
    update = browsed.browser.update

    def measured() -> None:
        updates.append(calls(update))

    monkeypatch.setattr(browsed.browser, "update", measured)
    driver.click("runs_tab:curves")
    browsed.click_row(0)
    driver.click("compare_tag")
    while driver.text("compare_tag_count") != "12,345 of 12,345 scalars":
        driver.tick(1)
    assert "reading…" in driver.text("compare_caption")
    assert len(listed(driver)) < 30
    while "reading…" in driver.text("compare_caption"):
        driver.tick(1)
    driver.type("group7/ 12")
    assert driver.text("compare_tag_count") == "27 of 12,345 scalars"
    driver.press(ENTER)
    browsed.settle()
    assert driver.text("compare_tag_name") == "Group7/tag_127"
    assert driver.text("legend_value:0") == "7"
    assert max(updates) < at_once / 8
