# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Choices that a task offers: agent configurations."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.form import choose_task, trained
from helpers.recording_trainer import SettingsInMemory, idle
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Describe, DescribeCheckpoint, Play
from rl_trainer_ext.training.snapshot import CheckpointDetails

SYMMETRY, RECURRENT = "rsl_rl_with_symmetry_cfg_entry_point", "rsl_rl_recurrent_cfg_entry_point"
WALK = Task(
    "Isaac-Walk",
    ("rsl_rl", "sb3"),
    agents=(SYMMETRY, "sb3_cfg_entry_point", "rsl_rl_cfg_entry_point", RECURRENT, "skrl_amp_cfg_entry_point"),
)
STAND = Task("Isaac-Stand", ("rsl_rl",), agents=("rsl_rl_cfg_entry_point", "skrl_cfg_entry_point"))


@pytest.fixture
def shown(show):
    return show(idle(catalogue=Catalogue([WALK, STAND])), settings=SettingsInMemory(task="Isaac-Walk"))


def test_the_agents_of_the_library_are_offered_the_usual_one_first(shown):
    assert shown.driver.options("agent") == ["default", "with symmetry", "recurrent"]
    assert trained(shown).agent is None
    shown.driver.choose("agent", "with symmetry")
    assert trained(shown).agent == SYMMETRY
    shown.driver.click("play")
    assert shown.trainer.of(Play)[-1].config.agent == SYMMETRY
    # its defaults may be others
    assert shown.trainer.of(Describe)[-1] == Describe("Isaac-Walk", "rsl_rl", "cuda:0", SYMMETRY)


def test_agents_are_shown_only_where_there_are_several(shown):
    shown.driver.choose("agent", "recurrent")
    shown.driver.choose("library", "Stable-Baselines3")
    assert not shown.driver.shown("agent")
    assert trained(shown).agent is None
    choose_task(shown.driver, "Isaac-Stand")
    assert not shown.driver.shown("agent")
    choose_task(shown.driver, "Isaac-Walk")
    shown.driver.choose("library", "RSL-RL")
    assert shown.driver.chosen("agent") == "recurrent"


def test_the_agent_of_a_command_is_shown_and_sent(shown):
    shown.panel.set_config(RunConfig("Isaac-Walk", "rsl_rl", agent=RECURRENT))
    shown.driver.tick()
    assert shown.driver.chosen("agent") == "recurrent"
    assert trained(shown).agent == RECURRENT
    shown.panel.set_config(RunConfig("Isaac-Walk", "rsl_rl", agent="rsl_rl_cfg_entry_point"))
    shown.driver.tick()
    assert shown.driver.chosen("agent") == "default"
    # one that the task does not have is for the trainer to refuse, not for the panel to replace
    shown.panel.set_config(RunConfig("Isaac-Walk", "rsl_rl", agent="rsl_rl_gone_cfg_entry_point"))
    shown.driver.tick()
    assert trained(shown).agent == "rsl_rl_gone_cfg_entry_point"


def test_the_agent_is_remembered(show, shown):
    shown.driver.choose("agent", "with symmetry")
    shown.panel.destroy()
    shown.window.visible = False
    again = show(idle(catalogue=Catalogue([WALK, STAND])), settings=shown.settings)
    assert trained(again).agent == SYMMETRY


def test_a_training_resumes_or_fine_tunes(shown):
    shown.driver.write("checkpoint", "/runs/model_10.pt")
    assert (trained(shown).checkpoint, trained(shown).fine_tune) == (None, False)
    shown.driver.click("fine_tune")
    assert (trained(shown).checkpoint, trained(shown).fine_tune) == ("/runs/model_10.pt", True)
    assert shown.driver.text("max_iterations_label") == "Iterations"
    shown.driver.click("resume_from")
    assert (trained(shown).checkpoint, trained(shown).fine_tune) == ("/runs/model_10.pt", False)
    assert shown.driver.text("max_iterations_label") == "More iterations"
    shown.driver.click("fine_tune")
    assert not shown.driver.find("resume_from").model.as_bool
    shown.driver.click("play")
    assert not shown.trainer.of(Play)[-1].config.fine_tune
    shown.panel.set_config(RunConfig("Isaac-Walk", "rsl_rl", checkpoint="best"))
    assert (trained(shown).checkpoint, trained(shown).fine_tune) == ("best", False)
    shown.panel.set_config(RunConfig("Isaac-Walk", "rsl_rl", checkpoint="best", fine_tune=True))
    assert (trained(shown).checkpoint, trained(shown).fine_tune) == ("best", True)


@pytest.mark.parametrize("word", ["latest", "best", "pretrained"])
def test_a_word_stands_for_a_checkpoint(shown, word):
    shown.driver.write("checkpoint", word)
    shown.driver.click("play")
    assert shown.trainer.of(Play)[-1].config.checkpoint == word


def test_what_is_fine_tuned_is_shown(shown):
    shown.driver.write("checkpoint", "/runs/2026-11-20/model_150.pt")
    shown.driver.click("fine_tune")
    shown.driver.tick(20)
    (asked,) = shown.trainer.of(DescribeCheckpoint)
    assert asked.config.fine_tune
    shown.trainer.serve(checkpoint_details=CheckpointDetails(asked.config, Path("/runs/2026-11-20/model_150.pt"), 150))
    shown.driver.tick()
    assert shown.driver.text("origin") == "Takes the weights of 2026-11-20/model_150.pt, iteration 150."
