# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Presets of a task as lists: what is chosen is what the command line takes, and belongs to its task."""

from __future__ import annotations

import pytest
from helpers.form import choose_task, trained
from helpers.recording_trainer import SettingsInMemory
from rl_trainer_ext.isaac_lab.tasks import PresetGroup
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Describe, Train

PRESETS = {
    "Isaac-Ant": (PresetGroup("physics", ("physx", "newton_mjwarp"), ("env.sim.physics",), "newton_mjwarp"),),
    "Isaac-Cartpole": (
        PresetGroup("physics", ("physx", "newton_mjwarp", "newton_kamino"), ("env.sim.physics",), "physx"),
        PresetGroup("renderer", ("rtx", "newton_renderer"), ("env.scene.camera.renderer_cfg",)),
        PresetGroup("presets", ("rgb", "depth"), ("env.scene.camera",), "rgb"),
        PresetGroup("presets", ("cube", "shapes"), ("env.scene.object",)),
    ),
}


@pytest.fixture
def shown(show):
    return opened(show, SettingsInMemory(section_advanced=False))


def opened(show, settings):
    shown = show(settings=settings)
    shown.trainer.presets = PRESETS
    choose_task(shown.driver, "Isaac-Cartpole")
    return shown


def test_each_choice_is_a_list_and_the_default_is_named(shown):
    assert shown.driver.options("physics") == ["default (physx)", "physx", "newton_mjwarp", "newton_kamino"]
    assert shown.driver.options("renderer") == ["default", "rtx", "newton_renderer"]
    assert shown.driver.options("presets") == ["default (rgb)", "rgb", "depth"]
    assert shown.driver.options("presets_2") == ["default", "cube", "shapes"]
    assert trained(shown).overrides == ()


def test_what_is_chosen_is_what_the_command_line_takes(shown):
    shown.driver.choose("physics", "newton_kamino")
    shown.driver.choose("presets", "depth")
    shown.driver.choose("presets_2", "cube")
    shown.driver.write("overrides", "env.sim.dt=0.01")
    assert trained(shown).overrides == ("physics=newton_kamino", "presets=depth,cube", "env.sim.dt=0.01")
    # with them, other defaults apply, and what prevents the run may be gone
    assert shown.trainer.of(Describe)[-1].overrides == ("physics=newton_kamino", "presets=depth,cube")
    assert shown.driver.text("num_envs") == "4096"
    shown.driver.choose("physics", "default (physx)")
    assert trained(shown).overrides == ("presets=depth,cube", "env.sim.dt=0.01")


def test_presets_belong_to_their_task_and_are_remembered(show, shown):
    shown.driver.choose("physics", "newton_kamino")
    choose_task(shown.driver, "Isaac-Ant-Direct")
    assert "physics" not in shown.driver.identifiers()
    assert trained(shown).overrides == ()
    choose_task(shown.driver, "Isaac-Ant")
    assert shown.driver.chosen("physics") == "default (newton_mjwarp)"
    choose_task(shown.driver, "Isaac-Cartpole")
    assert shown.driver.chosen("physics") == "newton_kamino"
    shown.panel.destroy()
    shown.window.visible = False
    again = opened(show, shown.settings)
    assert again.driver.chosen("physics") == "newton_kamino"
    assert trained(again).overrides == ("physics=newton_kamino",)


def test_the_presets_of_a_command_are_shown_in_the_lists(shown):
    given = ("physics=newton_mjwarp", "presets=cube,depth", "env.sim.dt=0.01")
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "rsl_rl", overrides=given))
    shown.driver.tick()
    assert [shown.driver.chosen(name) for name in ("physics", "presets", "presets_2")] == [
        *("newton_mjwarp", "depth", "cube")
    ]
    assert shown.driver.text("overrides") == "env.sim.dt=0.01"
    assert trained(shown).overrides == given


def test_a_preset_that_the_task_does_not_have_is_kept_for_the_trainer_to_refuse(shown):
    shown.panel.set_config(RunConfig("Isaac-Cartpole", "rsl_rl", overrides=("physics=gone",)))
    shown.driver.tick()
    assert shown.driver.chosen("physics") == "gone"
    assert trained(shown).overrides == ("physics=gone",)
    shown.driver.choose("physics", "physx")
    assert trained(shown).overrides == ("physics=physx",)
    assert "gone" not in shown.driver.options("physics")
    shown.panel.set_config(RunConfig("Isaac-Ant-Direct", "rsl_rl", overrides=("physics=gone", "presets=a,b")))
    shown.driver.tick()
    assert [shown.driver.chosen(name) for name in ("physics", "presets", "presets_2")] == ["gone", "a", "b"]
    assert trained(shown).overrides == ("physics=gone", "presets=a,b")
    shown.driver.choose("presets", "default")
    assert trained(shown).overrides == ("physics=gone", "presets=b")


def test_a_preset_is_chosen_in_one_place(shown):
    shown.driver.write("overrides", "physics=physx")
    assert trained(shown).overrides == ("physics=physx",)
    shown.driver.choose("physics", "newton_mjwarp")
    shown.driver.click("train")
    assert shown.driver.text("error_message") == (
        "physics=newton_mjwarp is chosen in a list, and the overrides have physics= too: use one of them."
    )
    assert len(shown.trainer.of(Train)) == 1


@pytest.mark.parametrize("remembered", ["{", "[1]", '{"Isaac-Cartpole": 1}', '{"Isaac-Cartpole": "foo=1 physics="}'])
def test_a_damaged_memory_of_presets_ends_nothing(show, remembered):
    settings = SettingsInMemory(task="Isaac-Ant", task_presets=remembered, presets="x=1 physics")
    assert trained(opened(show, settings)).overrides == ()
