# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Modules with tasks that no entry point names: found by name, path or function; a wrong one is a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pytest
from helpers.runs_made_here import CARTPOLE, idle, tick_until
from helpers.warm import WarmProcess
from rl_trainer_ext.cli import tasks as task_list
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import registration
from rl_trainer_ext.isaac_lab.registration import register_external
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import SetTaskModules, Train
from rl_trainer_ext.training.trainer import Trainer

LIMIT = 900
REGISTERS = """
import gymnasium
def register():
    gymnasium.register("Loose-{0}", "{0}:Env", kwargs={{"env_cfg_entry_point": "{0}:Cfg"}})
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on Python's path; what is imported from it is forgotten after the test."""
    monkeypatch.setattr(registration, "_found", {})
    sys.path.append(str(tmp_path / "path"))
    (tmp_path / "path").mkdir()
    yield tmp_path / "path"
    # only what a test made: Isaac Lab may have been imported meanwhile, and registers its tasks once in a process
    sys.path[:] = [each for each in sys.path if not each.startswith(str(tmp_path))]
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
    for name in [each for each in gymnasium.registry if each.startswith("Loose-")]:
        del gymnasium.registry[name]


def write(folder: Path, name: str, source: str) -> Path:
    """Writes a module; a dotted name is one of packages."""
    *packages, module = name.split(".")
    for package in packages:
        folder = folder / package
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    path = folder / f"{module}.py"
    path.write_text(source)
    return path


@pytest.mark.parametrize("how", ["module", "module.function", "module:function", "package.module.function"])
def test_a_module_or_a_function_of_it_registers_tasks(folder: Path, how: str) -> None:
    source = REGISTERS.format("loose_a")
    write(folder, "loose_a", source + ("register()" if how == "module" else ""))
    write(folder, "loose_pack.tasks", source)
    names = {
        "module": "loose_a",
        "module.function": "loose_a.register",
        "module:function": "loose_a:register",
        "package.module.function": "loose_pack.tasks.register",
    }
    assert register_external([names[how]]) == ()
    assert "Loose-loose_a" in gymnasium.registry
    (module,) = registration.imported_modules()
    assert module.name == names[how]
    # as another process would find it, from another folder
    del gymnasium.registry["Loose-loose_a"]
    sys.path.remove(str(folder))
    for imported in ("loose_a", "loose_pack.tasks", "loose_pack"):
        sys.modules.pop(imported, None)
    registration._found.clear()
    assert register_external([module.reference]) == ()
    assert "Loose-loose_a" in gymnasium.registry


@pytest.mark.parametrize("which", ["file", "folder"])
def test_a_path_is_imported_as_the_module_of_its_package(folder: Path, tmp_path: Path, which: str) -> None:
    (tmp_path / "project").mkdir()
    file = write(tmp_path / "project", "walker.tasks.loose_b", REGISTERS.format("loose_b") + "register()")
    (file.parent / "__init__.py").write_text("from . import loose_b")
    assert register_external([str(file if which == "file" else file.parent)]) == ()
    assert "Loose-loose_b" in gymnasium.registry
    assert "walker.tasks.loose_b" in sys.modules  # and so its relative imports work


def test_a_module_that_was_imported_before_and_registers_tasks_is_right(folder: Path) -> None:
    write(folder, "loose_c", REGISTERS.format("loose_c") + "register()")
    assert register_external(["loose_c"]) == ()
    registration._found.clear()
    assert register_external(["loose_c"]) == ()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = (", "SyntaxError: '(' was never closed ({file}, line 1)."),
        ("\nimport loose_missing", "ModuleNotFoundError: No module named 'loose_missing' ({file}, line 2)."),
        ("\n\nraise RuntimeError('no licence\\nmore')", "RuntimeError: no licence ({file}, line 3)."),
        ("import sys; sys.exit()", "SystemExit ({file}, line 1)."),
        ("import json; json.loads('x')", "Expecting value: line 1 column 1 (char 0) ({file}, line 1)."),
    ],
)
def test_what_a_module_raises_is_told_with_its_file_and_line(folder: Path, source: str, sentence: str) -> None:
    file = write(folder, "loose_d", source)
    write(folder, "loose_e", REGISTERS.format("loose_e") + "register()")
    (problem,) = register_external(["loose_d", "loose_e"])
    assert problem.startswith("The tasks of loose_d cannot be imported: ")
    assert problem.endswith(sentence.format(file=file))
    assert "Loose-loose_e" in gymnasium.registry  # the others are there
    write(folder, "loose_d", REGISTERS.format("loose_d") + "register()")
    assert register_external(["loose_d"]) == ()  # once it is mended


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("loose_nowhere", "there is no module loose_nowhere here: install it, name the path"),
        ("loose_nowhere.tasks", "there is no module loose_nowhere here"),
        ("loose_empty.nothing", "AttributeError: module 'loose_empty' has no attribute 'nothing'"),
        ("./loose_nowhere.py", "there is no file or folder"),
        (".", "cannot be imported"),
        ("loose_empty", "loose_empty registers no task: name the module that calls gymnasium.register()."),
    ],
)
def test_a_module_that_is_no_use_is_a_sentence(folder: Path, name: str, sentence: str) -> None:
    write(folder, "loose_empty", "")
    (problem,) = register_external([name])
    assert sentence in problem
    assert "\n" not in problem


