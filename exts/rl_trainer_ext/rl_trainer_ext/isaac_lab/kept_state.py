# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Puts an environment into a state that was kept: poses, velocities, joints and commands, without a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch


def difference(env: Any, state: Mapping[str, np.ndarray]) -> str:
    """Returns what of a kept state the scene of an environment does not have in this form; empty for nothing.

    Args:
        env: The environment (unwrapped).
        state: By names such as ``articulation/robot/root_pose``, each of shape (steps, ...).
    """
    present = {name: tuple(each.shape[1:]) for name, each in _flat(env.scene.get_state(is_relative=True)).items()}
    kept = {name: each.shape[1:] for name, each in state.items()}
    for name in sorted(present.keys() | kept.keys()):
        if name not in kept:
            return f"the file has no {name}"
        if name not in present:
            return f"the scene has no {name}"
        if present[name] != kept[name]:
            return f"{name} has the shape {kept[name]} in the file, {present[name]} in the scene"
    return ""


@torch.inference_mode()
def put(env: Any, state: Mapping[str, np.ndarray], commands: Mapping[str, np.ndarray]) -> None:
    """Puts the only environment into a state.

    Args:
        env: The environment (unwrapped).
        state: By names as in :func:`difference`, each of one step.
        commands: By the name of their term, likewise.
    """
    nested: dict[str, dict[str, dict[str, torch.Tensor]]] = {}
    for name, value in state.items():
        kind, owner, part = name.split("/", 2)
        nested.setdefault(kind, {}).setdefault(owner, {})[part] = torch.as_tensor(value, device=env.device)[None]
    env.scene.reset_to(nested, is_relative=True)
    manager = getattr(env, "command_manager", None)
    for name in () if manager is None else manager.active_terms:
        command = manager.get_command(name)  # type: ignore[union-attr]
        if name in commands and command.shape[1:] == commands[name].shape:
            command[:] = torch.as_tensor(commands[name], device=env.device)
    # kinematics, and the poses of what is drawn
    env.sim.forward()
    env.scene.update(dt=0.0)


def _flat(values: Any, name: str = "") -> dict[str, torch.Tensor]:
    if not isinstance(values, Mapping):
        return {name: values}
    return {
        inner: each
        for key, nested in values.items()
        for inner, each in _flat(nested, f"{name}/{key}" if name else str(key)).items()
    }
