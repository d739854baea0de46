# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The rover: a box on four wheels, each with a motor."""

from pathlib import Path

import isaaclab.sim as sim_utils
from isaaclab.actuators import ImplicitActuatorCfg
from isaaclab.assets import ArticulationCfg

ROVER_CFG = ArticulationCfg(
    spawn=sim_utils.UsdFileCfg(usd_path=str(Path(__file__).with_name("rover.usda"))),
    init_state=ArticulationCfg.InitialStateCfg(pos=(0.0, 0.0, 0.15)),
    actuators={
        "wheels": ImplicitActuatorCfg(joint_names_expr=[".*_wheel"], stiffness=0.0, damping=2.0, joint_effort_limit=5.0)
    },
)
"""The rover, 10 kg. Its motors follow a wheel speed [rad/s] with at most 5 N m."""
