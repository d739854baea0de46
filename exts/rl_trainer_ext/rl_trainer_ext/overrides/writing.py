# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes Hydra overrides."""

from __future__ import annotations

import ast
import enum
from collections.abc import Mapping
from typing import Any

_WORDS = ("true", "false", "none", "null")
"""Texts that Isaac Lab reads as other values, in any case."""


def override_text(key: str, value: Any) -> str:
    """Returns the override that gives a key a value, so that Isaac Lab reads that very value from it.

    Args:
        key: Such as ``env.sim.dt``.
        value: A number, text, truth value, None, or a list or dictionary of these.
    """
    if isinstance(value, str) and _is_read_as_other(value):
        return f"{key}={value!r}"
    return f"{key}={value_text(value)}"


def value_text(value: Any) -> str:
    """Returns a value as it is written in an override, texts without the quotes that they may need there."""
    if isinstance(value, enum.Enum):
        return value_text(value.value)
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    if isinstance(value, str):
        return value
    if callable(value):
        return f"{getattr(value, '__module__', '')}:{getattr(value, '__qualname__', type(value).__name__)}"
    return _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return _compact(value.value)
    if isinstance(value, list):
        return f"[{','.join(map(_compact, value))}]"
    if isinstance(value, tuple):
        return f"({','.join(map(_compact, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name!r}:{_compact(item)}" for name, item in value.items()) + "}"
    return repr(value)


def _is_read_as_other(text: str) -> bool:
    """Whether Isaac Lab reads a text without quotes as another value: it evaluates what is a literal of Python."""
    if text.lower() in _WORDS:
        return True
    try:
        return bool(ast.literal_eval(text) != text)
    except (ValueError, SyntaxError):
        return False
    except (TypeError, MemoryError, RecursionError):
        return True
