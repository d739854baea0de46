# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The sample project of examples/, installed as its README says: listed and trained with both libraries."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.warm import WarmProcess
from rl_trainer_ext.metrics.reading import EventReader

PROJECT = Path(__file__).resolve().parents[2] / "examples" / "rover_tasks"
LIMIT = 900
pytestmark = pytest.mark.subprocess


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a process that finds the installed project."""
    folder = tmp_path_factory.mktemp("sample")
    # setuptools builds beside the sources
    sources = shutil.copytree(PROJECT, folder / "rover_tasks")
    install = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--target",
        str(folder / "site"),
        str(sources),
    ]
    subprocess.run([sys.executable, "-m", "pip", *install, str(sources)], check=True, timeout=LIMIT)
    path = os.pathsep.join(filter(None, (str(folder / "site"), os.environ.get("PYTHONPATH"))))
    return os.environ | {"PYTHONPATH": path}


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
def test_the_sample_project_trains(
    environment: dict[str, str], warm_process: WarmProcess, tmp_path: Path, library: str
) -> None:
    arguments = ["train", "--task", "Rover-Velocity", "--library", library, "--num_envs", "16", "--max_iterations", "2"]
    # one of them starts as the user's does, without anything imported
    python = warm_process.python if library == "sb3" else lambda *program: [sys.executable, *program]
    done = subprocess.run(
        python("-m", "rl_trainer_ext", *arguments, "--device", "cpu", "--headless", "--json"),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["status"], result["iterations"]) == ("finished", 2)
    record = json.loads((Path(result["run_dir"]) / "rl_trainer.json").read_text(encoding="utf-8"))
    assert record["config"]["task"] == "Rover-Velocity"
    if library == "rsl_rl":  # its first episodes begin at random lengths, so some of them end in two iterations
        reader = EventReader(Path(result["run_dir"]), library=library)
        while not reader.read():
            pass
        curricula = {series.tag.removeprefix("Curriculum/") for series in reader.metrics if "Curriculum/" in series.tag}
        assert curricula == {"terrain_levels", "command_range", "smoothness"}
