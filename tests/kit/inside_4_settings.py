# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The tree of settings in Kit: opened, searched, changed, reset, and trained with. Run by test_in_kit.py."""

from __future__ import annotations

from inside_fixtures import Person

RATE, GAMMA = "agent.algorithm.learning_rate", "agent.algorithm.gamma"


def test_the_settings_of_a_task_are_searched_changed_reset_and_trained_with(person: Person) -> None:
    driver = person.driver
    person.choose_cartpole(iterations=1)
    person.until_described()
    driver.click("settings")
    person.until(lambda _: driver.shown("setting_name:env"), "the tree")
    driver.type("algorithm learning_rate")  # the search field has the keyboard
    person.until(lambda _: driver.shown(f"setting_value:{RATE}"), "the learning rate")
    assert driver.text("settings_count").startswith("0 changed of ")  # a preset is no value of the tree
    usual = driver.text(f"setting_value:{RATE}")
    driver.write(f"setting_value:{RATE}", "0.25")
    assert driver.text("settings_count").startswith("1 changed of ")
    driver.click(f"setting_reset:{RATE}")
    assert driver.text(f"setting_value:{RATE}") == usual
    driver.write("settings_search", "algorithm gamma")
    person.until(lambda _: driver.shown(f"setting_value:{GAMMA}"), "the discount")
    driver.write(f"setting_value:{GAMMA}", "0.75")
    driver.click("settings_close")
    assert driver.text("overrides") == f"physics=newton_mjwarp {GAMMA}=0.75"
    driver.click("train")
    done = person.until(lambda snapshot: snapshot.status == "finished", "the end")
    assert done.config.overrides == ("physics=newton_mjwarp", f"{GAMMA}=0.75")
    trained = (done.run_dir / "params" / "agent.yaml").read_text(encoding="utf-8")
    assert "gamma: 0.75" in trained
    assert "learning_rate: 0.25" not in trained
    driver.write("overrides", "physics=newton_mjwarp")
