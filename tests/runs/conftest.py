# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A log root and a cache directory of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log root whose name needs care."""
    root = tmp_path / "läufe und mehr 🚀"
    root.mkdir()
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The cache directory."""
    return tmp_path / "cache"
