# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tasks of the user's own projects, found by the entry point that Isaac Lab's commands read."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab.task_config import describe, resolve
from rl_trainer_ext.isaac_lab.tasks import Catalogue, Task

OWN = """
import gymnasium
spec = dict(gymnasium.spec("Isaac-Cartpole-Direct").kwargs)
gymnasium.register("Own-Cartpole", "isaaclab_tasks.core.cartpole.cartpole_direct_env:CartpoleEnv", kwargs=spec)
old = {**spec, "deprecated": True}
gymnasium.register("Own-Cartpole-Old", "isaaclab_tasks.core.cartpole.cartpole_direct_env:CartpoleEnv", kwargs=old)
"""
LIST = """
import json
from rl_trainer_ext.isaac_lab.tasks import load_catalogue
found = load_catalogue()
own = [(task.name, task.default_library) for task in found if task.name.startswith("Own")]
print(json.dumps([own, found.get("Own-Cartpole-Old").deprecated, len(found), found.problems]))
"""


def install(folder: Path, module: str, source: str) -> None:
    """A project with one module of tasks, as pip would have installed it."""
    (folder / f"{module}.py").write_text(source)
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[isaaclab.tasks]\n{module} = {module}\n")


@pytest.mark.subprocess
def test_own_tasks_are_found_and_a_broken_project_is_a_line(warm_process, tmp_path):
    install(tmp_path, "broken_project", "import a_module_that_is_missing")
    install(tmp_path, "leaving_project", "import sys; sys.exit('no license')")
    install(tmp_path, "own_project", OWN)
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{LIST}"
    done = subprocess.run(warm_process.python("-c", program), capture_output=True, text=True, check=True)
    own, old_is_deprecated, count, problems = json.loads(done.stdout.splitlines()[-1])
    assert own == [["Own-Cartpole", "rsl_rl"]]
    assert old_is_deprecated
    assert count > 50  # Isaac Lab's own
    assert sorted(problems) == [
        "The tasks of broken_project cannot be imported: ModuleNotFoundError: No module named "
        f"'a_module_that_is_missing' ({tmp_path / 'broken_project.py'}, line 1).",
        "The tasks of leaving_project cannot be imported: SystemExit: no license "
        f"({tmp_path / 'leaving_project.py'}, line 1).",
    ]


CATALOGUE = Catalogue(
    [
        Task(
            "T", ("rsl_rl", "sb3"), "sb3", ("rsl_rl_cfg_entry_point", "rsl_rl_b_cfg_entry_point", "sb3_cfg_entry_point")
        ),
        Task("NoDefault", ("rsl_rl", "sb3")),
        Task("Nothing", ()),
    ],
    ("The tasks of mine cannot be imported: ImportError.",),
)


@pytest.mark.parametrize(
    ("task", "library", "filled"), [("T", "", "sb3"), ("NoDefault", "", "rsl_rl"), ("T", "rsl_rl", "rsl_rl")]
)
def test_the_library_is_the_one_that_the_task_names(task, library, filled):
    assert CATALOGUE.complete(CARTPOLE.replace(task=task, library=library)).library == filled


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "X"}, "There is no task 'X': see the task list for the names. The tasks of mine cannot be imported"),
        ({"task": "Nothing", "library": ""}, "Nothing has no configuration of a library"),
        ({"agent": "nonsense"}, "choose rsl_rl_cfg_entry_point or rsl_rl_b_cfg_entry_point"),
        ({"agent": "rsl_rl_cfg_entrypoint"}, "did you mean rsl_rl_cfg_entry_point?"),
        ({"agent": "sb3_cfg_entry_point"}, "sb3_cfg_entry_point is not a configuration for rsl_rl: choose rsl_rl_cfg"),
    ],
)
def test_what_a_task_does_not_have_is_refused_with_what_it_has(changes, sentence):
    with pytest.raises(UserError, match=sentence.replace("?", r"\?")):
        CATALOGUE.complete(CARTPOLE.replace(**{"task": "T", "library": "rsl_rl", **changes}))


def test_a_task_with_the_time_limit_of_single_environments_is_refused_before_it_is_built(trainer, tmp_path):
    import gymnasium

    spec = gymnasium.spec("Isaac-Cartpole-Direct")
    gymnasium.register("Own-TimeLimit", spec.entry_point, kwargs=dict(spec.kwargs), max_episode_steps=10)
    try:
        config = CARTPOLE.replace(task="Own-TimeLimit", log_root=str(tmp_path))
        with pytest.raises(UserError, match=r"registered with max_episode_steps=10, .* set episode_length_s"):
            resolve(config)
        assert "max_episode_steps=10" in describe("Own-TimeLimit", "rsl_rl", "cpu").problem
        # without the limit the same task is taken
        gymnasium.registry["Own-TimeLimit"].max_episode_steps = None
        assert resolve(config).env_cfg.scene.num_envs == config.num_envs
    finally:
        del gymnasium.registry["Own-TimeLimit"]
