# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The real panel on the real trainer: a user edits the source of a task, reloads it and trains, by clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.driver import let_frames_pass
from helpers.own_project import OwnProject
from helpers.person import Person
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.training.snapshot import Snapshot, State

pytestmark = pytest.mark.slow


@pytest.fixture
def project(trainer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnProject]:
    """A project of the user's own. Isaac Lab's tasks have been imported before, and stay registered."""
    with OwnProject(tmp_path / "own", monkeypatch) as project:
        yield project


@pytest.fixture
def person(omni_ui: Any, project: OwnProject, tmp_path: Path) -> Iterator[Person]:
    """The user in front of the panel, in whose list the project is."""
    from rl_trainer_ext.hosts.standalone.host import StandaloneApp

    settings = FileSettings(tmp_path / "settings.json")
    settings.set("task_modules", [str(project.folder)])
    app = StandaloneApp(settings, log_root=str(tmp_path / "logs"))
    yield Person(app)
    app.close()
    let_frames_pass()


def trained(person: Person) -> Snapshot:
    """Waits for the beginning and the end of a training."""
    person.wait(lambda snapshot: snapshot.state is not State.IDLE)
    ended = person.wait_for(State.IDLE)
    assert (ended.status, ended.failure) == ("finished", None)
    return ended


def edit(person: Person, project: OwnProject, bonus: str) -> Path:
    """Saves another reward, and waits until the panel says so."""
    file = project.write("rewards.py", f"BONUS = {bonus}\n")
    person.wait(lambda snapshot: snapshot.edited.words == "rewards.py changed")
    assert person.driver.text("edited_words").startswith("Since the import: rewards.py changed.")
    return file


def test_a_reward_is_edited_reloaded_and_trained_and_an_error_in_it_keeps_the_old(
    person: Person, project: OwnProject
) -> None:
    driver = person.driver
    person.wait_for(State.IDLE)
    driver.click("task")
    driver.type(project.task)
    driver.click(f"task:{project.task}")
    person.wait(lambda snapshot: snapshot.details is not None)
    driver.write("num_envs", "16")
    driver.write("max_iterations", "1")
    assert not driver.shown("edited")

    # an edit: Reload, then Train
    edit(person, project, "5.0")
    driver.click("reload")
    person.wait(lambda snapshot: not snapshot.edited.words)
    assert driver.text("notice").startswith(f"Reloaded {project.name} in ")
    assert not driver.shown("edited")
    driver.click("train")
    assert trained(person).metrics.last(MEAN_REWARD) == pytest.approx(5.0 * project.steps, rel=0.2)

    # a syntax error: the old code runs
    file = edit(person, project, "(")
    driver.click("reload")
    person.wait(lambda snapshot: snapshot.failure is not None)
    said = driver.text("error_message")
    assert said.startswith("The new code cannot be imported: SyntaxError: ")
    assert said.endswith(f"({file}, line 1). The old code stays.")
    driver.click("train")
    assert driver.text("edited_words").endswith("Which code is to run?")
    driver.click("old_code")
    assert trained(person).metrics.last(MEAN_REWARD) == pytest.approx(5.0 * project.steps, rel=0.2)
