# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The files that say what is installed agree with each other."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest
import rl_trainer_ext
from rl_trainer_ext.hosts.kit.packages import EXCLUDED, START_OPTIONS
from rl_trainer_ext.hosts.ray.installed import REQUIREMENT

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
EXTENSION = tomllib.loads(
    (REPOSITORY / "exts" / "rl_trainer_ext" / "config" / "extension.toml").read_text(encoding="utf-8")
)


def requirements(file: str) -> list[str]:
    lines = (REPOSITORY / file).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def without_extras(requirement: str) -> str:
    return re.sub(r"\[.*\]", "", requirement)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-test.txt"])
def test_requirements_are_plain_pins(file: str) -> None:
    pins = requirements(file)
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.+]*", pin)] == []
    assert len({pin.split("==")[0] for pin in pins}) == len(pins)


def test_what_the_project_names_is_what_gets_installed() -> None:
    direct = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["standalone"]
    assert {without_extras(requirement) for requirement in direct} <= set(requirements("requirements.txt"))
    tested = {without_extras(requirement) for requirement in PROJECT["dependency-groups"]["test"]}
    assert tested <= set(requirements("requirements-test.txt"))
    # the sentence about Ray that is not installed names the version that the tests use
    ray, fsspec = PROJECT["project"]["optional-dependencies"]["ray"]
    assert ray == REQUIREMENT
    assert fsspec in requirements("requirements.txt")  # as PyTorch has it
    assert REQUIREMENT in PROJECT["dependency-groups"]["test"]


def test_the_extension_agrees_with_the_project() -> None:
    assert EXTENSION["package"]["version"] == PROJECT["project"]["version"]
    assert set(EXTENSION["python"]["pipapi"]["requirements"]) <= set(PROJECT["project"]["dependencies"])
    assert [module["name"] for module in EXTENSION["python"]["module"]] == [f"{rl_trainer_ext.__name__}.extension"]


def test_kit_is_never_given_another_omni_ui() -> None:
    assert not any("ovui" in requirement for requirement in EXTENSION["python"]["pipapi"]["requirements"])
    assert not any("ovui" in requirement for requirement in PROJECT["project"]["dependencies"])


def test_start_options_exclude_what_isaac_labs_own_application_excludes() -> None:
    spec = importlib.util.find_spec("isaaclab")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / "apps" / "isaaclab.python.kit").read_text(encoding="utf-8")
    (line,) = re.findall(r"^excluded = (\[.*\])$", text, re.MULTILINE)
    assert list(EXCLUDED) == json.loads(line)
    for file in ("README.md", "docs/isaac-sim.md", "premake.lua"):
        text = (REPOSITORY / file).read_text(encoding="utf-8")
        assert [option for option in START_OPTIONS.split() if option not in text] == [], file
