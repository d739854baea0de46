# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Packages whose source changed are imported again, all of them or none."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import os
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.sources.packages import helpers, imported_packages, importers, is_library, package_of
from rl_trainer_ext.sources.reimport import import_existing, replaced_modules
from rl_trainer_ext.sources.watch import Change, Kind, SourceWatch

FILES = {
    "__init__.py": "from . import tasks",
    "tasks/__init__.py": "from .env import Env",
    "tasks/env.py": "from ..mdp import reward\nfrom ..settings import SCALE\nclass Env:\n    value = reward() * SCALE",
    "mdp/__init__.py": "from .rewards import reward",
    "mdp/rewards.py": "def reward(): return 1",
    "settings.py": "SCALE = 10",
}
_numbers = itertools.count()


class Package:
    """A package on disk that is imported."""

    def __init__(self, folder: Path, name: str, files: dict[str, str]) -> None:
        self.folder, self.name = folder / name, name
        for file, text in files.items():
            self.write(file, text)
        importlib.invalidate_caches()
        importlib.import_module(name)
        self.watch = SourceWatch()
        self.watch.note([name])

    def write(self, file: str, text: str) -> str:
        """Writes a file; returns its path."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return str(path)

    def value(self) -> int:
        """What the class of the package says that the package imports."""
        return sys.modules[self.name].tasks.Env.value

    def reload(self, *edited: str) -> None:
        """Imports the package again."""
        with replaced_modules([self.name], edited) as names:
            import_existing(names)

    def kinds(self) -> dict[str, Kind]:
        """What the watch sees, by the path within the package."""
        return {str(Path(each.file).relative_to(self.folder)): each.kind for each in self.watch.look()}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """A package whose class depends on two other modules; each test has one of its own."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    name = f"own_package_{next(_numbers)}"
    yield Package(tmp_path, name, FILES)
    forget(name)


def forget(name: str) -> None:
    for module in [each for each in sys.modules if each.partition(".")[0] == name]:
        del sys.modules[module]


@pytest.mark.parametrize(
    ("file", "text", "value"),
    [
        ("mdp/rewards.py", "def reward(): return 5", 50),
        ("settings.py", "SCALE = 7", 7),
        ("tasks/env.py", "class Env:\n    value = 3", 3),
        ("tasks/__init__.py", "class Env:\n    value = 4", 4),
    ],
)
def test_every_module_sees_an_edit_of_any(package, file, text, value):
    assert package.value() == 10
    package.reload(package.write(file, text))
    assert package.value() == value


def test_an_edit_of_the_same_size_in_the_same_second_is_not_hidden_by_old_bytecode(package):
    path = Path(package.folder / "settings.py")
    before = path.stat()
    assert Path(importlib.util.cache_from_source(str(path))).exists()
    package.write("settings.py", "SCALE = 80")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    package.reload(str(path))
    assert package.value() == 80


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        ("mdp/rewards.py", "def reward(:", SyntaxError),
        ("settings.py", "SCALE = 1 / 0", ZeroDivisionError),
        ("tasks/env.py", "from .missing import x", ModuleNotFoundError),
        ("settings.py", "raise SystemExit", SystemExit),
        ("settings.py", "raise KeyboardInterrupt", KeyboardInterrupt),
    ],
)
def test_an_error_leaves_the_old_modules_in_place(package, file, text, error):
    before = {name: module for name, module in sys.modules.items() if name.startswith(package.name)}
    attributes = {name: dict(vars(module)) for name, module in before.items()}
    # another module of the package has changed without an error: it is not taken either
    with pytest.raises(error):
        package.reload(package.write("tasks/new.py", "x = 1"), package.write(file, text))
    after = {name: module for name, module in sys.modules.items() if name.startswith(package.name)}
    assert list(after) == list(before)
    assert all(after[name] is before[name] for name in before)
    assert {name: dict(vars(module)) for name, module in after.items()} == attributes
    assert package.value() == 10
    package.reload(package.write(file, FILES[file]))
    assert package.value() == 10
    assert sys.modules[package.name] is not before[package.name]


def test_a_package_within_a_namespace_is_put_back_too(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "own_space" / "part").mkdir(parents=True)
    file = tmp_path / "own_space" / "part" / "__init__.py"
    file.write_text("value = 1")
    part = importlib.import_module("own_space.part")
    assert package_of("own_space.part.deep.er") == "own_space.part"
    file.write_text("value = (")
    with pytest.raises(SyntaxError), replaced_modules(["own_space.part"], [str(file)]) as names:
        import_existing(names)
    assert sys.modules["own_space"].part is part
    file.write_text("value = 22")
    with replaced_modules(["own_space.part"], [str(file)]) as names:
        import_existing(names)
    assert sys.modules["own_space"].part.value == 22
    forget("own_space")


