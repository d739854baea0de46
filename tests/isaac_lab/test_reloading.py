# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The code of a task is edited, imported again and trained in the same process; or it stays as it was."""

from __future__ import annotations

import gc
import importlib
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pytest
from helpers.own_project import OwnProject
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.isaac_lab import task_sources
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.training import edited_code
from rl_trainer_ext.training.commands import Describe, Reload, SetTaskModules, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer


@pytest.fixture
def project(trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnProject]:
    """A project of the user's own that is imported."""
    for name in ("PERIOD", "LIBRARIES_PERIOD"):
        monkeypatch.setattr(edited_code, name, 0.0)
    monkeypatch.setattr(edited_code, "SHARE", 1.0)
    with OwnProject(tmp_path / "own", monkeypatch) as project:
        yield project


@pytest.fixture
def own(project) -> Trainer:
    """A trainer that has imported the project."""
    trainer = Trainer(task_modules=[str(project.folder)])
    tick_until(trainer, idle)
    assert project.task in trainer.snapshot().catalogue
    describe(trainer, project)  # imports the modules of the configurations
    return trainer


def describe(trainer: Trainer, project: OwnProject, library: str = "rsl_rl") -> None:
    trainer.request(Describe(project.task, library))
    trainer.tick(0.0)


def reload(trainer: Trainer) -> str:
    """Reloads; returns why not."""
    trainer.request(Reload())
    trainer.tick(0.0)
    failure = trainer.snapshot().failure
    return "" if failure is None else failure.message


@pytest.mark.slow
def test_an_edit_is_told_and_after_a_reload_it_is_trained(own, project, tmp_path):
    config = CARTPOLE.replace(task=project.task, max_iterations=1, log_root=str(tmp_path / "logs"))

    def reward(command: object = None) -> float:
        snapshot = run_to_end(own, command or Train(config))
        assert (snapshot.status, snapshot.failure) == ("finished", None)
        return snapshot.metrics.last(MEAN_REWARD)

    assert reward() == pytest.approx(1 * project.steps, rel=0.2)
    assert own.snapshot().run.origin == ""
    file = project.write("rewards.py", project.files["rewards.py"].replace("BONUS = 1.0", "BONUS = 5.0"))
    edited = tick_until(own, lambda snapshot: bool(snapshot.edited.words)).edited
    assert (edited.words, edited.files) == ("rewards.py changed", (file,))
    assert edited.tasks == {project.task}
    assert reward() == pytest.approx(1 * project.steps, rel=0.2)
    assert f"rewards.py changed after {project.task} was imported: the old code runs" in own.snapshot().run.origin
    old = weakref.ref(sys.modules[f"{project.name}.env"].OwnEnv)
    assert reward(Reload(Train(config))) == pytest.approx(5 * project.steps, rel=0.2)
    assert own.snapshot().run.origin == ""
    assert own.snapshot().edited.words == ""
    gc.collect()
    assert old() is None

    # not during a run
    own.request(Train(config.replace(max_iterations=1000)))
    own.tick(0.0)
    assert own.snapshot().state is State.LAUNCHING
    project.write("rewards.py", "BONUS = (")
    assert reload(own) == "A run is in progress, whose code cannot be replaced: stop it, then reload."
    own.close()


def test_a_syntax_error_names_file_and_line_and_the_old_code_stays(own, project):
    file = project.write("rewards.py", "BONUS = 1.0\n\ndef reward(:\n")
    message = reload(own)
    assert message == (
        f"The new code cannot be imported: SyntaxError: invalid syntax ({file}, line 3). The old code stays."
    )
    assert own.snapshot().failure.bad_input
    assert sys.modules[f"{project.name}.rewards"].BONUS == 1.0
    assert project.task in gymnasium.registry
    describe(own, project)
    assert own.snapshot().details.problem == ""


