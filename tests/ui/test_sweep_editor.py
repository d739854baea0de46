# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The editor of sweeps, clicked as a person does. The trainer is a double, and no sweep is started."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.driver import ENTER
from helpers.sweep_window import SweepWindow
from helpers.sweeps_on_disk import GAMMA, RATE, make_sweep, make_trials
from rl_trainer_ext.training.sweep.trials import TrialState


@pytest.fixture
def edited(show_sweeps: Callable[..., SweepWindow]) -> SweepWindow:
    """The editor, over a panel that has a task."""
    from rl_trainer_ext.isaac_lab.task_settings import TaskSettings
    from rl_trainer_ext.run_config import RunConfig

    shown = show_sweeps(width=320)
    agent = {"algorithm": {"learning_rate": 1e-3, "gamma": 0.99}, "num_steps_per_env": 16}
    shown.trainer.settings["Isaac-Cartpole-Direct"] = TaskSettings({"sim": {"dt": 0.01}}, agent, {}, {})
    config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 16, 30, device="cpu", log_root=str(shown.root))
    shown.panel.set_config(config)
    shown.driver.tick(4)
    shown.driver.click("sweep_new")
    return shown


def test_a_sweep_is_made_from_the_settings_of_the_panel_and_saved_as_a_file(edited: SweepWindow) -> None:
    from rl_trainer_ext.training.sweep.files import read_spec
    from rl_trainer_ext.training.sweep.spec import Range

    driver = edited.driver
    assert driver.text("sweep_base") == "Isaac-Cartpole-Direct, rsl_rl, 16 environments, 30 iterations"
    assert driver.text("sweep_count").startswith("This sweep: parameters must have at least one parameter")
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001, 1e-4")
    driver.click("sweep_other")
    driver.write("sweep_key:1", GAMMA)
    driver.choose("sweep_kind:1", "uniform")
    assert "This sweep: agent.algorithm.gamma needs 2 numbers for uniform" in driver.text("sweep_count")
    driver.write("sweep_values:1", "0.9, 0.99")
    assert driver.text("sweep_count") == "2 trials."
    driver.write("sweep_seeds", "1, 2, 3")
    driver.write("sweep_samples", "4")
    assert not driver.find("sweep_grace_period").enabled
    driver.choose("sweep_scheduler", "asha")
    driver.write("sweep_grace_period", "5")
    driver.write("sweep_gpus", "0.5")
    assert driver.text("sweep_count") == "24 trials."
    driver.write("sweep_file", "night.yaml")
    driver.click("sweep_save")
    file = edited.root / "night.yaml"
    assert driver.text("sweep_count") == f"Saved: rl-trainer sweep {file}"
    spec, _ = read_spec(file)
    assert spec.parameters == {RATE: Range("grid_search", (0.001, 0.0001)), GAMMA: Range("uniform", (0.9, 0.99))}
    assert (spec.seeds, spec.samples, spec.scheduler, spec.grace_period, spec.gpus) == ((1, 2, 3), 4, "asha", 5, 0.5)
    assert (spec.config.task, spec.config.num_envs, spec.config.max_iterations) == ("Isaac-Cartpole-Direct", 16, 30)
    # a parameter is removed, and the file that was just written is replaced
    driver.click("sweep_remove:0")
    assert driver.text("sweep_key:0") == GAMMA
    driver.click("sweep_save")
    assert list(read_spec(file)[0].parameters) == [GAMMA]
    driver.click("sweep_close")
    assert driver.shown("sweep_empty")


def test_a_file_is_opened_changed_and_its_errors_are_those_of_the_parser(edited: SweepWindow) -> None:
    from rl_trainer_ext.training.sweep.files import read_spec

    driver, file = edited.driver, edited.root / "mine.yaml"
    file.parent.mkdir(exist_ok=True)
    text = f"task: Isaac-Ant\nnum_envs: 64\nsearcher: random\nmode: min\nparameters:\n  {RATE}: [0.001, 0.002]\n"
    file.write_text(f"{text}  agent.algorithm.gamma: {{unifrom: [0, 1]}}\n", encoding="utf-8")
    driver.write("sweep_file", str(file))
    driver.click("sweep_open")
    assert driver.text("sweep_count") == (
        "mine.yaml, line 7: agent.algorithm.gamma has no range called unifrom; did you mean uniform?"
    )
    file.write_text(f"{text}  num_envs: [32, 64]\n", encoding="utf-8")
    # not the file of this editor
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001")
    driver.click("sweep_save")
    assert driver.text("sweep_count") == f"{file} is there already: press again to replace it."
    assert file.read_text(encoding="utf-8").startswith(text)
    driver.click("sweep_open")
    assert driver.text("sweep_base") == "Isaac-Ant, its library, 64 environments"
    assert [driver.text(f"sweep_key:{row}") for row in range(2)] == [RATE, "num_envs"]
    assert driver.text("sweep_values:1") == "32, 64"
    driver.write("sweep_values:1", "32, [")
    assert "num_envs must be values separated by commas" in driver.text("sweep_count")
    driver.write("sweep_values:1", "32, 64, 128")
    driver.click("sweep_save")
    spec, _ = read_spec(file)
    assert spec.mode == "min"  # what has no field stays
    assert spec.count == 6


