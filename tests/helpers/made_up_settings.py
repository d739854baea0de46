# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A made-up configuration of an environment, with a setting of each kind, for tests of what edits settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from rl_trainer_ext.isaac_lab.task_settings import TaskSettings


@dataclass
class Term:
    weight: float = 1.0
    """How much it counts."""


@dataclass
class Rewards:
    alive: Term = field(default_factory=Term)
    a_term_with_a_name_much_longer_than_the_panel_is_wide: Term = field(default_factory=Term)


@dataclass
class Simulation:
    dt: float = 0.02
    """Seconds of a step."""
    gravity: tuple[float, ...] = (0.0, 0.0, -9.81)
    use_fabric: bool = True
    mode: Literal["fast", "slow"] = "fast"


@dataclass
class Environment:
    sim: Simulation = field(default_factory=Simulation)
    rewards: Rewards = field(default_factory=Rewards)
    name: str = "cartpole"
    seed: int | None = None
    many: dict[str, float] = field(default_factory=lambda: {f"joint_{index:03d}": float(index) for index in range(300)})


def made_up_settings(agent: Any = None) -> TaskSettings:
    """The settings of the configuration, whose rewards have an alternative; with those of an agent, if given."""
    alternatives = {"env.rewards": {"default": Rewards(), "sparse": Rewards()}}
    return TaskSettings(Environment(), agent, alternatives, {})
