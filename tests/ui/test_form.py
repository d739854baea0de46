# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The fields: defaults that follow the task, values that the user keeps, and what is sent."""

from __future__ import annotations

import pytest
from helpers.driver import ENTER, TAB
from helpers.form import choose_task, trained
from helpers.recording_trainer import LONG_NAME, ONLY_RSL_RL, TASKS, SettingsInMemory, idle
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.learners import formats
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Describe, Play, SetTaskModules, Train
from rl_trainer_ext.training.snapshot import State

NUMBERS = ("num_envs", "max_iterations", "seed")


@pytest.fixture
def shown(show):
    return show(settings=SettingsInMemory(task="Isaac-Cartpole"))


def test_the_defaults_of_the_task_are_shown_and_not_sent(shown):
    assert [shown.driver.text(name) for name in NUMBERS] == ["4096", "300", "42"]
    config = trained(shown)
    assert (config.task, config.library) == ("Isaac-Cartpole", "rsl_rl")
    assert (config.num_envs, config.max_iterations, config.seed) == (None, None, None)


def test_each_choice_is_described_once(shown):
    shown.driver.write("num_envs", "64")
    assert shown.trainer.of(Describe) == [Describe("Isaac-Cartpole", "rsl_rl", "cuda:0")]
    shown.driver.choose("device", "cpu")
    shown.driver.choose("library", "Stable-Baselines3")
    assert shown.trainer.of(Describe)[1:] == [
        Describe("Isaac-Cartpole", "rsl_rl", "cpu"),
        Describe("Isaac-Cartpole", "sb3", "cpu"),
    ]


def test_a_library_is_listed_by_the_label_of_its_format(show, monkeypatch):
    monkeypatch.setitem(formats.PACKAGES, "dummy", "helpers.dummy_library")
    catalogue = Catalogue([Task("Isaac-Cartpole", ("rsl_rl", "sb3", "dummy"))])
    shown = show(idle(catalogue=catalogue), settings=SettingsInMemory(task="Isaac-Cartpole"))
    assert shown.driver.options("library") == ["RSL-RL", "Stable-Baselines3", "Dummy"]
    shown.driver.choose("library", "Dummy")
    assert trained(shown).library == "dummy"


def test_fields_follow_the_task_until_they_are_edited(shown):
    shown.driver.write("num_envs", "64")
    choose_task(shown.driver, "Isaac-Ant")
    assert [shown.driver.text(name) for name in NUMBERS] == ["64", "1000", "42"]
    config = trained(shown)
    assert (config.task, config.num_envs, config.max_iterations) == ("Isaac-Ant", 64, None)


def test_a_wrong_number_stays_red_while_the_mouse_is_over_it(shown, tmp_path):
    from PIL import Image

    def border() -> tuple[int, ...]:
        shown.driver.screenshot(tmp_path / "panel.png")
        field = shown.driver.find("num_envs")
        # on the left border, away from the rounded corners
        x, y = field.screen_position_x, field.screen_position_y + field.computed_height / 2
        with Image.open(tmp_path / "panel.png") as picture:
            near = [picture.convert("RGB").getpixel((int(x) + shift, int(y))) for shift in (-1, 0, 1)]
        return max(near, key=lambda color: color[0] - color[1])

    shown.driver.hover("num_envs", frames=3)
    right = border()
    shown.driver.write("num_envs", "many")
    shown.driver.hover("seed", frames=3)
    wrong = border()
    assert wrong[0] > wrong[1] + 50
    shown.driver.hover("num_envs", frames=3)
    assert border() == wrong != right


@pytest.mark.parametrize("name", NUMBERS)
def test_an_edited_field_can_be_put_back(shown, name):
    before = shown.driver.text(name)
    assert not shown.driver.shown(f"{name}_reset")
    shown.driver.write(name, "7")
    assert getattr(trained(shown), name) == 7
    shown.driver.click(f"{name}_reset")
    assert shown.driver.text(name) == before
    assert getattr(trained(shown), name) is None
    assert not shown.driver.shown(f"{name}_reset")


def test_an_emptied_field_follows_the_default_again(shown):
    shown.driver.write("num_envs", "64")
    shown.driver.write("num_envs", "")
    assert shown.driver.text("num_envs") == "4096"
    assert trained(shown).num_envs is None


def test_the_cursor_stays_in_the_field_while_it_changes_its_looks(shown):
    shown.driver.click("num_envs")
    for key in "12x":
        shown.driver.type(key)
    assert shown.driver.text("num_envs") == "409612x"
    assert shown.driver.find("num_envs").name == "invalid"


def test_minus_one_draws_a_seed(shown):
    shown.driver.write("seed", "-1")
    assert trained(shown).seed == -1


