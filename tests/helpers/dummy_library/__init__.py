# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Dummy, a made-up RL library, added as ``docs/extending.md`` says: this folder and one line in the table.

Its learner changes the weights of a linear policy at random. It is a double for a library that is not in the table.
"""

from __future__ import annotations

import pytest

TASK = "Isaac-Cartpole-Direct"


def add(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adds the library to the table, and its agent configuration to a task's registration."""
    import gymnasium
    from rl_trainer_ext.isaac_lab.registration import register_tasks
    from rl_trainer_ext.learners import formats

    monkeypatch.setitem(formats.PACKAGES, "dummy", __name__)
    register_tasks()
    monkeypatch.setitem(gymnasium.spec(TASK).kwargs, "dummy_cfg_entry_point", f"{__name__}:agent.yaml")