def test_a_parameter_is_found_among_the_settings_of_the_task(edited: SweepWindow) -> None:
    driver = edited.driver
    driver.click("sweep_setting")
    driver.type("learning rate")
    driver.press(ENTER)
    assert driver.text("sweep_key:0") == RATE
    driver.click("sweep_setting")
    driver.type("num_envs")
    driver.press(ENTER)
    assert driver.text("sweep_key:1") == "num_envs"


def test_a_sweep_is_edited_as_a_copy(show_sweeps: Callable[..., SweepWindow], tmp_path: Path) -> None:
    make_sweep(tmp_path / "logs", trials=make_trials(tmp_path / "logs", 2))
    shown = show_sweeps()
    shown.driver.click("sweep_edit")
    assert [shown.driver.text(f"sweep_key:{row}") for row in range(2)] == [RATE, GAMMA]
    assert shown.driver.text("sweep_values:0") == "0.003, 0.001, 0.0003"
    assert shown.driver.chosen("sweep_kind:1") == "choice"
    assert shown.driver.text("sweep_count") == "3 trials."


def test_a_sweep_is_started_from_the_editor_stopped_and_resumed(edited: SweepWindow) -> None:
    driver, runner = edited.driver, edited.runner
    trials = make_trials(edited.root, 2)
    make_sweep(edited.root, trials=trials)
    driver.click("sweep_start")
    assert runner.asked == []  # it has no parameter
    driver.click("sweep_other")
    driver.write("sweep_key:0", RATE)
    driver.write("sweep_values:0", "0.001, 1e-4")
    runner.problem = "No process can be started."
    driver.click("sweep_start")
    assert driver.text("sweep_count") == "No process can be started."
    runner.problem = ""
    driver.click("sweep_start")
    assert runner.asked == [("start", 2)]
    # the new one is selected as soon as it is listed
    edited.later()
    assert driver.text("sweep_status:0") == "starting 0/2"
    assert driver.text("sweep_words") == "0 of 2 trials ended."
    assert not driver.find("sweep_resume").enabled
    driver.click("sweep_stop")
    assert runner.asked[1:] == [("stop", "2026-11-28_09-00-00")]
    assert (driver.text("sweep_stop"), driver.find("sweep_stop").enabled) == ("Stopping…", False)
    stopped = [trial.replace(state=TrialState.STOPPED) for trial in trials]
    make_sweep(edited.root, "2026-11-28_09-00-00", stopped, state="stopped")
    edited.later()
    assert (driver.text("sweep_stop"), driver.find("sweep_stop").enabled) == ("Stop", False)
    driver.click("sweep_resume")
    assert runner.asked[2:] == [("resume", "2026-11-28_09-00-00")]
    # one that has finished can be neither
    driver.click("sweep_row:1")
    assert not driver.find("sweep_resume").enabled
    assert not driver.find("sweep_stop").enabled


def test_without_ray_the_editor_says_what_to_install_and_starts_nothing(
    show_sweeps: Callable[..., SweepWindow],
) -> None:
    sentence = 'A sweep needs Ray, which is not installed (ray is missing): run pip install "ray"'
    shown = show_sweeps(width=320, missing=sentence)
    make_sweep(shown.root, trials=make_trials(shown.root, 2), state="stopped")
    shown.later()
    driver = shown.driver
    assert not driver.find("sweep_resume").enabled
    driver.click("sweep_edit")
    assert driver.text("sweep_count") == f"3 trials. {sentence}"
    assert not driver.find("sweep_start").enabled
    driver.click("sweep_start")
    assert shown.runner.asked == []