def test_a_deleted_module_is_gone_and_a_new_one_is_there(package):
    package.write("mdp/terms.py", "def reward(): return 6")
    package.write("mdp/__init__.py", "from .terms import reward")
    (package.folder / "mdp" / "rewards.py").unlink()
    package.reload(str(package.folder / "mdp" / "__init__.py"))
    assert package.value() == 60
    assert f"{package.name}.mdp.rewards" not in sys.modules
    assert f"{package.name}.mdp.terms" in sys.modules


def test_a_module_that_vanished_and_is_still_imported_is_an_error(package):
    (package.folder / "settings.py").unlink()
    with pytest.raises(ModuleNotFoundError, match="settings"):
        package.reload()
    assert package.value() == 10


def test_a_compiled_module_stays(package):
    compiled = types.ModuleType(f"{package.name}.compiled")
    compiled.__file__ = str(package.folder / "compiled.so")
    sys.modules[compiled.__name__] = compiled
    package.reload(package.write("settings.py", f"from {package.name} import compiled\nSCALE = 2"))
    assert sys.modules[compiled.__name__] is compiled
    assert package.value() == 2


def test_changes_are_noticed(package):
    assert package.kinds() == {}
    package.write("settings.py", "SCALE = 11")
    package.write("mdp/more.py", "")
    package.write("mdp/.#rewards.py", "")
    package.write("notes/readme.txt", "")
    package.write("extra/__init__.py", "")
    (package.folder / "mdp" / "rewards.py").unlink()
    assert package.kinds() == {
        "settings.py": Kind.CHANGED,
        "mdp/rewards.py": Kind.DELETED,
        "mdp/more.py": Kind.NEW,
        "extra/__init__.py": Kind.NEW,
    }
    package.write("settings.py", FILES["settings.py"])
    assert "settings.py" not in package.kinds()  # taken back
    package.watch.forget([package.name])
    package.watch.note([package.name])
    assert package.kinds() == {}


def test_a_file_that_is_saved_without_a_change_has_not_changed(package):
    path = package.folder / "settings.py"
    os.utime(path, ns=(1, 1))
    assert package.kinds() == {}


def test_a_file_that_is_saved_while_it_is_imported_has_changed(package):
    read = package.watch.stamps([package.name])
    path = Path(package.write("settings.py", "SCALE = 12"))
    os.utime(path, ns=(5, 5))
    package.watch.forget([package.name])
    package.watch.note([package.name], read)
    assert package.kinds() == {"settings.py": Kind.CHANGED}


def test_what_a_module_exports_lazily_is_watched(package):
    stub = package.write("mdp/__init__.pyi", "from .rewards import reward")
    package.watch.forget([package.name])
    package.watch.note([package.name])
    package.write("mdp/__init__.pyi", "from .rewards import *")
    assert package.watch.look() == (Change(stub, Kind.CHANGED, package.name),)


def test_a_package_that_another_program_imported_again_is_as_it_is_now(package):
    package.write("settings.py", "SCALE = 13")
    assert not package.watch.imported_again()
    importlib.reload(sys.modules[f"{package.name}.settings"])
    assert package.watch.imported_again()
    assert package.watch.note([package.name])
    assert package.kinds() == {}
    assert not package.watch.imported_again()


def test_a_package_that_could_not_be_imported_is_watched(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    folder = tmp_path / "own_broken"
    (folder / "part").mkdir(parents=True)
    for each in (folder, folder / "part"):
        (each / "__init__.py").write_text("from .missing import x")
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("own_broken")
    watch = SourceWatch()
    watch.note(["own_broken"])
    assert watch.look() == ()
    (folder / "part" / "__init__.py").write_text("")
    assert watch.look() == (Change(str(folder / "part" / "__init__.py"), Kind.CHANGED, "own_broken"),)


def test_the_modules_that_a_package_imports_are_found(package, tmp_path):
    (tmp_path / "own_helper.py").write_text("import own_robots\nvalue = 1")
    (tmp_path / "own_robots.py").write_text("def robot(): ...")
    package.reload(package.write("settings.py", "def f():\n    import own_helper\nimport json, own_helper\nSCALE = 1"))
    assert {"json", "own_helper"} <= imported_packages([package.name])
    assert helpers([package.name]) == ({"own_helper", "own_robots"}, set())
    assert importers(["own_robots"], [package.name, "own_helper", "own_robots"]) == {
        "own_robots",
        "own_helper",
        package.name,
    }
    outside = types.ModuleType("an_outside_module")
    vars(outside)["function"] = sys.modules["own_robots"].robot
    sys.modules[outside.__name__] = outside
    assert helpers([package.name]) == ({"own_helper"}, {"own_robots"})  # another program holds its function
    for name in ("own_helper", "own_robots", outside.__name__):
        del sys.modules[name]


def test_installed_libraries_are_told_from_own_files(tmp_path):
    assert is_library(str(importlib.util.find_spec("json").origin))
    assert is_library(str(importlib.util.find_spec("pytest").origin))
    assert is_library("/isaac-sim/extscache/omni.kit.x-1.0/omni/kit/x/__init__.py")
    assert not is_library(str(tmp_path / "my_tasks" / "__init__.py"))
    assert package_of("omni.mine.tasks") == "omni.mine"
