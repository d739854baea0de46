# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What all tests share: assets without a network, no trace in the user's own folders, one trainer for the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rl_trainer_ext.assets import build_offline_root


@pytest.fixture(scope="session", autouse=True)
def asset_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The offline asset root, in force before Isaac Lab is imported."""
    root = build_offline_root(tmp_path_factory.mktemp("assets") / "root")
    os.environ["ISAACSIM_ASSET_ROOT"] = str(root)
    return root


@pytest.fixture(scope="session", autouse=True)
def user_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Configuration and state of the person who runs the tests stay as they are."""
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))


@pytest.fixture(scope="session")
def trainer() -> Iterator:
    """A trainer that has loaded Isaac Lab; idle before and after each test that uses it."""
    from rl_trainer_ext.trainer import Trainer
    from runs_made_here import idle, tick_until

    trainer = Trainer()
    tick_until(trainer, idle)
    yield trainer
    trainer.close()
