# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Derives the observation and action spaces of a task from its configuration, before the environment is built."""

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
    """The spaces of one environment of a task; None where only the built environment has them."""

    observation_space: gymnasium.Space | None = None
    action_space: gymnasium.Space | None = None


def configured_spaces(task: str, env_cfg: Any, action_space: gymnasium.Space | None) -> Spaces:
    """Returns the spaces of a task before it is built.

    A direct task has them in its configuration, unless its environment computes them. Of a task with managers only the
    bounds of the actions are known: their number follows from its terms, which need the simulation.

    Args:
        task: The task's name.
        env_cfg: Its configuration with overrides; None where it is not known.
        action_space: The checkpoint's; its shape is used where the task's is not known.
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
    return Spaces()  # such as a multi-agent task, which the run converts to a single agent


def _computes_spaces(task: str, base: type) -> bool:
    """Returns whether an environment may have other spaces than its configuration.

    Some environments compute the sizes in their constructor and write them into the configuration. So the configuration
    counts only if no method of the environment's own classes mentions a space.
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
    """Yields the names of attributes and globals in the methods of a class."""
    for method in vars(owner).values():
        if isinstance(method, FunctionType):
            yield from method.__code__.co_names
