# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which settings an environment computes from others while it is created: they are no differences of a user's.

RSL-RL's runs dump their configuration after the creation, so a run's file has values that the task's configuration,
which has created no environment yet, does not have: the terrain's number of environments, for instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..runs.parameters import compare
from ..runs.record import RunRecord

_OF_A_TERRAIN = ("num_envs", "env_spacing")
"""What ``InteractiveScene`` sets in the configuration of a terrain."""

_OF_A_SUB_TERRAIN = ("size", "horizontal_scale", "vertical_scale", "slope_threshold")
"""What ``TerrainGenerator`` sets in the configuration of each of its sub-terrains."""


class Creation:
    """Compares an environment's configuration before its creation with that after it.

    Args:
        env_cfg: The configuration, before an environment is created with it.
    """

    def __init__(self, env_cfg: Any) -> None:
        self._before = _plain(env_cfg)

    def derived(self, env_cfg: Any) -> tuple[str, ...]:
        """Returns the keys of the settings that the creation has changed, such as ``env.scene.terrain.num_envs``.

        Args:
            env_cfg: The configuration of the environment that has been created.
        """
        return tuple(difference.key for difference in compare(self._before, _plain(env_cfg), "env."))


def derived_keys(run_dir: Path, env: Mapping[str, Any]) -> frozenset[str]:
    """Returns the keys of the settings that the environment of a run derived.

    They are in its record; of runs without one, such as those of ``isaaclab train``, those of terrains are known.

    Args:
        run_dir: The run's directory.
        env: The environment's parameters in the run.
    """
    record = RunRecord.read(run_dir)
    return frozenset((*(() if record is None else record.derived), *_of_terrains(env)))


def is_derived(key: str, derived: Iterable[str]) -> bool:
    """Returns whether a key is among those of derived settings, or within a section that is."""
    return any(key == one or key.startswith(f"{one}.") for one in derived)


def _of_terrains(env: Mapping[str, Any]) -> Iterator[str]:
    scene = env.get("scene")
    for name, part in scene.items() if isinstance(scene, Mapping) else ():
        if not isinstance(part, Mapping) or "terrain_type" not in part:
            continue
        yield from (f"env.scene.{name}.{key}" for key in _OF_A_TERRAIN)
        generator = part.get("terrain_generator")
        sub_terrains = generator.get("sub_terrains") if isinstance(generator, Mapping) else None
        for sub_terrain in sub_terrains if isinstance(sub_terrains, Mapping) else ():
            prefix = f"env.scene.{name}.terrain_generator.sub_terrains.{sub_terrain}"
            yield from (f"{prefix}.{key}" for key in _OF_A_SUB_TERRAIN)


def _plain(env_cfg: Any) -> dict[str, Any]:
    from isaaclab.utils.dict import class_to_dict

    return {str(key): _comparable(value) for key, value in class_to_dict(env_cfg).items()}


def _comparable(value: Any) -> Any:
    """Returns a value whose parts can be compared: arrays and objects as texts."""
    if isinstance(value, Mapping):
        return {str(key): _comparable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_comparable(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
