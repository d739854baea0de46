# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL Trainer in an environment that has Isaac Lab already: installed with pip, started there and by rl_trainer.sh."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
COPIED = ("pyproject.toml", "README.md", "LICENSE", "rl_trainer.sh", "requirements.txt", "exts", "tools")
LIMIT = 900
pytestmark = pytest.mark.subprocess

# no PYTHONPATH: what is started has to come from the environment
VARIABLES = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], cwd=cwd, env=VARIABLES, capture_output=True, text=True, timeout=LIMIT
    )


def site_packages(environment: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(environment), "platbase": str(environment)}))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository: an editable install writes beside the sources."""
    folder = tmp_path_factory.mktemp("clone") / "rl trainer"
    folder.mkdir()
    for name in COPIED:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy2(source, folder / name)
    return folder


@pytest.fixture(scope="module")
def isaac_lab_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment. It finds Isaac Lab, and all else that is installed here, by a path file.

    To install these eight gigabytes once more would test pip.
    """
    folder = tmp_path_factory.mktemp("environment") / "env_isaaclab"
    venv.create(folder, symlinks=True)
    (site_packages(folder) / "isaac_lab.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture(scope="module")
def installed(isaac_lab_environment: Path, repository: Path) -> Path:
    """The environment after ``pip install -e .[standalone]``."""
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    python = isaac_lab_environment / "bin" / "python"
    done = run(
        *(sys.executable, "-m", "pip", "--python", python, "install", *options, "-e", f"{repository}[standalone]"),
        cwd=repository.parent,
    )
    assert done.returncode == 0, done.stderr
    return isaac_lab_environment


def test_rl_trainer_trains_in_the_users_environment(installed: Path, repository: Path, tmp_path: Path) -> None:
    where = "import rl_trainer_ext; print(rl_trainer_ext.__file__)"
    found = run(installed / "bin" / "python", "-c", where, cwd=tmp_path)
    assert Path(found.stdout.strip()).is_relative_to(repository)
    small = ["--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--max_iterations", "1", "--device", "cpu"]
    done = run(installed / "bin" / "rl-trainer", "train", *small, "--headless", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["status"] == "finished"
    assert Path(result["run_dir"]).is_relative_to(tmp_path / "logs")


def test_the_script_starts_in_the_users_environment_and_makes_none(
    installed: Path, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    done = run(repository / "rl_trainer.sh", "--python", installed / "bin" / "python", "runs", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == []
    assert not (repository / ".venv").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--python",), "--python needs the path of the bin/python of your Isaac Lab environment."),
        (("--python", "/nowhere/python"), "There is no Python at /nowhere/python"),
        (("--python", "/bin/false"), "/bin/false is not Python 3.12, which Isaac Lab 3.0 needs: name another."),
        (("--python", "INSTALLED", "test"), "test needs the environment of this repository: leave --python out."),
        (("--python", "BARE"), "Isaac Lab is not installed for "),
    ],
)
def test_an_environment_that_cannot_be_used_is_refused(
    installed: Path, repository: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    if "BARE" in arguments:
        venv.create(tmp_path / "bare", symlinks=True)
    pythons = {"INSTALLED": installed / "bin" / "python", "BARE": tmp_path / "bare" / "bin" / "python"}
    done = run(repository / "rl_trainer.sh", *(pythons.get(word, word) for word in arguments), cwd=tmp_path)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert not (repository / ".venv").exists()


def test_without_rl_trainer_the_script_says_how_to_install_it(repository: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    site = site_packages(tmp_path / "env")
    # Isaac Lab alone: only whether it is there is asked
    (site / "isaaclab").mkdir()
    (site / "isaaclab" / "__init__.py").touch()
    python = tmp_path / "env" / "bin" / "python"
    done = run(repository / "rl_trainer.sh", "--python", python, cwd=tmp_path)
    assert done.returncode == 1
    assert f"RL Trainer is not installed for {python}: run {python} -m pip install -e" in done.stderr
