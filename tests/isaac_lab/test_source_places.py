# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""File and line of a task's parts are read from the files, which are not imported."""

from __future__ import annotations

import functools
import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from rl_trainer_ext.isaac_lab.source_places import SourcePlace, place_of, places_of

_numbers = itertools.count()
CONFIGURATIONS = """try:
    pass
except ImportError:
    class OldCfg: ...
else:
    class Cfg:
        pass

def make(): ...
MADE: int = make()
"""
FILES = {
    "__init__.py": "import importlib\nfrom .shared import *\nfrom .envs.walker import Walker as Runner\n",
    "shared.py": "BASE = 1\nclass Common:\n    pass\n",
    "envs/__init__.py": "def __getattr__(name):\n    raise ImportError('lazy')\n",
    "envs/__init__.pyi": "from .walker import Walker\n",
    "envs/walker.py": "raise ImportError\n\n@decorated\nclass Walker:\n    class Cfg:\n        x = 1\n",
    "cfg.py": CONFIGURATIONS,
    "broken.py": "class Cfg(:\n",
    "agents/__init__.py": "",
    "agents/ppo.yaml": "seed: 1\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that is found and not imported."""
    folder = tmp_path / f"own_places_{next(_numbers)}"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == folder.name]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("entry_point", "file", "line"),
    [
        (".envs.walker:Walker", "envs/walker.py", 4),
        (".envs.walker:Walker.Cfg", "envs/walker.py", 5),
        (".envs:Walker", "envs/walker.py", 4),
        (":Runner", "envs/walker.py", 4),
        (":Runner.Cfg", "envs/walker.py", 5),
        (":Common", "shared.py", 2),
        (":BASE", "shared.py", 1),
        (".cfg:Cfg", "cfg.py", 6),
        (".cfg:OldCfg", "cfg.py", 4),
        (".cfg:make", "cfg.py", 9),
        (".cfg:MADE", "cfg.py", 10),
        (".cfg:Unknown", "cfg.py", 1),
        (".broken:Cfg", "broken.py", 1),
        (".agents:ppo.yaml", "agents/ppo.yaml", 1),
    ],
)
def test_a_definition_is_found_without_an_import(package, entry_point, file, line):
    assert place_of(f"{package.name}{entry_point}") == SourcePlace(str(package / file), line)
    assert not any(name.startswith(package.name) for name in sys.modules)


@pytest.mark.parametrize("entry_point", [".none:Cfg", ".agents:none.yaml", ".cfg.none:Cfg"])
def test_what_is_not_there_has_no_place(package, entry_point):
    assert place_of(f"{package.name}{entry_point}") is None
    assert place_of("") is None
    assert place_of("sys:version") is None  # no source


def test_classes_and_functions_have_places(package):
    (package / "__init__.py").write_text("", encoding="utf-8")
    module = importlib.import_module(f"{package.name}.cfg")
    for entry_point, line in (
        (module.Cfg, 6),
        (module.make, 9),
        (functools.partial(module.make), 9),
        (module.Cfg(), 6),
    ):
        assert place_of(entry_point) == SourcePlace(str(package / "cfg.py"), line)


def test_lines_are_those_of_the_file_now(package):
    (package / "__init__.py").write_text("", encoding="utf-8")
    importlib.import_module(f"{package.name}.cfg")
    (package / "cfg.py").write_text("\n\n\nclass Cfg: ...\n", encoding="utf-8")
    assert place_of(f"{package.name}.cfg:Cfg") == SourcePlace(str(package / "cfg.py"), 4)


def test_names_that_import_one_another_end(package):
    (package / "one.py").write_text("from .two import Cfg\n", encoding="utf-8")
    (package / "two.py").write_text("from .one import Cfg\n", encoding="utf-8")
    assert place_of(f"{package.name}.one:Cfg") == SourcePlace(str(package / "one.py"))


def test_places_of_a_task_are_those_of_its_registration(package):
    name = package.name
    kwargs: dict[str, Any] = {
        "env_cfg_entry_point": f"{name}.cfg:Cfg",
        "sb3_cfg_entry_point": f"{name}.agents:ppo.yaml",
        "skrl_cfg_entry_point": f"{name}.none:Cfg",
        "default_agent": "sb3",
    }
    gymnasium.register("Own-Placed", f"{name}.envs:Walker", kwargs=kwargs)
    try:
        assert {key: str(place) for key, place in places_of("Own-Placed").items()} == {
            "entry_point": f"{package / 'envs/walker.py'}:4",
            "env_cfg_entry_point": f"{package / 'cfg.py'}:6",
            "sb3_cfg_entry_point": f"{package / 'agents/ppo.yaml'}:1",
        }
        assert places_of(f"{name}:Own-Placed") == places_of("Own-Placed")
    finally:
        del gymnasium.registry["Own-Placed"]
    assert places_of("Own-Placed") == {}


def test_isaac_labs_tasks_have_places(trainer):
    places = places_of("Isaac-Cartpole")
    assert Path(places["entry_point"].file).name == "manager_based_rl_env.py"  # exported lazily
    for key, place in places.items():
        text = Path(place.file).read_text(encoding="utf-8").splitlines()[place.line - 1]
        assert place.file.endswith(".yaml") or text.startswith("class "), key
