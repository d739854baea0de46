# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""All settings of a task as a tree: search, editors, marks, reset, copy and paste; the same overrides as the form's."""

from __future__ import annotations

from typing import Any

import pytest
from helpers.driver import CONTROL, DOWN, ENTER, ESCAPE, RIGHT, UP, C, F, V
from helpers.form import choose_task, trained
from helpers.made_up_settings import made_up_settings
from helpers.recording_trainer import LONG_NAME, SettingsInMemory
from rl_trainer_ext.hosts.standalone.desktop import Desktop
from rl_trainer_ext.training.commands import Describe
from rl_trainer_ext.training.snapshot import State

TASK = "Isaac-Cartpole"
DELETE = 261


class ClipboardDouble:
    """A clipboard of the test's own: the desktop's is shared by all tests that run at the same time."""

    text = ""

    def copy(self, text: str) -> None:
        self.text = text

    def paste(self) -> str:
        return self.text


@pytest.fixture
def opened(show: Any) -> Any:
    def opened(width: int = 420, task: str = TASK, written: str = "") -> Any:
        settings = SettingsInMemory(section_advanced=False, section_learning=True)
        clipboard = ClipboardDouble()
        shown = show(width=width, height=520, settings=settings, clipboard=clipboard)
        shown.clipboard = clipboard
        shown.trainer.settings[task] = made_up_settings({"gamma": 0.99})
        choose_task(shown.driver, task)
        if written:
            shown.driver.write("overrides", written)
        shown.driver.find("settings").scroll_here_y(0.5)
        shown.driver.tick(2)
        shown.driver.click("settings")
        return shown

    return opened


def _keys(shown: Any) -> list[str]:
    """The keys of the rows in sight, from the top."""
    rows = [one for one in shown.driver.widgets() if one.identifier.startswith("setting:")]
    return [one.identifier[8:] for one in sorted(rows, key=lambda one: one.screen_position_y)]


def _problem(shown: Any) -> str:
    rows = [one for one in shown.driver.widgets() if one.identifier.startswith("setting_problem:")]
    return " ".join(one.text for one in sorted(rows, key=lambda one: one.screen_position_y) if hasattr(one, "text"))


def _written(shown: Any) -> str:
    return shown.settings.values["overrides"]


def test_the_tree_opens_in_place_of_the_form_and_closes(opened: Any) -> None:
    shown = opened()
    assert _keys(shown) == [
        *("env", "env.sim", "env.rewards", "env.name", "env.seed", "env.many", "agent", "agent.gamma")
    ]
    assert not shown.driver.shown("num_envs")
    assert shown.driver.text("settings_title") == TASK
    assert shown.driver.text("settings_count") == "0 changed of 309"
    shown.driver.click("setting_name:env.sim")
    assert _keys(shown)[2:6] == ["env.sim.dt", "env.sim.gravity", "env.sim.use_fabric", "env.sim.mode"]
    shown.driver.click("setting_name:env.sim")
    assert "env.sim.dt" not in _keys(shown)
    shown.driver.click("settings_close")
    assert shown.driver.shown("num_envs")


def test_search_finds_as_one_types(opened: Any) -> None:
    shown = opened()
    shown.driver.type("weight alive")  # opening puts the cursor there
    assert _keys(shown) == ["env", "env.rewards", "env.rewards.alive", "env.rewards.alive.weight"]
    shown.driver.write("settings_search", "nothing like it")
    assert _keys(shown) == []
    assert shown.driver.text("settings_words") == "No setting matches “nothing like it”."


def test_each_kind_of_value_is_changed_and_is_an_override_of_the_form(opened: Any) -> None:
    shown = opened()
    shown.driver.click("setting_name:env.sim")
    shown.driver.write("setting_value:env.sim.dt", "0.01")
    shown.driver.write("setting_value:env.sim.gravity", "(0,0,-1)")
    shown.driver.click("setting_check:env.sim.use_fabric")
    shown.driver.choose("setting_choice:env.sim.mode", "slow")
    shown.driver.write("setting_value:env.name", "1.5")
    expected = "env.sim.dt=0.01 'env.sim.gravity=(0,0,-1)' env.sim.use_fabric=false env.sim.mode=slow"
    assert _written(shown) == f"""{expected} 'env.name='"'"'1.5'"'"''"""
    assert shown.driver.text("settings_count") == "5 changed of 309"
    assert trained(shown).overrides[-1] == "env.name='1.5'"
    shown.driver.click("settings_close")
    assert shown.driver.text("overrides") == _written(shown)


