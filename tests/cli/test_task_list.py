# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``rl-trainer tasks``: what is registered, by name, library and workflow; what prevents a task from running here."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
from pathlib import Path

import pytest
from helpers.warm import WarmProcess
from rl_trainer_ext.cli import tasks as task_list
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task, TaskDetails, _place, _workflow

LIMIT = 900
CATALOGUE = Catalogue([Task("Isaac-Ant", ("rsl_rl", "sb3"), "rsl_rl"), Task("Isaac-Ant-Direct", ("rsl_rl",))])


@pytest.mark.parametrize(
    ("words", "library", "names"),
    [
        ([], None, ["Isaac-Ant", "Isaac-Ant-Direct"]),
        (["ant", "direct"], None, ["Isaac-Ant-Direct"]),
        (["ant"], "sb3", ["Isaac-Ant"]),
        (["no such task"], None, []),
    ],
)
def test_words_and_library_select_tasks(words: list[str], library: str | None, names: list[str]) -> None:
    arguments = argparse.Namespace(words=words, library=library)
    assert [task.name for task in task_list.select(CATALOGUE, arguments)] == names


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Atn", "direct"], "No task matches 'Atn': did you mean ant?"),
        (["ant", "dirct"], "No task matches 'dirct': did you mean direct?"),
        (["xyzzy"], "No task matches: leave out words or options."),
        ([], "No task matches: leave out words or options."),
    ],
)
def test_of_words_that_match_nothing_the_mistyped_one_is_named(words: list[str], said: str) -> None:
    assert task_list.no_match(CATALOGUE, words) == said


@pytest.mark.parametrize(
    ("environment", "agents", "workflow"),
    [
        ("isaaclab.envs:ManagerBasedRLEnv", (), "manager-based"),
        ("project.tasks.rover.env:RoverEnv", ("rsl_rl_cfg_entry_point",), "direct"),
        ("project.tasks.team.env:TeamEnv", ("skrl_mappo_cfg_entry_point",), "multi-agent"),
    ],
)
def test_the_registration_tells_the_workflow(environment: str, agents: tuple[str, ...], workflow: str) -> None:
    assert _workflow(environment, agents) == workflow


@pytest.mark.parametrize(
    ("configuration", "place"),
    [
        ("isaaclab_tasks.core.velocity.config.go2.flat_env_cfg:Cfg", ("isaaclab_tasks", "velocity")),
        ("isaaclab_tasks.core.pendulum:PendulumMARLEnvCfg", ("isaaclab_tasks", "pendulum")),
        ("rover_tasks.tasks.rover.velocity_env_cfg:Cfg", ("rover_tasks", "rover")),
        ("mine.walker.env_cfg:Cfg", ("mine", "walker")),
        ("mine:Cfg", ("mine", "mine")),
    ],
)
def test_the_configurations_module_tells_package_and_family(configuration: str, place: tuple[str, str]) -> None:
    assert _place(configuration) == place


@pytest.mark.parametrize(
    ("library", "said"),
    [
        ("rslrl", "No RL library 'rslrl' trains here: choose rsl_rl or sb3"),
        ("torchrl", "TorchRL stays outside RL Trainer: train with isaaclab train --rl_library torchrl."),
        ("rlinf", "RLinf stays outside RL Trainer: train with isaaclab train --rl_library rlinf."),
    ],
)
def test_a_library_that_does_not_train_here_is_refused_before_anything_is_imported(library: str, said: str) -> None:
    arguments = argparse.Namespace(words=[], library=library, check=False, device=None, json=True)
    with pytest.raises(UserError, match=re.escape(said)):
        task_list.run(arguments)


def test_the_table_says_what_prevents_a_task_only_where_that_was_checked(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = list(CATALOGUE.matching(""))
    print(task_list._table(tasks, {}))
    assert capsys.readouterr().out.splitlines()[0].split() == ["Task", "Workflow", "Libraries"]
    known = {
        task.name: TaskDetails(task.name, "rsl_rl", "cpu", 64, 100, 42, problem)
        for task, problem in zip(tasks, ("", "It needs more."), strict=True)
    }
    print(task_list._table(tasks, known))
    _, first, second = capsys.readouterr().out.splitlines()
    assert (first.split()[-1], second.endswith("It needs more.")) == ("yes", True)


def test_a_narrow_terminal_gets_whole_names_and_libraries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(task_list, "terminal_width", lambda: 55)
    task = Task("IsaacContrib-Cartpole-Showcase-Direct", ("rsl_rl", "sb3"))
    print(task_list._table([task], {}))
    headings, line = capsys.readouterr().out.splitlines()
    assert ("Workflow" in headings, line) == (False, f"{task.name}  rsl_rl, sb3")


@pytest.mark.subprocess
def test_the_list_says_which_tasks_run_here(warm_process: WarmProcess, tmp_path: Path) -> None:
    arguments = ["tasks", "cartpole", "direct", "--check", "--device", "cpu", "--json"]
    done = subprocess.run(
        warm_process.python("-m", "rl_trainer_ext", *arguments),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    assert "[INFO]" not in done.stderr  # what Isaac Lab prints is shown with --verbose only
    result = json.loads(done.stdout)
    tasks = {task["name"]: task for task in result["tasks"]}
    assert tasks["Isaac-Cartpole-Direct"]["problem"] == ""
    assert tasks["Isaac-Cartpole-Direct"]["default_library"] == "rsl_rl"
    assert (tasks["Isaac-Cartpole-Direct"]["workflow"], tasks["Isaac-Cartpole-Direct"]["family"]) == (
        "direct",
        "cartpole",
    )
    unusable = tasks["IsaacContrib-Cartpole-Showcase-Direct"]
    assert unusable["libraries"] or "no configuration" in unusable["problem"]
    card = tasks["Isaac-Cartpole-Direct"]["card"]
    assert card["rewards"][0] == ["rew_scale_alive", 1.0]
    assert Path(card["source"]).name == "cartpole_direct_env.py"


@pytest.mark.subprocess
@pytest.mark.parametrize(
    "arguments", [["--json"], [], ["--show", "Isaac-Cartpole-Direct"]], ids=["JSON", "table", "card"]
)
def test_a_reader_that_leaves_is_no_failure(warm_process: WarmProcess, tmp_path: Path, arguments: list[str]) -> None:
    with subprocess.Popen(
        warm_process.python("-m", "rl_trainer_ext", "tasks", *arguments),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()  # as head does
        said = process.stderr.read()
    assert "Traceback" not in said
    assert process.returncode == 0