def test_a_folder_that_is_no_package_is_refused(folder: Path) -> None:
    (problem,) = register_external([str(folder)])
    assert "holds no __init__.py: name the folder of the package that registers tasks." in problem


def test_a_path_never_imports_another_module_of_the_same_name(folder: Path, tmp_path: Path) -> None:
    write(folder, "loose_f", REGISTERS.format("loose_f"))
    # the beginning of the other folder's path is no folder of it
    for elsewhere in (tmp_path / "elsewhere", Path(str(folder)[:-1])):
        elsewhere.mkdir()
        (problem,) = register_external([str(write(elsewhere, "loose_f", ""))])
        assert f"another module of that name is at {folder / 'loose_f.py'}: rename one of them." in problem


def test_a_module_in_the_settings_twice_is_told_and_imported_once(folder: Path) -> None:
    write(folder, "loose_g", REGISTERS.format("loose_g") + "register()")
    assert register_external(["loose_g", "loose_g"]) == ("The module loose_g is given twice: leave one out.",)
    assert "Loose-loose_g" in gymnasium.registry


@pytest.mark.parametrize(("names", "sentence"), [(("a", "b", "a"), "names a twice"), (("",), "needs the name")])
def test_the_command_line_refuses_names_that_cannot_be_right(names, sentence, capsys) -> None:
    with pytest.raises(UserError, match=sentence):
        CARTPOLE.replace(external=names).validate()
    options = [word for name in names for word in ("--external", name)]
    assert main(["tasks", *options]) == 2
    assert sentence in capsys.readouterr().err


def test_a_record_names_the_modules_and_reading_one_imports_none() -> None:
    config = CARTPOLE.replace(external=("mine",))
    assert config.to_dict()["external"] == ["mine"]
    assert RunConfig.from_dict(config.to_dict()).external == ()
    assert config.train_command().endswith("--external mine")


@pytest.mark.slow
def test_the_trainer_lists_the_tasks_of_modules_and_a_run_needs_those_that_it_names(folder: Path, tmp_path: Path):
    write(folder, "loose_h", REGISTERS.format("loose_h") + "register()")
    trainer = Trainer(task_modules=["loose_vanished"])
    tick_until(trainer, idle)
    assert "there is no module loose_vanished here" in trainer.snapshot().catalogue.problems[-1]
    trainer.request(SetTaskModules(("loose_h",)))
    trainer.tick(0.1)
    assert not any("loose_vanished" in problem for problem in trainer.snapshot().catalogue.problems)
    assert "Loose-loose_h" in trainer.snapshot().catalogue
    trainer.request(Train(CARTPOLE.replace(external=("loose_vanished",), log_root=str(tmp_path / "logs"))))
    trainer.tick(0.1)
    failure = trainer.snapshot().failure
    assert "there is no module loose_vanished here" in failure.message
    assert failure.bad_input
    assert not (tmp_path / "logs").exists()
    trainer.close()


@pytest.mark.subprocess
def test_the_command_line_lists_and_trains_a_task_of_a_file(warm_process: WarmProcess, tmp_path: Path) -> None:
    file = tmp_path / "my_tasks.py"
    file.write_text(
        "import gymnasium\nspec = gymnasium.spec('Isaac-Cartpole-Direct')\n"
        "gymnasium.register('Loose-Cartpole', spec.entry_point, kwargs=dict(spec.kwargs))\n"
    )
    broken = tmp_path / "broken_tasks.py"
    broken.write_text("x = (")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = warm_process.python("-m", "rl_trainer_ext", *arguments, "--json")
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)

    listed = run("tasks", "cartpole", "--external", "my_tasks.py", "--external", "broken_tasks.py")
    assert listed.returncode == 1, listed.stderr
    found = json.loads(listed.stdout)
    assert "Loose-Cartpole" in [task["name"] for task in found["tasks"]]
    assert f"SyntaxError: '(' was never closed ({broken}, line 1)." in found["problems"][0]
    small = ["--num_envs", "16", "--max_iterations", "1", "--device", "cpu", "--headless"]
    trained = run("train", "--task", "Loose-Cartpole", *small, "--external_callback", "my_tasks.py")
    assert trained.returncode == 0, trained.stderr
    result = json.loads(trained.stdout.splitlines()[-1])
    record = json.loads((Path(result["run_dir"]) / "rl_trainer.json").read_text(encoding="utf-8"))
    assert record["config"]["external"] == ["my_tasks.py"]


def test_a_list_with_a_broken_module_says_so_beside_the_tasks(capsys, monkeypatch) -> None:
    from rl_trainer_ext.isaac_lab import tasks

    monkeypatch.setattr(tasks, "register_tasks", tuple)
    assert task_list.run(argparse_of("--external", "loose_nowhere")) == 1
    assert "there is no module loose_nowhere here" in capsys.readouterr().err


def argparse_of(*words: str):
    import argparse

    parser = argparse.ArgumentParser()
    task_list.add_arguments(parser)
    parser.set_defaults(external=[], verbose=False, json=False)
    return parser.parse_args(list(words))


def test_help_for_a_task_takes_the_modules_of_the_command_line() -> None:
    from rl_trainer_ext.cli import choices

    words = ["train", "--task", "T", "--external", "a", "--external_callback=b.c", "--help"]
    assert choices.modules_in(words) == ["a", "b.c"]
    assert choices.modules_in(["train", "--help"]) == []
