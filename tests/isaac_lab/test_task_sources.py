# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A task whose source was edited after its import trains the old code, and says so."""

from __future__ import annotations

import sys
from pathlib import Path

import gymnasium
import pytest
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.trainer import Trainer

TASK = "Own-Edited-Cartpole"
SOURCE = """
from isaaclab.utils import configclass
from isaaclab_tasks.core.cartpole.cartpole_direct_env import CartpoleEnv
from isaaclab_tasks.core.cartpole.cartpole_direct_env_cfg import CartpoleEnvCfg

class OwnEnv(CartpoleEnv):
    BONUS = 0

@configclass
class OwnCfg(CartpoleEnvCfg):
    pass
"""


@pytest.fixture
def source(trainer, tmp_path, monkeypatch) -> Path:
    """The module of a task of the user's own, which is registered and not yet imported."""
    path = tmp_path / "own_edited_task.py"
    path.write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    spec = gymnasium.spec("Isaac-Cartpole-Direct")
    kwargs = {**spec.kwargs, "env_cfg_entry_point": f"{path.stem}:OwnCfg"}
    gymnasium.register(TASK, f"{path.stem}:OwnEnv", kwargs=kwargs, disable_env_checker=True)
    yield path
    del gymnasium.registry[TASK]
    sys.modules.pop(path.stem, None)


@pytest.mark.slow
def test_an_edited_task_is_told(source, tmp_path):
    trainer = Trainer()
    tick_until(trainer, idle)
    config = CARTPOLE.replace(task=TASK, max_iterations=1, log_root=str(tmp_path / "logs"))

    def origin(**changes) -> str:
        snapshot = run_to_end(trainer, Train(config.replace(**changes)))
        assert (snapshot.status, snapshot.failure) == ("finished", None)
        return snapshot.run.origin

    assert origin() == ""
    source.touch()
    assert origin() == ""  # saved without a change
    source.write_text(SOURCE.replace("BONUS = 0", "BONUS = 100"))
    told = f"own_edited_task.py changed after {TASK} was imported: the old code runs"
    assert told in origin()
    assert origin(task="Isaac-Cartpole-Direct") == ""
    source.write_text(SOURCE)
    assert origin() == ""  # taken back
    trainer.close()
