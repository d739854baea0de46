# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes Hydra overrides."""

from __future__ import annotations

import ast
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
    if value is None or isinstance(value, bool):
        return f"{key}={str(value).lower() if value is not None else 'null'}"
    if isinstance(value, str):
        return f"{key}={value!r}" if _is_read_as_other(value) else f"{key}={value}"
    return f"{key}={_compact(value)}"


def _compact(value: Any) -> str:
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
