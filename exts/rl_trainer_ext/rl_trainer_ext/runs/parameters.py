# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the parameters of a run, as Isaac Lab dumped them, and compares those of two runs."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..learners.formats import Pace, format_of, setting


class _Absent:
    """The one value of :data:`ABSENT`."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()
"""The value in a :class:`Difference` of a parameter that one side does not have."""


@dataclass(frozen=True)
class Difference:
    """A parameter with different values on the two sides.

    Args:
        key: The dotted name, such as ``env.sim.dt`` or ``agent.algorithm.gamma``.
        first: The value on the first side, or :data:`ABSENT`.
        second: The value on the second side, or :data:`ABSENT`.
    """

    key: str
    first: Any
    second: Any


def read_parameters(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns ``params/env.yaml`` and ``params/agent.yaml`` of a run as plain values; empty where a file is missing.

    Reading imports and calls nothing that the files name: Python tuples become lists, other Python objects become
    their names.

    Raises:
        UserError: When a file is damaged.
    """
    return _load(run_dir / "params" / "env.yaml"), _load(run_dir / "params" / "agent.yaml")


def compare(first: Mapping[str, Any], second: Mapping[str, Any], prefix: str = "") -> tuple[Difference, ...]:
    """Returns the differences of two nested dictionaries, in the order of the first; ``prefix`` begins each key."""
    found: list[Difference] = []
    for key in [*first, *(key for key in second if key not in first)]:
        one, other = first.get(key, ABSENT), second.get(key, ABSENT)
        name = f"{prefix}{key}"
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found += compare(one, other, f"{name}.")
        elif not _equal(one, other):
            found.append(Difference(name, one, other))
    return tuple(found)


def steps_per_iteration(library: str, env: Mapping[str, Any], agent: Mapping[str, Any]) -> int | None:
    """Returns the environment steps of one training iteration, over all parallel environments; None if unknown."""
    return pace_of(library, env, agent).steps


def pace_of(library: str, env: Mapping[str, Any], agent: Mapping[str, Any]) -> Pace:
    """Returns the increase of the counters in one iteration of a training with these parameters."""
    return format_of(library).pace(agent, setting(env, "scene.num_envs"))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    # Python takes True for 1, a reader does not
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _load(path: Path) -> dict[str, Any]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): check that it is there and may be read.") from error
    try:
        values = yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UserError(f"{path} is damaged: the parameters of this run cannot be shown.") from error
    return values if isinstance(values, dict) else {}


@functools.cache
def _loader() -> type:
    """Returns a safe YAML loader that reads the Python objects in Isaac Lab's dumps as plain values."""
    import yaml

    fastest: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(fastest):
        pass

    def construct(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.SequenceNode):
            values = loader.construct_sequence(node, deep=True)
            # a tuple becomes a list; a call, such as slice(None), becomes text
            return values if suffix == "tuple" else f"{suffix.rpartition(':')[2]}({', '.join(map(str, values))})"
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        return suffix.rpartition(":")[2] or loader.construct_scalar(node)

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", construct)
    return Loader
