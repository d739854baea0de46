# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The extension inside NVIDIA's Kit kernel, with the real omni.ui, Isaac Lab and RSL-RL.

A process can hold one Kit, and once it does, omni.ui and Isaac Lab take themselves to be inside of Isaac Sim. So the
tests of inside_*.py run in a process of their own, all in the same one; here each of them is reported.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parent
INSIDE = sorted(FOLDER.glob("inside_*.py"))

pytestmark = pytest.mark.skipif(
    os.environ.get("OMNI_KIT_ACCEPT_EULA") != "yes",
    reason="OMNI_KIT_ACCEPT_EULA=yes accepts NVIDIA's licence for Kit and runs this test",
)


def names() -> list[str]:
    """The tests inside, without importing them: they need Kit."""
    nodes = [node for file in INSIDE for node in ast.parse(file.read_text(encoding="utf-8")).body]
    return [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inside")


@pytest.fixture(scope="module")
def outcomes(folder: Path, asset_root: Path) -> dict[str, str]:
    """What became of each test inside: empty for passed, else why not."""
    report = folder / "report.xml"
    paths = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parent / "ui")]
    command = [
        *(sys.executable, "-m", "pytest", *map(str, INSIDE), "-q", "-p", "no:cacheprovider"),
        *("--noconftest", "-p", "inside_fixtures", f"--junitxml={report}", f"--basetemp={folder / 'temporary'}"),
    ]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if not report.is_file():
        pytest.fail(f"Kit's process ended with {done.returncode} and no report:\n{(done.stdout + done.stderr)[-5000:]}")
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        problems = [each for each in case if each.tag in ("failure", "error", "skipped")]
        found[str(case.get("name"))] = "\n".join((each.text or each.get("message") or each.tag) for each in problems)
    return found


@pytest.mark.parametrize("name", names())
def test_inside_kit(outcomes: dict[str, str], name: str) -> None:
    problem = outcomes.get(name, "it was not run")
    assert not problem, problem


def test_weights_equal_those_of_isaac_labs_command_to_the_bit(outcomes: dict[str, str], folder: Path) -> None:
    from runs_made_here import equal_to_the_bit

    ours = Path(json.loads((folder / "temporary" / "kit0" / "trained.json").read_text(encoding="utf-8")))
    arguments = [
        *("--rl_library", "rsl_rl", "--task", "Isaac-Cartpole-Direct", "--num_envs", "16", "--max_iterations", "3"),
        *("--seed", "7", "--device", "cpu", "agent.device=cpu", "physics=newton_mjwarp"),
    ]
    command = subprocess.run(
        [sys.executable, "-m", "isaaclab", "train", *arguments], cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert command.returncode == 0, command.stderr[-3000:]
    (theirs,) = folder.glob("logs/rsl_rl/*/*/model_2.pt")
    assert equal_to_the_bit(ours, theirs)
