# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Rover-Velocity: four wheels follow a forward and a turning speed over bumps that grow with success."""

import isaaclab.sim as sim_utils
import isaaclab.terrains as terrain_gen
from isaaclab.assets import ArticulationCfg, AssetBaseCfg
from isaaclab.envs import ManagerBasedRLEnvCfg
from isaaclab.managers import (
    CurriculumTermCfg,
    EventTermCfg,
    ObservationGroupCfg,
    ObservationTermCfg,
    RewardTermCfg,
    TerminationTermCfg,
)
from isaaclab.scene import InteractiveSceneCfg
from isaaclab.terrains import TerrainGeneratorCfg, TerrainImporterCfg
from isaaclab.utils import configclass, replace
from isaaclab.visualizers import VisualizerCfg
from isaaclab_newton.physics import MJWarpSolverCfg, NewtonCfg
from isaaclab_physx.physics import PhysxCfg
from isaaclab_tasks.core.velocity import mdp
from isaaclab_tasks.utils import PresetCfg

from rover_tasks.assets import ROVER_CFG

from . import curriculums

TERRAIN = TerrainGeneratorCfg(
    size=(6.0, 6.0),
    border_width=3.0,
    num_rows=4,
    num_cols=4,
    horizontal_scale=0.25,
    vertical_scale=0.005,
    slope_threshold=0.75,
    curriculum=True,
    sub_terrains={
        "flat": terrain_gen.MeshPlaneTerrainCfg(proportion=0.5),
        "bumps": terrain_gen.HfRandomUniformTerrainCfg(
            proportion=0.5, noise_range=(0.0, 0.02), noise_step=0.01, border_width=0.25
        ),
    },
)
"""Sixteen patches of 6 m: half of them flat, half with bumps of up to 2 cm."""


@configclass
class RoverPhysicsCfg(PresetCfg):
    """The physics engines that the rover runs on."""

    isaacsim_physx: PhysxCfg = PhysxCfg()
    newton_mjwarp: NewtonCfg = NewtonCfg(
        solver_cfg=MJWarpSolverCfg(njmax=120, nconmax=40, cone="pyramidal", impratio=1.0, integrator="implicitfast"),
        num_substeps=1,
        debug_mode=False,
    )
    default: NewtonCfg = newton_mjwarp


@configclass
class RoverSceneCfg(InteractiveSceneCfg):
    """A rover for each environment on terrain that all share."""

    terrain = TerrainImporterCfg(
        prim_path="/World/ground",
        terrain_type="generator",
        terrain_generator=TERRAIN,
        max_init_terrain_level=0,
        collision_group=-1,
        physics_material=sim_utils.RigidBodyMaterialCfg(static_friction=0.8, dynamic_friction=0.8),
    )
    robot: ArticulationCfg = replace(ROVER_CFG, prim_path="{ENV_REGEX_NS}/Robot")
    light = AssetBaseCfg(prim_path="/World/light", spawn=sim_utils.DistantLightCfg(intensity=2000.0))


@configclass
class CommandsCfg:
    """What the rover is asked to do."""

    base_velocity = mdp.UniformVelocityCommandCfg(
        asset_name="robot",
        resampling_time_range=(2.0, 4.0),
        rel_standing_envs=0.1,
        heading_command=False,
        debug_vis=True,
        ranges=mdp.UniformVelocityCommandCfg.Ranges(lin_vel_x=(-0.8, 0.8), lin_vel_y=(0.0, 0.0), ang_vel_z=(-1.0, 1.0)),
    )


@configclass
class ActionsCfg:
    """A speed for each wheel."""

    wheels = mdp.JointVelocityActionCfg(asset_name="robot", joint_names=[".*_wheel"], scale=8.0)


