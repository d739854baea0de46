# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the terms of one environment after a step: from the managers of the task, or what a direct task returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ..metrics.step_terms import Term, TermKind, Values

REWARD_SUM = "reward of the step"
"""Name of the reward that the library gets."""

OF_DIRECT_TASK = (
    "A direct task computes its reward, its ends and its observations in functions of its own: there are no terms to "
    "show by name."
)
_MANAGERS = {
    TermKind.REWARD: "reward_manager",
    TermKind.TERMINATION: "termination_manager",
    TermKind.COMMAND: "command_manager",
    TermKind.OBSERVATION: "observation_manager",
}


def missing_terms(env: Any) -> str:
    """Returns a sentence about what an environment (unwrapped) does not offer; empty where it has managers."""
    return "" if hasattr(env, "reward_manager") else OF_DIRECT_TASK


def read_terms(env: Any, index: int, action: Any, result: Any) -> list[Values]:
    """Reads all terms of one environment. Changes nothing in it; waits for its device.

    Args:
        env: The environment (unwrapped), after a step.
        index: Which of the parallel environments.
        action: What ``step`` was given.
        result: What ``step`` returned: observations, rewards, terminated, truncated, extras.
    """
    observations, rewards, terminated, truncated, extras = result
    found = [*_named(TermKind.REWARD, _rows(rewards, REWARD_SUM), index)]
    found += _managed(env, TermKind.REWARD, index)
    ends = [*_managed(env, TermKind.TERMINATION, index)]
    if not ends:
        ends += _named(TermKind.TERMINATION, _rows(terminated, "terminated"), index)
        ends += _named(TermKind.TERMINATION, _rows(truncated, "truncated"), index)
    found += ends
    found += _managed(env, TermKind.COMMAND, index)
    found += _actions(env, action, index)
    if hasattr(env, "observation_manager"):
        found += _managed(env, TermKind.OBSERVATION, index)
    else:
        found += _named(TermKind.OBSERVATION, _rows(observations, "policy"), index)
        found += _log(extras)
    return found


def _managed(env: Any, kind: TermKind, index: int) -> Iterator[Values]:
    """Reads the terms of a manager through the interface that Isaac Lab's own live plots use."""
    manager = getattr(env, _MANAGERS[kind], None)
    terms: Iterable[tuple[str, Any]] = () if manager is None else manager.get_active_iterable_terms(index)
    for name, values in terms:
        yield _values(kind, name, values)


def _actions(env: Any, action: Any, index: int) -> Iterator[Values]:
    """Splits the given action by its terms: the manager has zeros in its place after a reset."""
    manager = getattr(env, "action_manager", None)
    if manager is None or isinstance(action, Mapping):
        yield from _named(TermKind.ACTION, _rows(action, "action"), index)
        return
    row, first = torch.as_tensor(action)[index].tolist(), 0
    for name, size in zip(manager.active_terms, manager.action_term_dim, strict=True):
        yield _values(TermKind.ACTION, name, row[first : first + size])
        first += size


def _rows(values: Any, name: str) -> Mapping[str, Any]:
    """Returns values by name: those of several agents or groups have names of their own."""
    return values if isinstance(values, Mapping) else {name: values}


def _named(kind: TermKind, rows: Mapping[str, Any], index: int) -> Iterator[Values]:
    for name, values in rows.items():
        if isinstance(values, Mapping):
            nested = {f"{name}-{inner}": each for inner, each in values.items()}
            yield from _named(kind, nested, index)
        else:
            yield _values(kind, name, torch.as_tensor(values)[index].tolist())


def _log(extras: Mapping[str, Any]) -> Iterator[Values]:
    for name, value in (extras.get("log") or {}).items():
        if isinstance(value, (int, float)) or (isinstance(value, torch.Tensor) and value.numel() == 1):
            yield _values(TermKind.LOG, name, float(value))


def _values(kind: TermKind, name: str, values: Any) -> Values:
    flat: Sequence[float] = np.asarray(values, np.float32).reshape(-1).tolist()
    return Term(kind, name, len(flat)), flat