@pytest.mark.parametrize(
    ("field", "wrong", "sentence"),
    [
        ("num_envs", "many", "Environments must be a whole number, not 'many'."),
        ("num_envs", "0", "Environments must be a whole number from 1 to 1,000,000, not 0."),
        ("max_iterations", "-5", "Iterations must be a whole number at least 1, not -5."),
        ("seed", "1.5", "Seed must be a whole number, not '1.5'."),
    ],
)
def test_a_wrong_number_is_one_sentence_and_nothing_is_sent(shown, field, wrong, sentence):
    shown.driver.write(field, wrong)
    shown.driver.click("train")
    shown.driver.click("play")
    assert shown.trainer.of(Train) + shown.trainer.of(Play) == []
    assert shown.driver.shown("failure")
    assert shown.driver.text("error_message") == sentence
    assert not shown.driver.shown("error_details")
    assert shown.driver.find(field).name == "invalid"
    shown.driver.write(field, "9")
    assert not shown.driver.shown("failure")


def test_enter_in_a_field_does_not_train_and_tab_goes_on(shown):
    shown.driver.click("num_envs")
    shown.driver.press(ENTER)
    assert shown.trainer.of(Train) == []
    shown.driver.click("num_envs")
    shown.driver.press(TAB)
    shown.driver.type("5")
    assert "5" in shown.driver.text("max_iterations")
    assert shown.driver.text("num_envs") == "4096"


def test_only_the_libraries_of_the_task_are_offered(shown):
    assert shown.driver.options("library") == ["RSL-RL", "Stable-Baselines3"]
    shown.driver.choose("library", "Stable-Baselines3")
    assert trained(shown).library == "sb3"
    choose_task(shown.driver, ONLY_RSL_RL)
    assert shown.driver.options("library") == ["RSL-RL"]
    assert trained(shown).library == "rsl_rl"


def test_the_first_gpu_is_preferred_and_the_choice_is_kept(shown):
    assert shown.driver.chosen("device") == "cuda:0"
    shown.driver.choose("device", "cpu")
    assert trained(shown).device == "cpu"
    shown.trainer.serve(devices=("cpu", "cuda:0", "cuda:1"))
    shown.driver.tick()
    assert shown.driver.chosen("device") == "cpu"


def test_how_a_task_of_several_agents_is_trained_is_told_before_the_click(show):
    shown = show(settings=SettingsInMemory())
    shown.trainer.notes[LONG_NAME] = "It has several agents (left, right)."
    assert not shown.driver.shown("task_note")
    choose_task(shown.driver, LONG_NAME)
    assert shown.driver.text("task_note") == "It has several agents (left, right)."
    assert shown.driver.find("train").enabled
    choose_task(shown.driver, "Isaac-Ant")
    assert not shown.driver.shown("task_note")


def test_a_problem_with_the_task_forbids_until_it_has_passed(show):
    shown = show(settings=SettingsInMemory(section_advanced=False))
    shown.trainer.problems[LONG_NAME] = "The assets are out of reach: connect to the network."
    choose_task(shown.driver, LONG_NAME)
    assert shown.driver.shown("problem")
    assert shown.driver.text("problem") == "The assets are out of reach: connect to the network."
    assert not shown.driver.find("train").enabled
    assert not shown.driver.find("play").enabled
    shown.driver.write("overrides", "physics=newton_mjwarp")  # may be what removes it
    assert shown.driver.find("train").enabled
    shown.driver.write("overrides", "")
    assert not shown.driver.find("train").enabled
    shown.trainer.problems.clear()
    shown.driver.click("check_again")
    assert not shown.driver.shown("problem")
    assert not shown.driver.shown("check_again")
    assert shown.driver.find("train").enabled


def test_overrides_belong_to_their_task(show):
    settings = SettingsInMemory(section_advanced=False)
    shown = show(settings=settings)
    choose_task(shown.driver, "Isaac-Ant-Direct")
    shown.driver.write("overrides", "env.sim.dt=0.01")
    choose_task(shown.driver, "Isaac-Cartpole-Direct")
    assert shown.driver.text("overrides") == ""
    shown.driver.write("overrides", "env.decimation=4")
    choose_task(shown.driver, "Isaac-Ant-Direct")
    assert trained(shown).overrides == ("env.sim.dt=0.01",)
    shown.panel.destroy()
    shown.window.visible = False

    again = show(settings=settings)
    choose_task(again.driver, "Isaac-Cartpole-Direct")
    assert trained(again).overrides == ("env.decimation=4",)


@pytest.mark.parametrize("remembered", ["{", "[1]", "5", '{"a": 1}'])
def test_a_damaged_memory_of_overrides_ends_nothing(show, remembered):
    shown = show(settings=SettingsInMemory(task="Isaac-Ant", task_overrides=remembered))
    assert trained(shown).overrides == ()


def test_the_answer_for_another_task_is_not_shown(shown):
    shown.driver.tick()
    stale = shown.trainer.served.details
    shown.trainer.request = shown.trainer.commands.append  # answers nothing from now on
    choose_task(shown.driver, "Isaac-Ant-Direct")
    assert shown.trainer.served.details is stale
    assert shown.driver.text("num_envs") == ""


