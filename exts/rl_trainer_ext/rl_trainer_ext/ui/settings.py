# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the panel remembers between sessions."""

from __future__ import annotations

from typing import Any, Protocol


class Settings(Protocol):
    """Where choices are kept. Values are of JSON's types; the host decides where they are stored."""

    def get(self, key: str, default: Any) -> Any:
        """The remembered value, or ``default``."""
        ...

    def set(self, key: str, value: Any) -> None:
        """Remembers a value."""
        ...
