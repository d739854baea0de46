# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The panel tells what was edited, asks before it runs old code, and reloads."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.driver import BACKSPACE
from helpers.recording_trainer import TASKS, SettingsInMemory, idle
from rl_trainer_ext.isaac_lab.tasks import Catalogue
from rl_trainer_ext.training.commands import Describe, Play, Reload, Train
from rl_trainer_ext.training.snapshot import EditedCode, State

TASK = "Isaac-Cartpole-Direct"
R = 82
FILE = Path("/home/me/rover_tasks/src/rover_tasks/tasks/rover/mdp.py")
EDITED = EditedCode("mdp.py changed", (FILE,), frozenset({TASK}))
RESTART = "envs/mdp.py changed: restart this program to use the new code. Libraries are not reloaded."


@pytest.fixture
def shown(show):
    one = show(idle(), settings=SettingsInMemory(task=TASK, checkpoint="/x/model_1.pt"))
    one.driver.tick(3)
    return one


def edit(shown, **changes) -> None:
    shown.trainer.serve(edited=EDITED, **changes)
    shown.driver.tick(3)


def test_without_an_edit_there_is_no_box(shown):
    assert not shown.driver.shown("edited")
    shown.driver.press(R)
    assert shown.trainer.of(Reload) == []


@pytest.mark.parametrize("how", ["button", "key"])
def test_an_edit_is_told_at_once_and_reloaded(shown, how):
    edit(shown)
    assert shown.driver.text("edited_words") == "Since the import: mdp.py changed."
    assert not shown.driver.shown("old_code")
    if how == "button":
        shown.driver.click("reload")
    else:
        shown.driver.press(R)
    assert shown.trainer.of(Reload) == [Reload()]
    shown.trainer.serve(edited=EditedCode())
    shown.driver.tick(3)
    assert not shown.driver.shown("edited")


@pytest.mark.parametrize(("button", "kind"), [("train", Train), ("play", Play)])
def test_a_run_of_edited_code_is_asked_about_at_the_click(shown, button, kind):
    edit(shown)
    shown.driver.click(button)
    assert shown.trainer.of(kind) == []
    assert shown.driver.text("edited_words") == "Since the import: mdp.py changed. Which code is to run?"
    assert shown.panel.message == "Since the import: mdp.py changed. Choose Reload or Old code in the panel."
    shown.driver.click("reload")
    (reload,) = shown.trainer.of(Reload)
    assert isinstance(reload.then, kind)
    assert reload.then.config.task == TASK
    assert shown.trainer.of(kind) == []
    # another time the old code
    shown.driver.click(button)
    shown.driver.click("old_code")
    assert len(shown.trainer.of(kind)) == 1


def test_the_question_can_be_cancelled(shown):
    edit(shown)
    shown.driver.click("train")
    shown.driver.click("edited_hide")
    assert shown.panel.message == ""
    assert shown.driver.text("edited_words") == "Since the import: mdp.py changed."
    shown.driver.click("train")
    shown.driver.click("num_envs")
    shown.driver.press(BACKSPACE)  # another run is wanted
    assert not shown.driver.shown("old_code")
    assert (shown.trainer.of(Train), shown.trainer.of(Reload)) == ([], [])


def test_a_hidden_box_comes_back_for_another_edit_and_for_a_question(shown):
    edit(shown)
    shown.driver.click("edited_hide")
    assert not shown.driver.shown("edited")
    shown.driver.click("train")
    assert shown.driver.shown("old_code")
    shown.driver.click("edited_hide")
    shown.driver.click("edited_hide")
    assert not shown.driver.shown("edited")
    shown.trainer.serve(edited=EditedCode("mdp.py and env.py changed", (FILE, FILE.with_name("env.py"))))
    shown.driver.tick(3)
    assert shown.driver.text("edited_words") == "Since the import: mdp.py and env.py changed."


def test_a_run_of_another_task_is_not_asked_about(shown):
    shown.trainer.serve(edited=EditedCode("mdp.py changed", (FILE,), frozenset({"Another"})))
    shown.driver.tick(3)
    shown.driver.click("train")
    assert len(shown.trainer.of(Train)) == 1


def test_who_wants_it_is_not_asked(shown):
    shown.driver.click("section_advanced")
    shown.driver.click("reload_before_run")
    assert shown.settings.values["reload_before_run"] is True
    edit(shown)
    shown.driver.click("train")
    assert [type(each.then) for each in shown.trainer.of(Reload)] == [Train]
    assert shown.trainer.of(Train) == []
    shown.trainer.serve(edited=EditedCode())
    shown.driver.tick(3)
    shown.driver.click("train")
    assert len(shown.trainer.of(Train)) == 1


def test_the_choice_is_remembered(show):
    shown = show(idle(), settings=SettingsInMemory(task=TASK, reload_before_run=True))
    edit(shown)
    shown.driver.click("train")
    assert len(shown.trainer.of(Reload)) == 1


@pytest.mark.parametrize("state", [State.TRAINING, State.PAUSED])
def test_during_a_run_it_is_told_that_the_run_has_the_old_code(shown, state):
    edit(shown, state=state)
    assert shown.driver.text("edited_words") == (
        "Since the import: mdp.py changed. This run has the old code: stop it to reload."
    )
    assert not shown.driver.find("reload").enabled


def test_edited_libraries_need_a_restart(shown):
    shown.trainer.serve(edited=EditedCode(restart=RESTART))
    shown.driver.tick(3)
    assert shown.driver.text("edited_restart") == RESTART
    assert not shown.driver.shown("reload")
    shown.driver.click("train")
    assert len(shown.trainer.of(Train)) == 1


def test_defaults_are_asked_for_again_when_the_tasks_are_listed_anew(shown):
    before = len(shown.trainer.of(Describe))
    shown.trainer.serve(catalogue=Catalogue(TASKS))
    shown.driver.tick(3)
    assert len(shown.trainer.of(Describe)) == before + 1


@pytest.mark.parametrize("width", [320, 420])
def test_the_box_fits(show, tmp_path, width):
    shown = show(idle(), width=width, settings=SettingsInMemory(task=TASK))
    edit(shown)
    shown.trainer.serve(edited=EditedCode(EDITED.words, EDITED.files, EDITED.tasks, RESTART))
    shown.driver.tick(3)
    shown.driver.click("train")
    right = shown.window.frame.screen_position_x + shown.window.frame.computed_width
    for name in ("reload", "old_code", "edited_hide", "edited_words"):
        widget = shown.driver.find(name)
        assert widget.screen_position_x + widget.computed_width <= right, name
    shown.driver.screenshot(tmp_path / f"edited_{width}.png")
