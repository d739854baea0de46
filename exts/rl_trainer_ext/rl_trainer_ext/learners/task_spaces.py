# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The observation and action spaces of a task, as far as its configuration says them before it is built."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import load_env_creator


@dataclass(frozen=True)
class Spaces:
    """The spaces of one environment of a task; None where only the environment tells."""

    observation_space: gymnasium.Space | None = None
    action_space: gymnasium.Space | None = None


def configured_spaces(task: str, env_cfg: Any, action_space: gymnasium.Space | None) -> Spaces:
    """The spaces of a task before it is built.

    The configuration of a direct task has them, unless its environment computes them. Of a task with managers only the
    bounds of the actions are known: the sizes are those of its terms, which need the simulation.

    Args:
        task: The task's name.
        env_cfg: Its configuration, overrides applied; None where it is not known.
        action_space: The checkpoint's, whose shape stands for an unknown one.
    """
    from isaaclab.envs import DirectRLEnv, DirectRLEnvCfg, ManagerBasedRLEnv, ManagerBasedRLEnvCfg
    from isaaclab.envs.utils.spaces import spec_to_gym_space

    if isinstance(env_cfg, DirectRLEnvCfg) and not _computes_spaces(task, DirectRLEnv):
        return Spaces(spec_to_gym_space(env_cfg.observation_space), spec_to_gym_space(env_cfg.action_space))
    if (
        isinstance(env_cfg, ManagerBasedRLEnvCfg)
        and isinstance(action_space, gymnasium.spaces.Box)
        and not _computes_spaces(task, ManagerBasedRLEnv)
    ):
        return Spaces(action_space=gymnasium.spaces.Box(-np.inf, np.inf, action_space.shape))
    return Spaces()  # among others of a task of several agents, which the run makes one of


def _computes_spaces(task: str, base: type) -> bool:
    """Whether an environment may have other spaces than Isaac Lab's class would make of its configuration.

    Some compute the sizes in their constructor, from options of the task, and write them into the configuration. So
    the configuration counts only where no method that is the environment's own mentions a space.
    """
    environment: Any = gymnasium.spec(task.split(":")[-1]).entry_point
    if isinstance(environment, str):
        environment = load_env_creator(environment)
    if not isinstance(environment, type) or base not in environment.__mro__:
        return True
    own = environment.__mro__[: environment.__mro__.index(base)]
    return any(name.endswith("_space") for one in own for name in _names(one)) or any(
        "_configure_gym_env_spaces" in vars(one) for one in own
    )


def _names(owner: type) -> Iterator[str]:
    """The names of attributes and globals in the methods of a class."""
    for method in vars(owner).values():
        if isinstance(method, FunctionType):
            yield from method.__code__.co_names
