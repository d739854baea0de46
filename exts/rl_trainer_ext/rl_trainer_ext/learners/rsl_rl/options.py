# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks the names in a configuration of RSL-RL: classes, activation functions, optimizers.

The library resolves them only after the environment has been built, and replaces an unknown kind of memory by another.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rsl_rl import algorithms, models
from rsl_rl.utils import resolve_callable, resolve_nn_activation, resolve_optimizer

from ...errors import UserError, shortened
from ...overrides.hydra import first_line, nearest


def _resolve_memory(name: str) -> None:
    if name.lower() not in ("lstm", "gru"):
        raise ValueError("choose lstm or gru")


_RESOLVERS: dict[str, Callable[[Any], Any]] = {
    "class_name": resolve_callable,
    "activation": resolve_nn_activation,
    "optimizer": resolve_optimizer,
    "rnn_type": _resolve_memory,
}
"""The function that resolves a value, by the last word of its key."""


def check_names(agent_cfg: Any) -> None:
    """Resolves every name in a configuration, as the library does.

    Args:
        agent_cfg: Isaac Lab's configuration, without deprecated values.

    Raises:
        UserError: For the first name that cannot be resolved, with its key.
    """
    for key, name, value in _values(agent_cfg, "agent"):
        resolve = _RESOLVERS.get(name)
        # Isaac Lab resolves "OnPolicyRunner" and its other names
        if resolve is None or not isinstance(value, str) or key == "agent.class_name":
            continue
        try:
            resolve(value)
        except Exception as error:  # it imports modules, which may raise anything
            raise UserError(
                f"'{key}={shortened(value)}' names nothing that RSL-RL finds: {_reason(key, value, error)}"
            ) from error


def _values(owner: Any, where: str) -> Iterator[tuple[str, str, Any]]:
    """Yields the values of a configuration and its sections: dotted key, last word of the key, value."""
    if dataclasses.is_dataclass(owner):
        owner = vars(owner)
    if not isinstance(owner, Mapping):
        return
    for name, value in owner.items():
        yield f"{where}.{name}", str(name), value
        yield from _values(value, f"{where}.{name}")


def _reason(key: str, value: str, error: Exception) -> str:
    if key.endswith(".class_name") and re.fullmatch(r"\w+", value):
        package = algorithms if key == "agent.algorithm.class_name" else models
        known = [name for name, _ in inspect.getmembers(package, inspect.isclass)]
        near = nearest(value, known)
        return f"choose {' or '.join(known)}{near}" if len(near) > 1 else f"choose {' or '.join(known)}."
    return f"{first_line(error)}."
