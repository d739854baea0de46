# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Disturbs environments between two steps: pushes their robots, ends their episodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import UserError


def pushable(env: Any) -> Any:
    """Returns the robot that can be pushed: an articulation that moves freely, ``robot`` first.

    Args:
        env: The environment, unwrapped.

    Returns:
        The articulation; None where there is none.
    """
    scene = getattr(env, "scene", None)
    robots = dict(getattr(scene, "articulations", {}))
    names = sorted(robots, key=lambda name: name != "robot")
    return next((robots[name] for name in names if not robots[name].is_fixed_base), None)


def push(env: Any, task: str, velocity: tuple[float, float, float], ids: Any) -> None:
    """Adds a velocity to that of the robots, as a push of a task's event does.

    Args:
        env: The environment, unwrapped.
        task: Its task, for the message.
        velocity: In the world [m/s].
        ids: Indices of the environments, a tensor on the environment's device.

    Raises:
        UserError: When no robot moves freely.
    """
    import torch

    robot = pushable(env)
    if robot is None:
        raise UserError(why_not_pushable(task))
    pushed = robot.data.root_vel_w.torch[ids].clone()
    pushed[:, :3] += torch.tensor(velocity, device=pushed.device, dtype=pushed.dtype)
    robot.write_root_velocity_to_sim_index(root_velocity=pushed, env_ids=ids.int())


def why_not_pushable(task: str) -> str:
    """Returns one sentence about a task whose robots cannot be pushed."""
    return f"{task} has no robot to push: only a robot whose base moves freely can be pushed."


def end_episodes(env: Any, ids: Any) -> None:
    """Truncates episodes in the next step, so that they are reset in it as any episode that ends.

    The library's wrapper and the policy hear of it in the usual way.

    Args:
        env: The environment, unwrapped.
        ids: Indices of the environments, a tensor on the environment's device.
    """
    manager = getattr(env, "termination_manager", None)
    if manager is not None:
        compute = manager.compute

        def compute_and_end() -> Any:
            dones = compute()
            manager.time_outs[ids] = True
            dones[ids] = True
            return dones

        _once(manager, "compute", compute_and_end)
        return
    get_dones = env._get_dones

    def get_dones_and_end() -> Any:
        terminated, truncated = get_dones()
        if isinstance(truncated, dict):  # of several agents, whose episodes end together
            return terminated, {agent: _ended(each, ids) for agent, each in truncated.items()}
        return terminated, _ended(truncated, ids)

    _once(env, "_get_dones", get_dones_and_end)


def _ended(truncated: Any, ids: Any) -> Any:
    result = truncated.clone()
    result[ids] = True
    return result


def _once(owner: Any, name: str, replacement: Callable[[], Any]) -> None:
    """Replaces a method of an object for its next call."""

    def call() -> Any:
        vars(owner).pop(name, None)
        return replacement()

    vars(owner)[name] = call
