# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The settings that the panel remembers between sessions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ...runs import as_text


class Settings(Protocol):
    """Where choices are kept. Values are of JSON's types; the host decides where they are stored."""

    def get(self, key: str, default: Any) -> Any:
        """Returns the remembered value, or ``default``."""
        ...

    def set(self, key: str, value: Any) -> None:
        """Remembers a value."""
        ...


def remembered_text(settings: Settings, key: str, default: str = "") -> str:
    """A remembered text, such as can be shown; the default where something else is stored."""
    value = settings.get(key, default)
    return as_text(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else default


def remembered_number(settings: Settings, key: str, default: float, lowest: float, highest: float) -> float:
    """A remembered number; the default where something else is stored, or a number out of range."""
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, float | int):
        return default
    # comparisons with NaN are false
    return value if lowest <= value <= highest else default


def remembered_texts(settings: Settings, key: str) -> Sequence[str]:
    """A remembered list of texts; empty where something else is stored."""
    values = settings.get(key, [])
    return [as_text(value) for value in values if isinstance(value, str)] if isinstance(values, list | tuple) else []


def task_modules(settings: Settings, others: Sequence[str] = ()) -> tuple[str, ...]:
    """Returns the modules of tasks without an entry point: those that the user has set, and others, each once."""
    return tuple(dict.fromkeys((*remembered_texts(settings, "task_modules"), *others)))
