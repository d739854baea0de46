# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The user's own presets: the whole form is saved and comes back; files that do not fit are one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.form import choose_task, trained
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.config_files import read_config, write_config
from rl_trainer_ext.training.snapshot import State

TASK = "Isaac-Cartpole"


@pytest.fixture
def shown(show: Any, tmp_path: Path) -> Any:
    settings = SettingsInMemory(section_my_presets=False, section_advanced=False, section_checkpoint=True)
    shown = show(settings=settings, presets_folder=tmp_path / "presets", log_root=str(tmp_path / "logs"))
    choose_task(shown.driver, TASK)
    return shown


def _load(shown: Any, name: str) -> str:
    shown.driver.write("preset_file", name)
    shown.driver.click("preset_load")
    return shown.driver.text("preset_words")


def test_the_whole_form_is_saved_and_comes_back(shown: Any, tmp_path: Path) -> None:
    driver = shown.driver
    driver.write("num_envs", "128")
    driver.write("overrides", "env.sim.dt=0.01 'env.name=two words'")
    before = trained(shown)
    driver.write("preset_file", "night")
    driver.click("preset_save")
    file = tmp_path / "presets" / "night.yaml"
    assert driver.text("preset_words") == f"Saved {file}"
    assert driver.find("preset_words").name == "notice"
    assert read_config(file) == before.replace(log_root="logs")
    assert driver.options("my_presets") == ["choose a saved one", "night"]
    driver.find("num_envs").scroll_here_y(0.5)
    driver.tick(3)
    driver.write("num_envs", "4")
    driver.write("preset_file", "")
    driver.choose("my_presets", "night")
    assert driver.text("preset_file") == "night"
    driver.click("preset_load")
    assert driver.text("preset_words") == "Loaded night.yaml."
    assert trained(shown) == before


def test_a_preset_is_replaced_only_when_asked_twice(shown: Any, tmp_path: Path) -> None:
    write_config(tmp_path / "presets" / "night.yaml", RunConfig(TASK, "rsl_rl", num_envs=3))
    shown.driver.write("preset_file", "night")
    shown.driver.click("preset_save")
    assert shown.driver.text("preset_words") == "night.yaml exists: press Save again to replace it."
    assert read_config(tmp_path / "presets" / "night.yaml").num_envs == 3
    shown.driver.click("preset_save")
    assert read_config(tmp_path / "presets" / "night.yaml").num_envs is None


def test_a_path_may_be_anywhere(shown: Any, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "mine.yml"
    shown.driver.write("preset_file", str(path))
    shown.driver.click("preset_save")
    assert read_config(path).task == TASK
    assert _load(shown, str(path)) == "Loaded mine.yml."


def test_a_preset_of_another_task_is_told_and_offered(shown: Any, tmp_path: Path) -> None:
    other = RunConfig("Isaac-Ant", "sb3", num_envs=5, log_root="/nights", overrides=("env.sim.dt=0.5",))
    write_config(tmp_path / "presets" / "ant.yaml", other)
    assert _load(shown, "ant") == "ant.yaml is a preset of Isaac-Ant, and Isaac-Cartpole is chosen."
    shown.driver.click("preset_cancel")
    assert not shown.driver.shown("preset_switch")
    assert trained(shown).task == TASK
    _load(shown, "ant")
    shown.driver.click("preset_switch")
    root = str(tmp_path / "logs")
    assert shown.driver.text("preset_words") == f"Loaded ant.yaml. Runs stay in {root}, not in /nights."
    assert trained(shown) == other.replace(log_root=root, device=trained(shown).device)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (f"version: 1\ntask: {TASK}\n", "night.yaml is cut off"),
        ("task: Isaac-Cartpol\n", "night.yaml: There is no task 'Isaac-Cartpol'"),
        ("task: Mine\nexternal: [my_tasks]\n", "night.yaml needs the task modules my_tasks"),
    ],
)
def test_a_file_that_does_not_fit_is_one_sentence_and_changes_nothing(
    shown: Any, tmp_path: Path, text: str, sentence: str
) -> None:
    shown.driver.write("num_envs", "7")
    file = tmp_path / "presets" / "night.yaml"
    file.parent.mkdir()
    file.write_text(text)
    assert sentence in _load(shown, "night")
    assert shown.driver.find("preset_words").name == "warning"
    assert trained(shown).num_envs == 7


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "The preset has no name"),
        ("none", "none.yaml cannot be read"),
        ("~nobody_of_this_name/x", "there is no such user"),
    ],
)
def test_a_name_that_cannot_be_is_one_sentence(shown: Any, name: str, sentence: str) -> None:
    assert sentence in _load(shown, name)


def test_a_form_that_cannot_be_right_is_not_saved(shown: Any, tmp_path: Path) -> None:
    shown.driver.write("num_envs", "many")
    shown.driver.write("preset_file", "night")
    shown.driver.click("preset_save")
    assert "Environments must be a whole number" in shown.driver.text("preset_words")
    assert not (tmp_path / "presets").exists()


def test_nothing_is_loaded_while_a_run_goes(shown: Any) -> None:
    shown.trainer.serve(state=State.TRAINING)
    shown.driver.tick(3)
    assert not shown.driver.find("preset_load").enabled
    assert not shown.driver.find("preset_file").enabled
