# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The parameters of a run, as Isaac Lab dumped them, and what differs between two of them."""

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
"""Stands in a :class:`Difference` for a parameter that one side does not have."""


@dataclass(frozen=True)
class Difference:
    """A parameter that is not the same on both sides.

    Args:
        key: Its dotted name, such as ``env.sim.dt`` or ``agent.algorithm.gamma``.
        first: Its value in the first, or :data:`ABSENT`.
        second: Its value in the second, or :data:`ABSENT`.
    """

    key: str
    first: Any
    second: Any


def read_parameters(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of environment and agent: ``params/env.yaml`` and ``params/agent.yaml`` as plain values.

    Nothing that the files name is imported or called: Python tuples become lists, other Python objects the text of
    their name. What a run does not have is empty.

    Raises:
        UserError: When a file is damaged.
    """
    return _load(run_dir / "params" / "env.yaml"), _load(run_dir / "params" / "agent.yaml")


def differences(first: Path, second: Path) -> tuple[Difference, ...]:
    """What differs between the parameters of two runs, those of the environment first.

    Args:
        first: Directory of one run.
        second: Directory of the other.

    Raises:
        UserError: When a file is damaged.
    """
    found: list[Difference] = []
    for name, one, other in zip(("env", "agent"), read_parameters(first), read_parameters(second), strict=True):
        found += compare(one, other, f"{name}.")
    return tuple(found)


def compare(first: Mapping[str, Any], second: Mapping[str, Any], prefix: str = "") -> tuple[Difference, ...]:
    """What differs between two nested dictionaries, in the order of the first; ``prefix`` begins each key."""
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
    """Environment steps of one training iteration, over all parallel environments; None where nothing says."""
    return pace_of(library, env, agent).steps


def pace_of(library: str, env: Mapping[str, Any], agent: Mapping[str, Any]) -> Pace:
    """What one iteration of a training with these parameters adds."""
    return format_of(library).pace(agent, setting(env, "scene.num_envs"))


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other):
        return True
    # True is 1 to Python, but not to a reader
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
    """A safe YAML loader that knows what Isaac Lab's dumps hold beyond YAML, as plain values."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        pass

    def construct(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.SequenceNode):
            values = loader.construct_sequence(node, deep=True)
            # a tuple is read as a list; of a call, such as slice(None), the name is worth telling
            return values if suffix == "tuple" else f"{suffix.rpartition(':')[2]}({', '.join(map(str, values))})"
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        return suffix.rpartition(":")[2] or loader.construct_scalar(node)

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", construct)
    return Loader