@configclass
class ObservationsCfg:
    """What the policy sees: 16 values."""

    @configclass
    class PolicyCfg(ObservationGroupCfg):
        """Observations of the policy."""

        base_lin_vel = ObservationTermCfg(func=mdp.base_lin_vel)
        base_ang_vel = ObservationTermCfg(func=mdp.base_ang_vel)
        velocity_commands = ObservationTermCfg(func=mdp.generated_commands, params={"command_name": "base_velocity"})
        projected_gravity = ObservationTermCfg(func=mdp.projected_gravity)
        actions = ObservationTermCfg(func=mdp.last_action)

        def __post_init__(self) -> None:
            self.concatenate_terms = True

    policy: PolicyCfg = PolicyCfg()


@configclass
class RewardsCfg:
    """Follow the command, smoothly."""

    track_lin_vel = RewardTermCfg(
        func=mdp.track_lin_vel_xy_exp, weight=1.0, params={"command_name": "base_velocity", "std": 0.4}
    )
    track_ang_vel = RewardTermCfg(
        func=mdp.track_ang_vel_z_exp, weight=0.5, params={"command_name": "base_velocity", "std": 0.5}
    )
    action_rate = RewardTermCfg(func=mdp.action_rate_l2, weight=-0.01)
    flat = RewardTermCfg(func=mdp.flat_orientation_l2, weight=-0.5)


@configclass
class TerminationsCfg:
    """An episode ends after five seconds, or when the rover lies on its side."""

    time_out = TerminationTermCfg(func=mdp.time_out, time_out=True)
    tipped_over = TerminationTermCfg(func=mdp.bad_orientation, params={"limit_angle": 1.2})


@configclass
class EventsCfg:
    """Each episode starts somewhere else in its patch."""

    reset_base = EventTermCfg(
        func=mdp.reset_root_state_uniform,
        mode="reset",
        params={"pose_range": {"x": (-0.5, 0.5), "y": (-0.5, 0.5), "yaw": (-3.14, 3.14)}, "velocity_range": {}},
    )
    reset_wheels = EventTermCfg(
        func=mdp.reset_joints_by_offset,
        mode="reset",
        params={"position_range": (0.0, 0.0), "velocity_range": (0.0, 0.0)},
    )


@configclass
class CurriculumCfg:
    """Three ways to make a task harder.

    Steps are those of one environment: 24 in an iteration of RSL-RL.
    """

    terrain_levels = CurriculumTermCfg(
        func=curriculums.terrain_levels_tracking, params={"term_name": "track_lin_vel", "up": 0.7, "down": 0.4}
    )
    """Success: rovers that follow their command get rougher patches."""
    command_range = CurriculumTermCfg(
        func=curriculums.command_range,
        params={"command_name": "base_velocity", "start": 0.4, "end": 0.8, "num_steps": 600},
    )
    """Steps: the commanded speeds grow."""
    smoothness = CurriculumTermCfg(
        func=mdp.modify_reward_weight, params={"term_name": "action_rate", "weight": -0.02, "num_steps": 720}
    )
    """Steps: abrupt actions cost twice as much from step 720."""


@configclass
class RoverVelocityEnvCfg(ManagerBasedRLEnvCfg):
    """A rover follows velocity commands. Trains in two minutes on two CPU cores with 64 environments."""

    scene: RoverSceneCfg = RoverSceneCfg(num_envs=1024, env_spacing=3.0)
    observations: ObservationsCfg = ObservationsCfg()
    actions: ActionsCfg = ActionsCfg()
    commands: CommandsCfg = CommandsCfg()
    rewards: RewardsCfg = RewardsCfg()
    terminations: TerminationsCfg = TerminationsCfg()
    events: EventsCfg = EventsCfg()
    curriculum: CurriculumCfg = CurriculumCfg()

    def __post_init__(self) -> None:
        self.decimation = 2
        self.episode_length_s = 5.0
        self.sim.dt = 0.01
        self.sim.render_interval = self.decimation
        self.sim.physics = RoverPhysicsCfg()
        self.sim.physics_material = self.scene.terrain.physics_material
        self.sim.default_visualizer_cfg = VisualizerCfg(eye=(4.0, 4.0, 3.0))
