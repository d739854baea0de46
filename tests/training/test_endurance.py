# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests that twenty trainings in one process leave memory flat and nothing open."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CYCLES = 20
WARM_UP = 3
"""Cycles after which everything is loaded: each library, each task."""

ALLOWED_GROWTH = {"allocated_bytes": 100_000, "python_blocks": 1000}
"""What a cycle may leave in use. A cycle was seen to leave 4,000 to 14,000 bytes and 30 blocks; a Newton model that is
kept makes 350,000 bytes and 3,600 blocks."""


@pytest.mark.subprocess
def test_memory_stays_flat_over_twenty_trainings(tmp_path):
    done = subprocess.run(
        # cold: the copy of a process has no threads, such as the one in which USD frees closed stages
        [sys.executable, "-m", "helpers.cycles", str(CYCLES), str(tmp_path)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=3600,  # ends a test that hangs, on the slowest machine
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cycles = json.loads(done.stdout.splitlines()[-1])
    assert [cycle["status"] for cycle in cycles] == ["finished", "stopped"] * (CYCLES // 2)
    for what, allowed in ALLOWED_GROWTH.items():
        counts = [cycle[what] for cycle in cycles]
        assert counts[-1] - counts[WARM_UP - 1] <= allowed * (CYCLES - WARM_UP), (what, counts)
    for what in ("threads", "open_files", "greenlets", "optimizer_hooks"):
        counts = [cycle[what] for cycle in cycles]
        assert max(counts[WARM_UP:]) <= counts[WARM_UP - 1], (what, counts)