def test_what_is_written_in_the_form_is_shown_here_and_reset(opened: Any) -> None:
    shown = opened(written="env.sim.dt=0.5 agent.gamma=0.9 env.no_such=1")
    assert shown.driver.text("setting_value:agent.gamma") == "0.9"
    assert "env.no_such" in _keys(shown)
    assert "has no 'no_such'" in _problem(shown)
    shown.driver.click("settings_changed")
    assert _keys(shown) == ["env", "env.sim", "env.sim.dt", "agent", "agent.gamma", "env.no_such"]
    shown.driver.click("setting_reset:env.no_such")
    shown.driver.write("setting_value:env.sim.dt", "0.02")  # the task's value
    assert _written(shown) == "agent.gamma=0.9"
    shown.driver.write("setting_value:agent.gamma", "")
    assert _written(shown) == ""
    assert shown.driver.text("settings_words") == "Nothing is changed."


def test_reset_all_keeps_presets_that_are_chosen_by_name(opened: Any) -> None:
    shown = opened(written="physics=newton_mjwarp env.sim.dt=0.5 +env.x=1")
    assert shown.driver.text("settings_count") == "2 changed of 309"
    shown.driver.click("settings_reset_all")
    assert _written(shown) == "physics=newton_mjwarp"


def test_a_refused_value_stays_with_its_sentence_at_the_row(opened: Any) -> None:
    key, typed, shown = "env.sim.gravity", "[a]", opened()
    shown.driver.click("setting_name:env.sim")
    shown.driver.write(f"setting_value:{key}", typed)
    assert shown.driver.text(f"setting_value:{key}") == typed
    assert shown.driver.find(f"setting_value:{key}").name == "invalid"
    sentence = shown.trainer.settings[TASK].problem(f"{key}={typed}")
    assert " ".join(_problem(shown).split()) == sentence
    shown.driver.write(f"setting_value:{key}", "")
    assert _problem(shown) == _written(shown) == ""


def test_an_alternative_of_a_section_is_chosen_and_the_settings_are_read_with_it(opened: Any) -> None:
    shown = opened()
    shown.driver.choose("setting_choice:env.rewards", "sparse")
    assert _written(shown) == "env.rewards=sparse"
    assert shown.trainer.of(Describe)[-1].overrides == ("env.rewards=sparse",)
    shown.driver.choose("setting_choice:env.rewards", "default")
    assert _written(shown) == ""
    assert shown.trainer.of(Describe)[-1].overrides == ()


def test_overrides_are_copied_and_pasted(opened: Any) -> None:
    shown = opened(written="env.sim.dt=0.5 'env.name=two words'")
    clipboard = shown.clipboard
    shown.driver.click("settings_copy")
    assert clipboard.text == "env.sim.dt=0.5 'env.name=two words'"
    clipboard.text = "env.sim.dt=0.25\nagent.gamma=0.5"
    shown.driver.click("settings_paste")
    assert _written(shown) == "env.sim.dt=0.25 'env.name=two words' agent.gamma=0.5"
    for text, sentence in [
        ("", "The clipboard has no overrides"),
        ("just words", "'just' is not a Hydra override"),
        ("env.name='open", "a quote is not closed"),
    ]:
        clipboard.text = text
        shown.driver.click("settings_paste")
        assert sentence in shown.driver.text("settings_problem")
    assert _written(shown) == "env.sim.dt=0.25 'env.name=two words' agent.gamma=0.5"


def test_the_clipboard_is_that_of_the_window(omni_ui: Any) -> None:
    desktop = Desktop()
    desktop.copy("env.name='ä'")
    assert desktop.paste() == "env.name='ä'"


