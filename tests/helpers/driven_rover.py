# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The sample project's rover, and a checkpoint whose policy turns the command into wheel speeds, written by hand."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gymnasium
import pytest
import torch
from rl_trainer_ext.isaac_lab import registration
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.trainer import Trainer
from rl_trainer_ext.viewport.interface import Viewport

from .runs_made_here import idle, run_to_end, tick_until

TASK, COMMANDED = "Rover-Velocity", "Own-Commanded-Rover"
EXAMPLES = Path(__file__).parents[2] / "examples" / "rover_tasks" / "src"

_COMMAND = 6
"""The place of the command in the observation."""

_SMALL = 1e-3
"""So small a weight that ELU is linear."""


@contextmanager
def rover_task() -> Iterator[str]:
    """Within the block, the module of the sample project that this yields registers its task."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(EXAMPLES)
        patch.setattr(registration, "_found", dict(registration._found))  # else later tests' processes import it too
        rover = sys.modules.get("rover_tasks.tasks.rover")
        if rover is not None and TASK not in gymnasium.registry:
            importlib.reload(rover)  # an earlier test of this process has removed the task
        yield "rover_tasks.tasks"
    gymnasium.registry.pop(COMMANDED, None)


@contextmanager
def rover_trainer(viewport: Viewport | None = None) -> Iterator[Trainer]:
    """A trainer that knows the sample project's task."""
    with rover_task() as module:
        trainer = Trainer(viewport, task_modules=[module])
        tick_until(trainer, idle)
        yield trainer
        trainer.close()


def register_commanded() -> None:
    """Registers a task with a command term of each kind that Isaac Lab has."""
    from isaaclab.envs import mdp
    from isaaclab.utils import configclass
    from rover_tasks.tasks.rover.velocity_env_cfg import CommandsCfg, RoverVelocityEnvCfg

    times, turn = (0.1, 0.2), (-3.0, 3.0)
    pose = mdp.UniformPoseCommandCfg.Ranges(
        pos_x=(0.2, 0.6), pos_y=(-0.2, 0.2), pos_z=(0.1, 0.5), roll=turn, pitch=(-1.0, 1.0), yaw=turn
    )
    ground = mdp.UniformPose2dCommandCfg.Ranges(pos_x=(-2.0, 2.0), pos_y=(-2.0, 2.0), heading=turn)
    velocity = mdp.UniformVelocityCommandCfg.Ranges(
        lin_vel_x=(-1.0, 1.0), lin_vel_y=(0.0, 0.0), ang_vel_z=(-1.0, 1.0), heading=turn
    )

    @configclass
    class AllCommandsCfg(CommandsCfg):
        base_velocity = mdp.UniformVelocityCommandCfg(
            asset_name="robot",
            resampling_time_range=times,
            rel_standing_envs=0.5,
            heading_command=True,
            ranges=velocity,
        )
        hand = mdp.UniformPoseCommandCfg(asset_name="robot", body_name="base", resampling_time_range=times, ranges=pose)
        place = mdp.UniformPose2dCommandCfg(
            asset_name="robot", simple_heading=False, resampling_time_range=times, ranges=ground
        )
        target = mdp.UniformPose2dCommandCfg(
            asset_name="robot", simple_heading=True, resampling_time_range=times, ranges=ground
        )
        nothing = mdp.NullCommandCfg()

    @configclass
    class CommandedCfg(RoverVelocityEnvCfg):
        commands: AllCommandsCfg = AllCommandsCfg()

        def __post_init__(self) -> None:
            super().__post_init__()
            self.curriculum = None

    gymnasium.register(
        COMMANDED,
        "isaaclab.envs:ManagerBasedRLEnv",
        disable_env_checker=True,
        kwargs={"env_cfg_entry_point": CommandedCfg},
    )


def rover_config(folder: Path) -> RunConfig:
    """Four rovers that play as fast as the machine can."""
    return RunConfig(TASK, "rsl_rl", num_envs=4, seed=7, device="cpu", log_root=str(folder), speed=0.0)


def make_driver_policy(trainer: Trainer, config: RunConfig) -> Path:
    """Trains for one iteration, replaces the actor's weights, and returns the checkpoint."""
    trained = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    assert trained.status == "finished", trained.failure
    checkpoint = trained.checkpoint
    assert checkpoint is not None
    content = torch.load(checkpoint, weights_only=False)
    actor = content["actor_state_dict"]
    layers = sorted(name for name in actor if name.endswith("weight"))
    for name in layers:
        actor[name].zero_()
        actor[name.replace("weight", "bias")].zero_()
    first, middle, last = (actor[name] for name in layers)
    first[0, _COMMAND] = first[1, _COMMAND + 2] = _SMALL
    middle[0, 0] = middle[1, 1] = 1.0
    # the wheels: front left, front right, rear left, rear right
    last[:, 0] = 1.5 / _SMALL
    last[:, 1] = torch.tensor([-1.0, 1.0, -1.0, 1.0]) / _SMALL
    torch.save(content, checkpoint)
    return checkpoint
