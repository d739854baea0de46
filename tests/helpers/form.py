# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What tests of the form do in the panel."""

from __future__ import annotations

from typing import Any

from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train

from helpers.driver import ENTER


def choose_task(driver: Any, name: str) -> None:
    """Chooses a task by typing its name into the list."""
    driver.click("task")
    driver.type(name)
    driver.press(ENTER)


def trained(shown: Any) -> RunConfig:
    """Clicks Train, and returns what was sent."""
    shown.driver.click("train")
    return shown.trainer.of(Train)[-1].config
