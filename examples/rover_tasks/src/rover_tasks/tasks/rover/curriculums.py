# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Curricula of the rover. Isaac Lab calls them for the environments that it resets, before it resets them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from isaaclab.envs import ManagerBasedRLEnv


def command_range(
    env: ManagerBasedRLEnv, env_ids: Sequence[int], command_name: str, start: float, end: float, num_steps: int
) -> float:
    """Widens the range of the commanded forward speed with the steps of the training.

    Args:
        env: The environment.
        env_ids: Unused: all environments share the range.
        command_name: Name of the velocity command.
        start: Largest speed at the first step [m/s].
        end: Largest speed from step ``num_steps`` [m/s].
        num_steps: Steps of each environment until then.

    Returns:
        The largest speed [m/s].
    """
    share = min(env.common_step_counter / num_steps, 1.0)
    largest = start + share * (end - start)
    env.command_manager.get_term(command_name).cfg.ranges.lin_vel_x = (-largest, largest)
    return largest


def terrain_levels_tracking(
    env: ManagerBasedRLEnv, env_ids: Sequence[int], term_name: str, up: float, down: float
) -> torch.Tensor:
    """Moves rovers that follow their command to rougher patches, and rovers that do not to smoother ones.

    Args:
        env: The environment.
        env_ids: The environments that are reset.
        term_name: Name of the reward term for following the command, which is between 0 and 1 times its weight.
        up: Mean of the term in a whole episode from which a rover moves to a rougher patch.
        down: Mean of the term below which it moves to a smoother one.

    Returns:
        The mean level of all environments.
    """
    terrain = env.scene.terrain
    # the sum is over time, so an episode that ended early counts as less
    followed = env.reward_manager._episode_sums[term_name][env_ids] / env.max_episode_length_s
    followed /= env.reward_manager.get_term_cfg(term_name).weight
    terrain.update_env_origins(env_ids, followed > up, followed < down)
    return terrain.terrain_levels.float().mean()