def test_overrides_are_split_and_a_malformed_one_is_explained(show):
    shown = show(settings=SettingsInMemory(task="Isaac-Ant", section_advanced=False))
    shown.driver.write("overrides", "env.sim.dt=0.01 physics=newton_mjwarp")
    assert trained(shown).overrides == ("env.sim.dt=0.01", "physics=newton_mjwarp")
    for wrong, part in (("env.sim.dt", "not a Hydra override"), ("a='b", "quote is not closed")):
        shown.driver.write("overrides", wrong)
        shown.driver.click("train")
        assert part in shown.driver.text("error_message")
    assert len(shown.trainer.of(Train)) == 1


@pytest.mark.parametrize("state", [State.LOADING, State.LAUNCHING, State.TRAINING, State.PAUSED, State.STOPPING])
def test_the_choices_rest_while_a_run_goes_on(show, state):
    shown = show(idle(state=state), settings=SettingsInMemory(task="Isaac-Ant", section_advanced=False))
    for name in ("task", "library", "device", "checkpoint", "resume_from", "overrides", *NUMBERS):
        assert not shown.driver.find(name).enabled, name
    assert shown.driver.find("speed").enabled


def test_every_choice_is_remembered(show):
    settings = SettingsInMemory(section_advanced=False)
    first = show(settings=settings)
    choose_task(first.driver, "Isaac-Cartpole-Direct")
    first.driver.choose("library", "Stable-Baselines3")
    first.driver.choose("device", "cpu")
    first.driver.write("num_envs", "64")
    first.driver.write("max_iterations", "12")
    first.driver.write("seed", "3")
    first.driver.write("checkpoint", "best.zip")
    first.driver.click("resume_from")
    first.driver.choose("speed", "4x real time")
    first.driver.write("overrides", "env.sim.dt=0.01")
    sent = trained(first)
    first.panel.destroy()
    first.window.visible = False

    second = show(settings=settings)
    assert trained(second) == sent
    assert sent == RunConfig(
        "Isaac-Cartpole-Direct", "sb3", 64, 12, 3, "cpu", "best.zip", overrides=("env.sim.dt=0.01",), speed=4.0
    )


def test_a_remembered_task_that_is_gone_is_explained(show):
    shown = show(settings=SettingsInMemory(task="Isaac-Cartpole-Old"))
    assert shown.driver.text("problem").startswith("There is no task 'Isaac-Cartpole-Old': did you mean")
    assert not shown.driver.find("train").enabled


def test_folded_sections_are_remembered(show):
    settings = SettingsInMemory()
    first = show(settings=settings)
    assert first.driver.find("section_checkpoint").collapsed is False
    frame = first.driver.find("section_checkpoint")
    frame.collapsed = True
    first.driver.tick()
    assert settings.values["section_checkpoint"] is True
    assert show(settings=settings).driver.find("section_checkpoint").collapsed


def test_a_gpu_that_is_found_while_loading_is_preferred(show):
    shown = show(
        idle(state=State.LOADING, catalogue=None, devices=("cpu",)), settings=SettingsInMemory(task="Isaac-Ant")
    )
    assert shown.driver.chosen("device") == "cpu"
    shown.trainer.served = idle()
    shown.driver.tick()
    assert shown.driver.chosen("device") == "cuda:0"


def test_a_remembered_device_is_not_forgotten_while_loading(show):
    settings = SettingsInMemory(task="Isaac-Ant", device="cuda:1")
    shown = show(idle(state=State.LOADING, catalogue=None, devices=("cpu",)), settings=settings)
    shown.trainer.served = idle(devices=("cpu", "cuda:0", "cuda:1"))
    shown.driver.tick()
    assert trained(shown).device == "cuda:1"


def test_the_wanted_library_comes_back_with_a_task_that_has_it(shown):
    shown.driver.choose("library", "Stable-Baselines3")
    choose_task(shown.driver, ONLY_RSL_RL)
    choose_task(shown.driver, "Isaac-Cartpole-Direct")
    assert trained(shown).library == "sb3"


def test_modules_of_tasks_are_imported_when_the_field_is_left_and_are_remembered(show):
    shown = show(settings=SettingsInMemory(section_advanced=False, task_modules=["known"]))
    assert shown.driver.text("task_modules") == "known"
    assert shown.trainer.of(SetTaskModules) == []  # the host has handed them over
    shown.driver.write("task_modules", "mine '/a folder/tasks.py'")
    assert shown.trainer.of(SetTaskModules) == [SetTaskModules(("mine", "/a folder/tasks.py"))]
    assert shown.settings.values["task_modules"] == ["mine", "/a folder/tasks.py"]
    shown.trainer.serve(catalogue=Catalogue(TASKS, ("The tasks of mine cannot be imported: ImportError.",)))
    shown.driver.tick()
    assert shown.driver.text("missing_tasks") == "The tasks of mine cannot be imported: ImportError."
    shown.driver.write("task_modules", "'mine")
    assert "Task modules cannot be read: a quote is not closed" in shown.driver.text("missing_tasks")
    assert len(shown.trainer.of(SetTaskModules)) == 1
    shown.driver.write("task_modules", "")
    assert shown.trainer.of(SetTaskModules)[-1] == SetTaskModules(())
    assert "closed" not in shown.driver.text("missing_tasks")
