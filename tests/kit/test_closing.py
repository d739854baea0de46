# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings under Isaac Sim's run loop; Kit closing, and the extension disabled, in mid-training. See closing.py."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from kernel import ISAAC_SIM_PARTS
from test_in_kit import FOLDER, LIMIT, in_kit, pytestmark  # noqa: F401  the mark holds here as well


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("closing")


@pytest.fixture(scope="module")
def closed(folder: Path, asset_root: Path) -> tuple[subprocess.Popen[str], str]:
    """The process that has ended, and what it printed."""
    with in_kit(str(FOLDER / "closing.py"), str(folder), folder=folder) as process:
        printed, _ = process.communicate(timeout=LIMIT)
    return process, printed


def report(folder: Path, name: str, printed: str) -> dict[str, Any]:
    """Reads what the process reports; fails with what it printed where it has not come so far."""
    path = folder / f"{name}.json"
    assert path.is_file(), printed[-5000:]
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.skipif(not ISAAC_SIM_PARTS.is_dir(), reason="Isaac Sim's run loop is fetched by ./rl_trainer.sh test")
def test_it_trains_under_isaac_sims_run_loop(folder: Path, closed: tuple[subprocess.Popen[str], str]) -> None:
    assert report(folder, "loop", closed[1]) == {
        "loop": True,
        "limit": True,
        "limit_in_run": False,
        "status": "finished",
        "iteration": 3,
        "failure": "",
    }


@pytest.mark.parametrize("how", ["disable", "quit"])
def test_a_run_is_saved_and_closed_with_the_frames_that_isaac_lab_asks_for(
    how: str, folder: Path, closed: tuple[subprocess.Popen[str], str]
) -> None:
    process, printed = closed
    found = report(folder, how, printed)
    assert found == {"fast": True, "frames": 1, "status": "stopped", "saved": True, "errors": []}
    assert process.returncode == 0, printed[-5000:]