def test_any_error_at_the_import_is_told_with_its_traceback(own, project):
    file = project.write("rewards.py", "BONUS = 1.0\nBONUS / 0\n")
    assert f"ZeroDivisionError: float division by zero ({file}, line 2). The old code" in reload(own)
    assert "Traceback" in own.snapshot().failure.details
    project.write("rewards.py", "raise SystemExit(3)")
    assert "SystemExit: 3" in reload(own)
    file = project.write("rewards.py", "def reward(:")
    own.request(Reload(Train(CARTPOLE)))  # which is not started with the old code
    own.tick(0.0)
    assert own.snapshot().state is State.IDLE
    assert "SyntaxError" in own.snapshot().failure.message


def test_two_tasks_of_one_name_are_refused_with_both_files(own, project):
    first = project.folder / "__init__.py"
    second = project.write("more.py", project.registers(project.task))
    project.write("__init__.py", project.files["__init__.py"] + "from . import more\n")
    assert reload(own) == (
        f"Two tasks are named {project.task}, at {first}, line 3 and at {second}, line 2: rename one of them. "
        "The old code stays."
    )
    assert f"{project.name}.more" not in sys.modules
    # a name of Isaac Lab's
    project.write("more.py", project.registers("Isaac-Cartpole-Direct"))
    assert "Two tasks are named Isaac-Cartpole-Direct, at " in reload(own)
    assert gymnasium.spec("Isaac-Cartpole-Direct").kwargs["env_cfg_entry_point"].startswith("isaaclab_tasks")


def test_tasks_come_and_go(own, project):
    project.write("more.py", project.registers("Own-Another"))
    project.write("__init__.py", "from . import more\n")
    snapshot_before = own.snapshot().catalogue
    assert reload(own) == ""
    snapshot = own.snapshot()
    assert snapshot.catalogue is not snapshot_before
    assert project.task not in snapshot.catalogue
    assert "Own-Another" in snapshot.catalogue
    assert snapshot.notice.startswith(f"Reloaded {project.name} in ")
    assert snapshot.notice.endswith(f" s. New: Own-Another. Gone: {project.task}.")
    assert reload(own) == ""
    assert own.snapshot().notice == "No code has been edited since its import."


def test_descriptions_and_agents_are_those_of_the_new_code(own, project):
    assert own.snapshot().details.max_iterations == 11
    assert ("bonus_reward", 1.0) in own.snapshot().details.card.rewards
    project.write("agents.py", project.files["agents.py"].replace("11", "22"))
    project.write("env.py", project.files["env.py"].replace("bonus_reward = 1.0", "new_reward = 2.0"))
    assert reload(own) == ""
    describe(own, project)
    assert own.snapshot().details.max_iterations == 22
    assert ("new_reward", 2.0) in own.snapshot().details.card.rewards


def test_the_yaml_file_of_an_agent_needs_no_reload(own, project):
    describe(own, project, "sb3")
    assert own.snapshot().details.seed == 7
    catalogue = own.snapshot().catalogue
    project.write("sb3.yaml", project.files["sb3.yaml"].replace("seed: 7", "seed: 88"))
    tick_until(own, lambda snapshot: snapshot.catalogue is not catalogue)
    assert own.snapshot().edited.words == ""
    describe(own, project, "sb3")
    assert own.snapshot().details.seed == 88


def test_a_module_that_was_broken_at_first_is_imported_by_a_reload(own, project, tmp_path):
    file = tmp_path / "own_broken_module.py"
    file.write_text("import gymnasium (")
    own.request(SetTaskModules((str(project.folder), str(file))))
    own.tick(0.0)
    assert "SyntaxError" in own.snapshot().catalogue.problems[0]
    file.write_text(project.registers("Own-Mended"))
    tick_until(own, lambda snapshot: snapshot.edited.words == "own_broken_module.py changed")
    assert reload(own) == ""
    assert own.snapshot().catalogue.problems == ()
    assert "Own-Mended" in own.snapshot().catalogue
    # a second module that stays broken does not hold up the others
    broken = tmp_path / "own_broken_again.py"
    broken.write_text("(")
    own.request(SetTaskModules((str(project.folder), str(file), str(broken))))
    own.tick(0.0)
    broken.write_text("((")
    project.write("rewards.py", "BONUS = 3.0")
    assert reload(own) == ""
    assert sys.modules[f"{project.name}.rewards"].BONUS == 3.0
    assert "own_broken_again.py" in own.snapshot().catalogue.problems[0]


