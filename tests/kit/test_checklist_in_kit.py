# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The checklist for Isaac Sim under Kit's real ``--exec``, as far as it goes without Isaac Sim."""

from __future__ import annotations

import json
from pathlib import Path

from test_in_kit import FOLDER, LIMIT, in_kit, pytestmark  # noqa: F401  the mark holds here as well


def test_the_checklist_docks_clicks_and_trains(tmp_path: Path, asset_root: Path) -> None:
    with in_kit(str(FOLDER / "with_checklist.py"), str(tmp_path), folder=tmp_path) as process:
        said, _ = process.communicate(timeout=LIMIT)
    report = tmp_path / "report.json"
    assert report.is_file(), said[-5000:]
    outcomes = json.loads(report.read_text(encoding="utf-8"))
    assert outcomes["step_1_docked_beside_property"] == ""
    # it has been trained to its end by then, in the folder beside the report
    assert outcomes["step_3_train"].strip().endswith("it did not train on Isaac Sim's PhysX"), said[-5000:]
    assert list(tmp_path.glob("logs/rsl_rl/cartpole_direct/*/model_*.pt"))
