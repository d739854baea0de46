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
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parent
INSIDE = sorted(FOLDER.glob("inside_*.py"))
REPORT = "report.xml"

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
def kit_process(folder: Path, asset_root: Path) -> Iterator[subprocess.Popen[str]]:
    """Kit's process, which works while others get ready."""
    paths = [str(FOLDER), str(FOLDER.parent), str(FOLDER.parent / "ui")]
    command = [
        *(sys.executable, "-m", "pytest", *map(str, INSIDE), "-q", "-p", "no:cacheprovider", "--durations=10"),
        *("--noconftest", "-p", "inside_fixtures", f"--junitxml={folder / REPORT}"),
        f"--basetemp={folder / 'temporary'}",
    ]
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def outcomes(
    folder: Path, kit_process: subprocess.Popen[str], isaac_lab_trained: dict[str, Path]
) -> dict[str, tuple[str, float]]:
    """What became of each test inside: empty for passed, else why not; and how long it took [s].

    Isaac Lab's command, to whose weights those of Kit are compared, trains beside it.
    """
    said, _ = kit_process.communicate(timeout=600)
    if not (folder / REPORT).is_file():
        pytest.fail(f"Kit's process ended with {kit_process.returncode} and no report:\n{said[-5000:]}")
    found = {}
    for case in ElementTree.parse(folder / REPORT).iter("testcase"):
        problems = [each for each in case if each.tag in ("failure", "error", "skipped")]
        problem = "\n".join((each.text or each.get("message") or each.tag) for each in problems)
        found[str(case.get("name"))] = problem, float(case.get("time", 0.0))
    return found


@pytest.mark.parametrize("name", names())
def test_inside_kit(
    outcomes: dict[str, tuple[str, float]], name: str, record_property: Callable[[str, object], None]
) -> None:
    problem, seconds = outcomes.get(name, ("it was not run", 0.0))
    record_property("seconds inside Kit", seconds)
    assert not problem, problem


def test_weights_equal_those_of_isaac_labs_command_to_the_bit(
    outcomes: dict[str, tuple[str, float]], folder: Path, isaac_lab_trained: dict[str, Path]
) -> None:
    from runs_made_here import equal_to_the_bit

    ours = Path(json.loads((folder / "temporary" / "kit0" / "trained.json").read_text(encoding="utf-8")))
    assert equal_to_the_bit(ours, isaac_lab_trained["rsl_rl"] / "model_2.pt")
