# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Kit closing, and the extension disabled, in mid-training, with the fast shutdown that Isaac Sim sets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_in_kit import FOLDER, in_kit, pytestmark  # noqa: F401  the mark holds here as well


@pytest.mark.parametrize("how", ["quit", "disable"])
def test_a_run_is_saved_and_closed_with_the_frames_that_isaac_lab_asks_for(
    how: str, tmp_path: Path, asset_root: Path
) -> None:
    with in_kit(str(FOLDER / "closing.py"), str(tmp_path), how, folder=tmp_path) as process:
        said, _ = process.communicate(timeout=240)
    report = tmp_path / "closing.json"
    assert report.is_file(), said[-5000:]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found == {"fast": True, "frames": 1, "status": "stopped", "saved": True, "errors": []}
    assert process.returncode == 0, said[-5000:]
