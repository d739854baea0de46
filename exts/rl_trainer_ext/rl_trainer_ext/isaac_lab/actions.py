# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Zero and random actions for any task, as Isaac Lab's agents of these names have them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .simulation import SteppedEnv


def zero_actions(env: SteppedEnv) -> Callable[[], Any]:
    """Returns what gives the actions of each step: zeros, or for absolute poses what holds the present one."""
    from isaaclab_rl.entrypoints.simple_agents import create_zero_action_policy

    return create_zero_action_policy(env)


def random_actions(env: SteppedEnv) -> Callable[[], Any]:
    """Returns what gives the actions of each step: uniform in [-1, 1], or one of the choices of a discrete action."""
    from gymnasium import spaces
    from isaaclab_rl.entrypoints.simple_agents import create_random_action_policy

    bare = env.unwrapped
    if hasattr(bare, "possible_agents"):
        space = spaces.Dict(bare.action_spaces)
        are_boxes = all(isinstance(each, spaces.Box) for each in space.values())
    else:
        space = bare.single_action_space
        are_boxes = isinstance(space, spaces.Box)
    # Isaac Lab's random agent is for boxes
    return create_random_action_policy(env) if are_boxes else lambda: _sample(space, bare.num_envs, bare.device)


def _sample(space: Any, num_envs: int, device: str) -> Any:
    """Returns random actions of a space for each environment, drawn by torch's generator."""
    import torch
    from gymnasium import spaces

    if isinstance(space, spaces.Dict):
        return {name: _sample(each, num_envs, device) for name, each in space.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_sample(each, num_envs, device) for each in space)
    if isinstance(space, spaces.Discrete):
        return int(space.start) + torch.randint(int(space.n), (num_envs, 1), device=device)
    if isinstance(space, spaces.MultiDiscrete):
        choices = torch.as_tensor(space.nvec, device=device)
        return (torch.rand((num_envs, *space.shape), device=device) * choices).long()
    return 2 * torch.rand((num_envs, *space.shape), device=device) - 1
