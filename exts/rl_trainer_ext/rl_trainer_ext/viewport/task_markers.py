# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What of a task draws markers of its own, through Isaac Lab's ``set_debug_vis``, whatever draws the pictures."""

from __future__ import annotations

from typing import Any

from .interface import MarkerKind

_OF_SENSORS = {
    "RayCaster": MarkerKind.RAY_HITS,
    "ContactSensor": MarkerKind.CONTACT_SENSORS,
    "FrameTransformer": MarkerKind.FRAMES,
}
"""By a class that the sensor derives from, whatever the physics."""


def task_markers(env: Any) -> dict[MarkerKind, list[Any]]:
    """Returns what of a task can draw markers of its own, by their kind."""
    found: dict[MarkerKind, list[Any]] = {}
    for kind, manager in (
        (MarkerKind.COMMANDS, getattr(env, "command_manager", None)),
        (MarkerKind.ACTIONS, getattr(env, "action_manager", None)),
    ):
        names = () if manager is None else manager.active_terms
        found[kind] = [manager.get_term(name) for name in names]  # type: ignore[union-attr]
    for sensor in env.scene.sensors.values():
        bases = {base.__name__.removeprefix("Base") for base in type(sensor).__mro__}
        kind = next((kind for name, kind in _OF_SENSORS.items() if name in bases), MarkerKind.SENSORS)
        found.setdefault(kind, []).append(sensor)
    if hasattr(env, "set_debug_vis"):
        found[MarkerKind.TASK] = [env]
    able = {
        kind: [owner for owner in owners if getattr(owner, "has_debug_vis_implementation", False)]
        for kind, owners in found.items()
    }
    return {kind: owners for kind, owners in able.items() if owners}


def configured_markers(owners: dict[MarkerKind, list[Any]]) -> frozenset[MarkerKind]:
    """Returns the kinds that the task's configuration switches on itself."""
    return frozenset(
        kind
        for kind, each in owners.items()
        if any(getattr(getattr(owner, "cfg", None), "debug_vis", False) for owner in each)
    )
