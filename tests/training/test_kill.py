# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A training that is killed at a random moment leaves nothing broken: the tool that shows it, a few times."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "kill_training.py"


@pytest.mark.subprocess
def test_five_trainings_are_killed_and_nothing_is_lost(warm_process, tmp_path):
    done = subprocess.run(
        warm_process.python(str(TOOL), "5", "--log_root", str(tmp_path / "läufe und mehr")),
        capture_output=True,
        text=True,
        timeout=3600,  # ends a test that hangs, on the slowest machine
    )
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 5
    assert {line.split()[1] for line in lines} == {"rsl_rl", "sb3", "skrl"}
    assert any("continues to" in line for line in lines)