def test_edited_files_of_isaac_lab_need_a_restart(own, project, monkeypatch):
    file = str(Path(sys.modules["isaaclab"].__file__))
    monkeypatch.setitem(task_sources._fixed, file, (0, 0))  # as if it had been another file
    snapshot = tick_until(own, lambda snapshot: bool(snapshot.edited.restart))
    assert snapshot.edited.restart == (
        "isaaclab/__init__.py changed: restart this program to use the new code. Libraries are not reloaded."
    )
    module = sys.modules["isaaclab"]
    project.write("rewards.py", "BONUS = 4.0")
    assert reload(own) == ""
    assert sys.modules["isaaclab"] is module
    assert not any(each.startswith("isaaclab") for each in task_sources._watch.packages)


def test_a_helper_beside_the_package_is_reloaded_with_it(own, project):
    helper = project.folder.parent / "own_helper_module.py"
    helper.write_text("BONUS = 8.0")
    project.write("rewards.py", "from own_helper_module import BONUS")
    assert reload(own) == ""
    assert sys.modules[f"{project.name}.rewards"].BONUS == 8.0
    helper.write_text("BONUS = 9.0")
    snapshot = tick_until(own, lambda snapshot: bool(snapshot.edited.words))
    assert snapshot.edited.tasks == {project.task}
    assert reload(own) == ""
    assert sys.modules[f"{project.name}.rewards"].BONUS == 9.0
    del sys.modules["own_helper_module"]


def test_a_package_that_vanished_is_an_error_and_its_tasks_stay(own, project):
    for file in project.folder.glob("*.py"):
        file.rename(file.with_suffix(".txt"))
    own.tick(0.0)
    assert tick_until(own, lambda snapshot: bool(snapshot.edited.words)).edited.words.endswith("were deleted")
    assert reload(own).endswith(" The old code stays.")
    assert project.task in gymnasium.registry


KERNELS = """
import torch
import warp as wp

@wp.func
def scaled(x: float):
    return x * {scale}

@wp.kernel
def kernel(values: wp.array(dtype=float)):
    values[wp.tid()] = scaled(values[wp.tid()])

@torch.jit.script
def function(x):
    return x * {scale}

@torch.jit.script
class Holder:
    def __init__(self, x: float):
        self.x = x * {scale}

def results():
    array = wp.ones(1, dtype=float, device="cpu")
    wp.launch(kernel, 1, [array], device="cpu")
    return float(array.numpy()[0]), float(function(torch.ones(1))), Holder(1.0).x
"""


def test_kernels_and_scripts_are_compiled_from_the_new_source(own, project):
    def results() -> tuple[float, ...]:
        return sys.modules[f"{project.name}.kernels"].results()

    project.write("kernels.py", KERNELS.format(scale=2.0))
    project.write("__init__.py", project.files["__init__.py"] + "from . import kernels\n")
    assert reload(own) == ""
    assert results() == (2.0, 2.0, 2.0)
    project.write("kernels.py", KERNELS.format(scale=3.0))
    assert reload(own) == ""
    assert results() == (3.0, 3.0, 3.0)
    project.write("kernels.py", KERNELS.format(scale=4.0) + "raise RuntimeError('too late')")
    assert "too late" in reload(own)
    assert results() == (3.0, 3.0, 3.0)


def test_a_module_that_nothing_declares_is_reloaded_when_it_registered_a_task(trainer, tmp_path, monkeypatch):
    """As the modules of an extension that Kit has imported."""
    with OwnProject(tmp_path / "own", monkeypatch, name="own_kit_extension") as project:
        project.load()
        importlib.import_module(f"{project.name}.rewards")
        task_sources.note_sources()
        project.write("rewards.py", "BONUS = 6.0")
        assert task_sources.reload_tasks().packages == (project.name,)
        assert sys.modules[f"{project.name}.rewards"].BONUS == 6.0
