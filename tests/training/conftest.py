# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the tests of trainings share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def config(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A short Cartpole training below a folder of the test's own, with a name that needs care."""
    from helpers.runs_made_here import CARTPOLE

    library = getattr(request, "param", "rsl_rl")
    return CARTPOLE.replace(library=library, log_root=str(tmp_path / "läufe und mehr"))