def test_the_keyboard_does_all_of_it(opened: Any) -> None:
    shown = opened()
    driver = shown.driver
    driver.press(ENTER)  # leaves the search
    for key in (DOWN, DOWN, RIGHT, DOWN):
        driver.press(key)
    driver.press(ENTER)
    driver.type("0.7")
    driver.press(ENTER)
    assert "0.7" in _written(shown)
    clipboard = shown.clipboard
    driver.hold(CONTROL, True)
    driver.press(C)
    assert clipboard.text == _written(shown)
    clipboard.text = "agent.gamma=0.1"
    driver.press(V)
    assert _written(shown).endswith("agent.gamma=0.1")
    driver.press(F)
    driver.hold(CONTROL, False)
    driver.type("gamma")
    assert _keys(shown) == ["agent", "agent.gamma"]
    driver.press(ENTER)
    driver.press(UP)
    driver.press(DOWN)
    driver.press(DELETE)
    assert "gamma" not in _written(shown)
    driver.press(ESCAPE)
    assert driver.shown("num_envs")


def test_what_is_typed_belongs_to_its_row_although_the_list_scrolls(opened: Any) -> None:
    shown = opened()
    shown.driver.click("setting_name:env.many")
    shown.driver.click("setting_value:env.many.joint_002")
    shown.driver.type("5")
    shown.driver.find("settings_list").scroll_y = 3000.0
    shown.driver.tick(3)
    shown.driver.press(ENTER)
    assert _written(shown).startswith("env.many.joint_002=")


def test_only_rows_in_sight_have_widgets(opened: Any) -> None:
    shown = opened()
    shown.driver.click("setting_name:env.many")
    built = sum(1 for _ in shown.driver.widgets_in(shown.driver.find("settings_list")))
    shown.driver.find("settings_list").scroll_y = 4000.0
    shown.driver.tick(3)
    assert "env.many.joint_150" in _keys(shown)
    assert sum(1 for _ in shown.driver.widgets_in(shown.driver.find("settings_list"))) <= 1.1 * built


def test_nothing_is_changed_while_a_run_goes(opened: Any) -> None:
    shown = opened(written="env.sim.dt=0.5")
    shown.trainer.serve(state=State.TRAINING)
    shown.driver.tick(3)
    assert not shown.driver.find("settings_paste").enabled
    assert not shown.driver.find("settings_reset_all").enabled
    assert not shown.driver.find("setting_value:agent.gamma").enabled


def test_a_field_that_cannot_be_read_says_so(opened: Any) -> None:
    shown = opened(written="env.name='open")
    assert "a quote is not closed" in shown.driver.text("settings_problem")
    assert not shown.driver.find("setting_value:agent.gamma").enabled


def test_a_task_without_known_settings_says_why(show: Any) -> None:
    shown = show(clipboard=ClipboardDouble())
    shown.driver.click("settings")
    assert shown.driver.text("settings_words") == "Choose a task to see its settings."
    shown.trainer.problems[TASK] = "The configuration of it cannot be read."
    shown.driver.click("settings_close")
    choose_task(shown.driver, TASK)
    shown.driver.click("settings")
    assert shown.driver.text("settings_words") == "The configuration of it cannot be read."


def test_long_names_fit_a_narrow_panel(opened: Any) -> None:
    shown = opened(width=320, task=LONG_NAME)
    shown.driver.type("longer")
    value = shown.driver.find("setting_value:env.rewards.a_term_with_a_name_much_longer_than_the_panel_is_wide.weight")
    assert value.computed_width > 60
    assert value.screen_position_x + value.computed_width <= 320


def test_the_tooltip_is_what_the_source_says(opened: Any) -> None:
    shown = opened()
    shown.driver.click("setting_name:env.sim")
    shown.driver.write("setting_value:env.sim.dt", "0.5")
    shown.driver.hover("setting_name:env.sim.dt", frames=5)
    tooltip = shown.driver.find("setting_name:env.sim.dt").tooltip
    assert tooltip == "env.sim.dt: a number\nTask: 0.02\nSeconds of a step."
