# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A project with a task of the user's own, whose files a test edits."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import gymnasium
from rl_trainer_ext.isaac_lab import registration, task_sources
from rl_trainer_ext.sources.watch import SourceWatch

_numbers = itertools.count()

STEPS = 4
"""Environment steps of an episode."""

_REGISTER = """import gymnasium
gymnasium.register({task!r}, "{name}.env:OwnEnv", disable_env_checker=True, kwargs={{
    "env_cfg_entry_point": "{name}.env:OwnCfg",
    "rsl_rl_cfg_entry_point": "{name}.agents:RunnerCfg",
    "sb3_cfg_entry_point": "{name}:sb3.yaml",
}})
"""

_FILES = {
    "rewards.py": "BONUS = 1.0\n",
    "env.py": """
import torch
from isaaclab.utils import configclass
from isaaclab_tasks.core.cartpole.cartpole_direct_env import CartpoleEnv
from isaaclab_tasks.core.cartpole.cartpole_direct_env_cfg import CartpoleEnvCfg
from .rewards import BONUS

@configclass
class OwnCfg(CartpoleEnvCfg):
    episode_length_s = {steps} * 2 / 120
    bonus_reward = 1.0

class OwnEnv(CartpoleEnv):
    def _get_rewards(self):
        return torch.full_like(super()._get_rewards(), BONUS)
""",
    "agents.py": """
from isaaclab.utils import configclass
from isaaclab_tasks.core.cartpole.agents.rsl_rl_ppo_cfg import CartpolePPORunnerCfg

@configclass
class RunnerCfg(CartpolePPORunnerCfg):
    max_iterations = 11
""",
    "sb3.yaml": "seed: 7\nn_timesteps: 4096\npolicy: MlpPolicy\nn_steps: 16\nbatch_size: 256\n",
}


class OwnProject:
    """A package with a Cartpole whose reward of each step is a number in a file; the block removes it.

    Args:
        folder: Where the package's folder is made.
        monkeypatch: Undoes what changes in this process.
        name: Name of the package; empty for a new one.
    """

    def __init__(self, folder: Path, monkeypatch: Any, name: str = "") -> None:
        self.name = name or f"own_project_{next(_numbers)}"
        self.task = f"Own-Reloaded-{self.name.rpartition('_')[2].capitalize()}"
        self.folder = folder / self.name
        self.steps = STEPS
        self._monkeypatch = monkeypatch
        self.files = {file: text.replace("{steps}", str(STEPS)) for file, text in _FILES.items()}
        self.files["__init__.py"] = '"""Tasks."""\n' + self.registers(self.task)

    def registers(self, task: str) -> str:
        """Source that registers the task under a name."""
        return _REGISTER.format(task=task, name=self.name)

    def __enter__(self) -> OwnProject:
        self._registry = dict(gymnasium.registry)
        for module, name, empty in (
            (registration, "_found", {}),
            (registration, "_broken", {}),
            (task_sources, "_watch", SourceWatch()),
            (task_sources, "_known", None),
        ):
            self._monkeypatch.setattr(module, name, empty)
        self._monkeypatch.setattr(sys, "path", list(sys.path))
        self.folder.mkdir(parents=True)
        for file, text in self.files.items():
            self.write(file, text)
        return self

    def __exit__(self, kind: type | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        gymnasium.registry.clear()
        gymnasium.registry.update(self._registry)
        for module in [each for each in sys.modules if each.partition(".")[0].startswith("own_")]:
            del sys.modules[module]

    def load(self) -> None:
        """Imports the package from a path of its own."""
        self._monkeypatch.syspath_prepend(self.folder.parent)
        importlib.invalidate_caches()
        importlib.import_module(self.name)

    def write(self, file: str, text: str) -> Path:
        """Writes a file as an editor saves it, a moment after the last time; returns its path."""
        path = self.folder / file
        before = path.stat().st_mtime_ns if path.exists() else 0
        path.write_text(text, encoding="utf-8")
        if path.stat().st_mtime_ns == before:
            os.utime(path, ns=(before + 1, before + 1))
        return path
