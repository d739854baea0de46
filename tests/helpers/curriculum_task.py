# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The sample project's task, with curriculum terms of every kind; and a direct task whose code reads the counter.

Isaac Lab imports it by name, after it has read where assets are.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium
import torch
from isaaclab.envs import mdp
from isaaclab.managers import CurriculumTermCfg, ManagerTermBase
from isaaclab.utils import configclass

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples" / "rover_tasks" / "src"))

import rover_tasks.tasks  # noqa: F401 - registers the sample task
from isaaclab_tasks.core.cartpole.cartpole_direct_env import CartpoleEnv
from rover_tasks.tasks.rover.velocity_env_cfg import CurriculumCfg, RoverVelocityEnvCfg

ROVER, CARTPOLE = "Own-Rover", "Own-Counting-Cartpole"
REACH = "curriculum_manager.cfg.difficulty.func.reach"


class Difficulty(ManagerTermBase):
    """Holds a number, a tensor of all environments, a window of successes, and a generator that cannot be kept."""

    def __init__(self, cfg: CurriculumTermCfg, env: Any) -> None:
        super().__init__(cfg, env)
        self.calls = 0
        self._levels = torch.zeros(env.num_envs, device=env.device)
        self._window: deque[float] = deque(maxlen=3)
        self._generator = torch.Generator()
        self.reach = 3.0

    def __call__(self, env: Any, env_ids: Sequence[int]) -> float:
        self.calls += 1
        self._levels[env_ids] += 1.0
        self._window.append(float(self.calls))
        return float(self._levels.mean())


def farther(env: Any, env_ids: Sequence[int], value: float) -> float:
    """Adds 1 to an attribute of the environment at each reset."""
    return value + 1.0


@configclass
class OwnCurriculumCfg(CurriculumCfg):
    """The sample's terms and two more."""

    difficulty = CurriculumTermCfg(func=Difficulty)
    reach = CurriculumTermCfg(func=mdp.modify_env_param, params={"address": REACH, "modify_fn": farther})


@configclass
class OwnRoverCfg(RoverVelocityEnvCfg):
    """Episodes of ten steps, so that every rollout has resets."""

    curriculum: OwnCurriculumCfg = OwnCurriculumCfg()

    def __post_init__(self) -> None:
        super().__post_init__()
        self.episode_length_s = 0.2
        self.curriculum.command_range.params["num_steps"] = 100
        self.curriculum.smoothness.params["num_steps"] = 60


class CountingCartpole(CartpoleEnv):
    """Notes the counter at its first step."""

    first_count: int | None = None

    def _get_rewards(self) -> torch.Tensor:
        if CountingCartpole.first_count is None:
            CountingCartpole.first_count = self.common_step_counter
        return super()._get_rewards()


def register() -> None:
    """Makes the tasks known to Gymnasium."""
    for name, original, entry_point, changed in (
        (ROVER, "Rover-Velocity", None, {"env_cfg_entry_point": f"{__name__}:OwnRoverCfg"}),
        (CARTPOLE, "Isaac-Cartpole-Direct", CountingCartpole, {}),
    ):
        spec = gymnasium.spec(original)
        kwargs = {**spec.kwargs, **changed}
        gymnasium.register(name, entry_point or spec.entry_point, kwargs=kwargs, disable_env_checker=True)


def unregister() -> None:
    """Undoes :func:`register`, and the import of the sample project."""
    for name in (ROVER, CARTPOLE, "Rover-Velocity"):
        gymnasium.registry.pop(name, None)
