# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A double of a playback that is driven, for tests of what shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rl_trainer_ext.isaac_lab.command_values import CommandValue, CommandValues
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.snapshot import RunView, State

from .recording_trainer import idle

VELOCITY = CommandValues(
    "base_velocity",
    (
        CommandValue("lin_vel_x", "m/s", -0.8, 0.8),
        CommandValue("lin_vel_y", "m/s", 0.0, 0.0),
        CommandValue("ang_vel_z", "rad/s", -1.0, 1.0),
    ),
)
HAND = CommandValues("hand", (CommandValue("pos_x", "m", 0.2, 0.6), CommandValue("1")))


@dataclass
class DrivingDouble:
    """What a playback serves, made by a test; the real one is in ``tests/training/test_driving.py``."""

    terms: tuple[CommandValues, ...] = (VELOCITY,)
    num_envs: int = 16
    why_no_push: str = ""
    values: dict[str, tuple[float, ...]] = field(default_factory=lambda: {"base_velocity": (0.1, 0.0, -0.5)})
    reads: int = 0

    def read(self, term: str, env_index: int) -> tuple[float, ...]:
        self.reads += 1
        return self.values[term]

    def is_driven(self, term: str, env_index: int) -> bool:
        return False


def playing(driving: Any = None, state: State = State.PLAYING) -> Any:
    run = RunView(RunConfig("Rover-Velocity", "rsl_rl"), playing=True, driving=driving or DrivingDouble())
    return idle(state=state, status="running", run=run)
