# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finding one of many tasks by typing and clicking."""

from __future__ import annotations

import pytest
from helpers.driver import DOWN, ENTER, ESCAPE, UP
from helpers.recording_trainer import LONG_NAME, NO_LIBRARY, TASKS, SettingsInMemory, idle
from rl_trainer_ext.isaac_lab.tasks import Catalogue
from rl_trainer_ext.training.snapshot import Snapshot, State


@pytest.fixture
def driver(show):
    return show().driver


def listed(driver) -> list[str]:
    return [task.name for task in Catalogue(TASKS) if driver.shown(f"task:{task.name}")]


def marked(driver) -> list[str]:
    rows = [widget for widget in driver.widgets() if widget.identifier.startswith("task:")]
    return [row.identifier.removeprefix("task:") for row in rows if row.selected]


def test_the_list_is_closed_until_it_is_asked_for(driver):
    assert not driver.shown("task_filter")
    driver.click("task")
    assert driver.shown("task_filter")
    assert driver.text("task_count") == f"{len(TASKS)} of {len(TASKS)} tasks"
    driver.click("task")
    assert not driver.shown("task_filter")


def test_typing_filters_at_once_without_a_click_into_the_field(driver):
    driver.click("task")
    driver.type("direct cart")
    assert listed(driver) == ["Isaac-Cartpole-Direct"]
    assert driver.text("task_count") == f"1 of {len(TASKS)} tasks"


def test_a_click_chooses(show):
    shown = show()
    shown.driver.click("task")
    shown.driver.type("ant")
    shown.driver.click("task:Isaac-Ant-Direct")
    assert not shown.driver.shown("task_filter")
    assert shown.driver.text("task_name") == "Isaac-Ant-Direct"
    assert shown.settings.values["task"] == "Isaac-Ant-Direct"


def test_the_keyboard_moves_and_chooses(driver):
    driver.click("task")
    driver.type("isaac")
    names = listed(driver)
    assert marked(driver) == [names[0]]
    driver.press(DOWN)
    driver.press(DOWN)
    driver.press(UP)
    assert marked(driver) == [names[1]]
    driver.press(ENTER)
    assert driver.text("task_name") == names[1]
    assert not driver.shown("task_filter")


@pytest.mark.parametrize(
    ("text", "name"), [("ant direct", "Isaac-Ant-Direct"), ("ant", "Isaac-Ant"), ("old", "Isaac-Ant-Old")]
)
def test_enter_chooses_the_closest_match_that_can_be_trained(driver, text, name):
    driver.click("task")
    driver.type(text)
    driver.press(ENTER)
    assert driver.text("task_name") == name


def test_typing_goes_on_after_moving(driver):
    driver.click("task")
    driver.type("cart")
    driver.press(DOWN)
    driver.type("pole dir")
    assert driver.text("task_filter") == "cartpole dir"
    assert listed(driver) == ["Isaac-Cartpole-Direct"]


def test_moving_stops_at_the_ends(driver):
    driver.click("task")
    driver.type("cartpole")
    names = listed(driver)
    driver.press(UP)
    assert marked(driver) == [names[0]]
    for _ in range(len(names) + 2):
        driver.press(DOWN)
    assert marked(driver) == [names[-1]]


def test_escape_closes_and_keeps_the_choice(show):
    driver = show(settings=SettingsInMemory(task="Isaac-Ant")).driver
    driver.click("task")
    driver.type("cart")
    driver.press(ESCAPE)
    assert not driver.shown("task_filter")
    assert driver.text("task_name") == "Isaac-Ant"


def test_no_match_says_so(driver):
    driver.click("task")
    driver.type("zebra")
    assert listed(driver) == []
    assert driver.shown("task_empty")
    assert driver.text("task_empty") == "No task matches “zebra”."
    assert driver.text("task_count") == f"0 of {len(TASKS)} tasks"
    driver.press(ENTER)
    assert driver.shown("task_filter")


def test_the_chosen_task_is_marked_when_the_list_opens_again(show):
    driver = show(settings=SettingsInMemory(task="Isaac-Reach-Arm-25")).driver
    driver.click("task")
    driver.tick(5)
    assert marked(driver) == ["Isaac-Reach-Arm-25"]
    row, frame = driver.find("task:Isaac-Reach-Arm-25"), driver.find("task_list")
    assert frame.screen_position_y <= row.screen_position_y <= frame.screen_position_y + frame.computed_height - 10


def test_the_list_follows_the_marked_row(driver):
    driver.click("task")
    driver.type("arm")
    for _ in range(20):
        driver.press(DOWN)
    row, frame = driver.find(f"task:{marked(driver)[0]}"), driver.find("task_list")
    assert frame.screen_position_y <= row.screen_position_y <= frame.screen_position_y + frame.computed_height - 10


@pytest.mark.parametrize("width", [320, 700])
def test_a_long_name_stays_inside_and_is_whole_in_the_tooltip(show, width):
    shown = show(width=width, settings=SettingsInMemory(task=LONG_NAME))
    name = shown.driver.find("task_name")
    assert name.text == LONG_NAME
    assert name.screen_position_x + name.computed_width < shown.window.frame.screen_position_x + width
    assert shown.driver.find("task").tooltip == LONG_NAME


def test_a_task_without_a_library_says_so_and_cannot_be_started(show):
    driver = show().driver
    driver.click("task")
    driver.type("vision")
    driver.press(ENTER)
    assert driver.shown("problem")
    assert driver.text("problem").startswith(f"{NO_LIBRARY} has no configuration for RSL-RL or Stable-Baselines3")
    assert not driver.find("train").enabled
    assert not driver.find("play").enabled


def test_while_loading_there_is_nothing_to_open(show):
    shown = show(Snapshot(state=State.LOADING))
    shown.driver.click("task")
    assert not shown.driver.shown("task_filter")
    shown.trainer.served = idle()
    shown.driver.tick()
    shown.driver.click("task")
    assert shown.driver.text("task_count") == f"{len(TASKS)} of {len(TASKS)} tasks"


def test_a_run_closes_the_list(show):
    shown = show(settings=SettingsInMemory(task="Isaac-Ant"))
    shown.driver.click("task")
    shown.trainer.serve(state=State.TRAINING)
    shown.driver.tick()
    assert not shown.driver.shown("task_filter")
    shown.driver.click("task")
    assert not shown.driver.shown("task_filter")
