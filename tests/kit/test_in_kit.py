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
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

FOLDER = Path(__file__).parent
INSIDE = sorted(FOLDER.glob("inside_*.py"))
REPORT = "report.xml"
LIMIT = 3600
"""Seconds after which a process counts as hanging, on the slowest machine."""

pytestmark = [
    pytest.mark.kit,
    pytest.mark.skipif(
        os.environ.get("OMNI_KIT_ACCEPT_EULA") != "yes",
        reason="OMNI_KIT_ACCEPT_EULA=yes accepts NVIDIA's licence for Kit and runs this test",
    ),
]


class Outcome(NamedTuple):
    """What became of a test inside."""

    problem: str
    """Why it failed, or was skipped; empty for passed."""
    skipped: bool
    seconds: float


def names() -> list[str]:
    """The tests inside, without importing them: they need Kit."""
    nodes = [node for file in INSIDE for node in ast.parse(file.read_text(encoding="utf-8")).body]
    return [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inside")


def in_kit(*command: str, folder: Path) -> subprocess.Popen[str]:
    """Starts a program that finds the modules of the tests."""
    paths = [str(FOLDER), str(FOLDER.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    # as in Isaac Sim: the extension is not compiled again each time that it is enabled
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def kit_process(folder: Path, asset_root: Path) -> Iterator[subprocess.Popen[str]]:
    """Kit's process, which works while others get ready."""
    arguments = [
        *("-m", "pytest", *map(str, INSIDE), "-q", "-p", "no:cacheprovider", "--noconftest", "-p", "inside_fixtures"),
        *(f"--junitxml={folder / REPORT}", f"--basetemp={folder / 'temporary'}"),
    ]
    with in_kit(*arguments, folder=folder) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
def launched(
    kit_process: subprocess.Popen[str], isaac_lab_trained: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """What became of ``rl-trainer --isaacsim``, beside Kit's process."""
    folder = tmp_path_factory.mktemp("launched")
    with in_kit(str(FOLDER / "launched.py"), str(folder), folder=folder) as process:
        said, _ = process.communicate(timeout=LIMIT)
    assert (folder / "launched.json").is_file(), said[-5000:]
    found: dict[str, Any] = json.loads((folder / "launched.json").read_text(encoding="utf-8"))
    return {**found, "folder": folder}


@pytest.fixture(scope="module")
def outcomes(folder: Path, kit_process: subprocess.Popen[str], launched: dict[str, Any]) -> dict[str, Outcome]:
    """What became of each test inside. Other programs that tests need, such as Isaac Lab's command, work beside it."""
    said, _ = kit_process.communicate(timeout=LIMIT)
    if not (folder / REPORT).is_file():
        pytest.fail(f"Kit's process ended with {kit_process.returncode} and no report:\n{said[-5000:]}")
    found = {}
    for case in ElementTree.parse(folder / REPORT).iter("testcase"):
        problems = [each for each in case if each.tag in ("failure", "error", "skipped")]
        found[str(case.get("name"))] = Outcome(
            "\n".join((each.text or each.get("message") or each.tag) for each in problems),
            any(each.tag == "skipped" for each in problems),
            float(case.get("time", 0.0)),
        )
    return found


@pytest.mark.parametrize("name", names())
def test_inside_kit(outcomes: dict[str, Outcome], name: str, record_property: Callable[[str, object], None]) -> None:
    outcome = outcomes.get(name, Outcome("it was not run", False, 0.0))
    record_property("seconds inside Kit", outcome.seconds)
    if outcome.skipped:
        pytest.skip(outcome.problem)
    assert not outcome.problem, outcome.problem


def test_weights_equal_those_of_isaac_labs_command_to_the_bit(
    outcomes: dict[str, Outcome], folder: Path, isaac_lab_trained: dict[str, Path]
) -> None:
    from helpers.runs_made_here import equal_to_the_bit

    ours = Path(json.loads((folder / "temporary" / "kit0" / "trained.json").read_text(encoding="utf-8")))
    assert equal_to_the_bit(ours, isaac_lab_trained["rsl_rl"] / "model_2.pt")


def test_isaac_labs_launcher_opens_isaac_sim_with_the_panel(launched: dict[str, Any]) -> None:
    assert launched["status"] == 0
    assert launched["experience"] == "isaaclab.python.kit"
    assert launched["headless"] is False
    # none of our own arguments, which Kit would take for its
    assert all(argument.startswith("--/") for argument in launched["argv"])
    assert launched["enabled"]
    assert launched["state"] == "IDLE"
    assert launched["log_root"] == str(launched["folder"] / "runs")
    assert not launched["enabled_at_the_end"]  # so that a run is saved before Kit may end the process
    assert launched["errors"] == []


@pytest.fixture(scope="module")
def prebundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the panel says beside an extension that brings an older Warp: started plainly, and as the panel advises."""
    from rl_trainer_ext.hosts.kit.packages import START_OPTIONS

    folders = {name: tmp_path_factory.mktemp(name) for name in ("plain", "advised")}
    processes = {
        name: in_kit(str(FOLDER / "with_prebundle.py"), str(folder), *options, folder=folder)
        for (name, folder), options in zip(folders.items(), ([], START_OPTIONS.split()), strict=True)
    }
    found = {}
    for name, process in processes.items():
        said, _ = process.communicate(timeout=LIMIT)
        report = folders[name] / "prebundle.json"
        assert report.is_file(), said[-5000:]
        found[name] = json.loads(report.read_text(encoding="utf-8"))
    return found


def test_an_older_warp_of_an_extension_is_told_with_the_start_options_that_cure_it(
    prebundles: dict[str, dict[str, Any]],
) -> None:
    from rl_trainer_ext.hosts.kit.packages import START_OPTIONS

    plain = prebundles["plain"]
    assert plain["brought"]
    assert plain["warp"] == "1.13.0"
    assert "warp-lang 1.13.0 is found where Isaac Lab requires ==1.17.0" in plain["failure"]
    assert plain["failure"].endswith(START_OPTIONS)
    assert plain["imported"] == []  # it is told before anything of Isaac Lab is imported
    assert plain["clicked"] == plain["failure"]


def test_the_start_options_keep_the_older_warp_out(prebundles: dict[str, dict[str, Any]]) -> None:
    advised = prebundles["advised"]
    assert not advised["brought"]
    assert advised["warp"] == "1.17.0"
    assert advised["failure"] == ""
    assert advised["tasks"]


def test_another_isaac_sim_than_isaac_labs_is_told_before_a_run(prebundles: dict[str, dict[str, Any]]) -> None:
    assert prebundles["advised"]["notice"].startswith(
        "This is Isaac Sim 6.0.1, and Isaac Lab 3.0.0 is made for 6.2.0.0"
    )
