# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The stage of an environment's curricula: captured for checkpoints, and restored when a training resumes.

A stage is the environment's step counter, the levels of its terrain, the settings of its managers that have changed
since it was opened, such as reward weights and command ranges, and what curriculum terms hold that are classes. It is
made of numbers and tensors, so that ``torch.load(weights_only=True)`` reads it.

Episodes begin anew when a training resumes. So do events, since what they did to the simulation is in no checkpoint.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import UserError
from .stage_places import Place, Places, has_curriculum, is_numbers, is_tensor, opaque_terms

_PARTS = {"step": int, "num_envs": int, "settings": dict, "tensors": dict}
"""The parts of a stage, and their types."""

_LEVELS = "scene.terrain.terrain_levels"


class CurriculumStage:
    """The stage of one environment. To be made before its first reset.

    Args:
        env: The environment of a training.
    """

    def __init__(self, env: Any) -> None:
        self._env = _innermost(env)
        self._places = Places(self._env)
        self._configured = {name: _copied(place.get()) for name, place in self._places.now().items()}

    def capture(self) -> dict[str, Any]:
        """Returns the stage as it is now."""
        env = self._env
        settings: dict[str, Any] = {}
        tensors: dict[str, Any] = {}
        for name, place in self._places.now().items():
            value, before = place.get(), self._configured.get(name)
            if is_tensor(value):
                if not _same(value, before):
                    tensors[name] = _copied(value)
            elif not _same(value, before):
                settings[name] = (before, _copied(value))
        terrain = _terrain(env)
        if terrain is not None:
            tensors[_LEVELS] = _copied(terrain.terrain_levels)
        step = int(getattr(env, "common_step_counter", 0))
        return {"step": step, "num_envs": int(env.num_envs), "settings": settings, "tensors": tensors}

    def restore(self, checkpoint: Path, stage: Mapping[str, Any] | None) -> str:
        """Restores a stage. To be called before the first reset.

        A setting that is now configured otherwise than in the checkpoint's run stays as it is configured.

        Args:
            checkpoint: The checkpoint that it is from, for sentences.
            stage: The stage, checked by :func:`check_stage`; None where the checkpoint has none.

        Returns:
            What is not restored, in one or two sentences; empty if nothing is lost.
        """
        env = self._env
        if stage is None:
            told = f"{checkpoint.name} does not say how far the curriculum had come, so the curriculum begins anew."
            return told if has_curriculum(env) else ""
        if hasattr(env, "common_step_counter"):
            env.common_step_counter = stage["step"]
        known, lost = self._places.now(), opaque_terms(env)
        for name, (before, value) in stage["settings"].items():
            if name in known and _same(self._configured.get(name), before) and _alike(before, value):
                known[name].set(value)
            else:
                lost.append(name)
        num_envs = stage["num_envs"]
        for name, value in stage["tensors"].items():
            if value.ndim and len(value) == num_envs != env.num_envs:
                value = _spread(value, env.num_envs)
            if not (_set_levels(env, value) if name == _LEVELS else _set_tensor(known.get(name), value)):
                lost.append(name)
        return " ".join(filter(None, (_not_restored(lost), _of_others(stage, num_envs, env.num_envs))))


def check_stage(checkpoint: Path, stage: Any) -> None:
    """Checks what a checkpoint says of the stage; it may say nothing, None.

    Raises:
        UserError: When it is damaged.
    """
    if stage is None or stage == {}:
        return
    whole = isinstance(stage, Mapping) and all(type(stage.get(name)) is kind for name, kind in _PARTS.items())
    if whole and stage["step"] >= 0 and stage["num_envs"] > 0:
        pairs = all(isinstance(pair, tuple) and len(pair) == 2 for pair in stage["settings"].values())
        if pairs and all(map(is_tensor, stage["tensors"].values())):
            return
    raise UserError(
        f"{checkpoint} is damaged (how far the curriculum had come cannot be read): choose another checkpoint, or "
        "fine-tune this one, which begins the curriculum anew."
    )


@contextlib.contextmanager
def unchanged_curriculum(env: Any) -> Iterator[None]:
    """Keeps the curriculum as it is within the block, for a reset before which there was no episode."""
    manager = getattr(_innermost(env), "curriculum_manager", None)
    if manager is not None:
        manager.compute = lambda env_ids=None: None
    try:
        yield
    finally:
        if manager is not None:
            del manager.compute


def _innermost(env: Any) -> Any:
    """Returns the task's environment, also where one with several agents is converted to one with one agent."""
    inner = env.unwrapped
    return inner if "common_step_counter" in vars(inner) else vars(inner).get("env", inner)


def _copied(value: Any) -> Any:
    if is_tensor(value):
        return value.detach().cpu().clone()
    return [_copied(one) for one in value] if isinstance(value, (list, deque)) else value


def _same(first: Any, second: Any) -> bool:
    if is_tensor(first) or is_tensor(second):
        if not (is_tensor(first) and is_tensor(second)) or first.shape != second.shape:
            return False
        return bool((first.detach().cpu() == second.detach().cpu()).all())
    # a number that is not finite differs from itself
    return first is second or first == second or repr(_copied(first)) == repr(_copied(second))


def _alike(before: Any, value: Any) -> bool:
    """Returns whether a value can take the place of another one."""
    if not is_numbers(value):
        return False
    sequences = [isinstance(one, (list, tuple)) for one in (before, value)]
    return before is None or value is None or sequences[0] == sequences[1]


def _terrain(env: Any) -> Any:
    """Returns the terrain of the scene if it has levels."""
    terrain = getattr(getattr(env, "scene", None), "terrain", None)
    return terrain if is_tensor(getattr(terrain, "terrain_levels", None)) else None


def _spread(values: Any, count: int) -> Any:
    """Returns values of environments for another number of them, in the same order."""
    import torch

    return values[torch.arange(count) * len(values) // count]


def _set_tensor(place: Place | None, value: Any) -> bool:
    now: Any = None if place is None else place.get()
    if not is_tensor(now) or now.shape != value.shape or now.dtype != value.dtype:
        return False
    now.copy_(value)
    return True


def _set_levels(env: Any, levels: Any) -> bool:
    terrain = _terrain(env)
    if terrain is None or levels.shape != terrain.terrain_levels.shape or levels.is_floating_point():
        return False
    if int(levels.min()) < 0 or int(levels.max()) >= terrain.max_terrain_level:
        return False
    terrain.terrain_levels.copy_(levels)
    terrain.env_origins[:] = terrain.terrain_origins[terrain.terrain_levels, terrain.terrain_types]
    return True


def _not_restored(names: list[str]) -> str:
    if not names:
        return ""
    return f"Not taken over from the checkpoint, and as at the beginning of a training: {', '.join(sorted(names))}."


def _of_others(stage: Mapping[str, Any], before: int, now: int) -> str:
    if before == now or not any(value.ndim and len(value) == before for value in stage["tensors"].values()):
        return ""
    return f"The levels of the checkpoint's {before} environments are spread over {now}."
