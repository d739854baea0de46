# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Isaac Lab's task of two agents, the pendulum on a cart, with the cartpole in place of a robot that needs the network.

The joint of the pole stands for that of the pendulum on it, too. Isaac Lab imports this module by name, after it has
read where assets are.
"""

from __future__ import annotations

import gymnasium
from isaaclab.assets import ArticulationCfg
from isaaclab.utils import configclass, replace
from isaaclab_assets.robots.cartpole import CARTPOLE_CFG
from isaaclab_tasks.core.pendulum.pendulum_marl_env_cfg import PendulumMARLEnvCfg, PendulumSceneCfg

TASK = "Own-Team-Direct"
PENDULUM = "Isaac-Pendulum-MARL-Direct"


@configclass
class TeamSceneCfg(PendulumSceneCfg):
    robot: ArticulationCfg = replace(CARTPOLE_CFG, prim_path="{ENV_REGEX_NS}/Robot")


@configclass
class TeamEnvCfg(PendulumMARLEnvCfg):
    pendulum_dof_name = "cart_to_pole"
    episode_length_s = 0.4
    scene: TeamSceneCfg = TeamSceneCfg(num_envs=4096, env_spacing=4.0, replicate_physics=True)


def register() -> None:
    """Makes the task known to Gymnasium."""
    spec = gymnasium.spec(PENDULUM)
    kwargs = {**spec.kwargs, "env_cfg_entry_point": f"{__name__}:TeamEnvCfg"}
    gymnasium.register(TASK, spec.entry_point, kwargs=kwargs, disable_env_checker=True)
