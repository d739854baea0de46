# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs as plain values, for tests of what shows them: nothing of them is on disk."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rl_trainer_ext.runs import Run, RunStatus

from helpers.recording_trainer import LONG_NAME

NOW = 1_795_000_000.0
"""The time of these tests [unix s]."""

ROOT = Path("/training/logs")


def run(number: int = 0, **changes: Any) -> Run:
    """A finished run that began ``number`` hours and five minutes ago."""
    values: dict[str, Any] = {
        "path": ROOT / "rsl_rl" / "cartpole_direct" / f"2026-11-20_{number:05d}",
        "library": "rsl_rl",
        "experiment": "cartpole_direct",
        "task": "Isaac-Cartpole-Direct",
        "created": NOW - 3600 * number - 300,
        "status": RunStatus.FINISHED,
        "iterations": 100 + number,
        "steps": 153_600 * (1 + number),
        "seconds": 23.0 + 61 * number,
        "last_reward": 4.921 - 0.01 * number,
        "best_reward": 4.975 - 0.01 * number,
        "best_iteration": 96,
        "size": 7_400_000 + 10_000 * number,
        "sparkline": tuple(4.9 * (1 - math.exp(-i / (5 + number % 9))) + 0.2 * math.sin(i * 1.7) for i in range(32)),
    }
    return Run(**(values | changes))


def assorted() -> list[Run]:
    """One of each: every status, either library, long names, hardly anything known."""
    return [
        run(0, status=RunStatus.RUNNING, iterations=37),
        run(1, name="tuned entropy", tags=("paper", "v2")),
        run(2, library="sb3", experiment="Isaac-Cartpole-Direct", status=RunStatus.STOPPED, iterations=61),
        run(3, status=RunStatus.FAILED, problem="The reward became not a number.", last_reward=math.nan),
        run(4, status=RunStatus.KILLED, iterations=12, last_reward=-1234.5, best_reward=-1_200_345.0),
        run(5, task=LONG_NAME, name="a name that somebody wrote at length to remember what was tried here"),
        run(
            30,
            task="",
            status=RunStatus.UNKNOWN,
            has_manifest=False,
            iterations=None,
            steps=None,
            seconds=None,
            last_reward=None,
            best_reward=None,
            best_iteration=None,
            sparkline=(),
        ),
        run(
            24 * 40,
            library="sb3",
            experiment="Isaac-Ant",
            task="Isaac-Ant",
            resumed_from=ROOT / "sb3" / "Isaac-Ant" / "2026-10-01_10-00-00",
        ),
    ]
