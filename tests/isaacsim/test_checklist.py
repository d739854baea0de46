# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The checklist of docs/verification.md in a real Isaac Sim: ./rl_trainer.sh test --isaacsim."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from rl_trainer_ext.hosts.kit.packages import START_OPTIONS

FOLDER = Path(__file__).parent
REPOSITORY = FOLDER.parents[1]
CHECKLIST = FOLDER / "checklist.py"
ENVIRONMENT = dict(os.environ)
"""The user's, before tests/conftest.py puts assets made for Newton and folders of the tests' own into it."""


def names() -> list[str]:
    """The steps, without importing them."""
    tree = ast.parse(CHECKLIST.read_text(encoding="utf-8"))
    (steps,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    return [node.name for node in steps.body if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("step")]


def isaac_sim() -> str | None:
    """What starts Isaac Sim on this machine, or None."""
    folder = os.environ.get("ISAACSIM_PATH", "")
    start = Path(folder) / "isaac-sim.sh"
    return str(start) if folder and start.is_file() else shutil.which("isaacsim")


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    if not request.config.getoption("--isaacsim"):
        pytest.skip("needs Isaac Sim: ./rl_trainer.sh test --isaacsim runs it")
    start = isaac_sim()
    if start is None:
        pytest.skip("Isaac Sim was not found: set ISAACSIM_PATH to the folder with isaac-sim.sh")
    report = tmp_path_factory.mktemp("isaacsim") / "report.json"
    command = [
        *(start, "--ext-folder", str(REPOSITORY / "exts")),
        *("--enable", "rl_trainer_ext", "--enable", "omni.kit.ui_test", *START_OPTIONS.split()),
        *("--/app/file/ignoreUnsavedOnExit=true", f"--/exts/rl_trainer_ext/log_root={report.parent / 'logs'}"),
        *("--exec", f"{CHECKLIST} {report}"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800, env=ENVIRONMENT)
    assert report.is_file(), f"Isaac Sim ended with {done.returncode}:\n{(done.stdout + done.stderr)[-5000:]}"
    found: dict[str, str] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", names())
def test_in_isaac_sim(outcomes: dict[str, str], name: str) -> None:
    problem = outcomes.get(name, "it was not run")
    assert not problem, problem


def test_isaac_sim_is_started_in_the_users_own_environment(asset_root: Path) -> None:
    assert str(asset_root) in os.environ.values()
    assert str(asset_root) not in ENVIRONMENT.values()
    assert os.environ["XDG_CONFIG_HOME"] != ENVIRONMENT.get("XDG_CONFIG_HOME")
