# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Remembered choices of the stand-alone panel: a JSON file in the user's configuration directory."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

from ...system.atomic_files import atomic_write_text


class FileSettings:
    """Values by key, kept in a file from one start to the next.

    Args:
        path: The file; None for ``settings.json`` in the user's configuration directory.
        remember: Whether what is set is written. A run of the command line shows its own values in the panel's fields,
            and leaves the user's choices alone.
    """

    def __init__(self, path: Path | None = None, *, remember: bool = True) -> None:
        self._remember = remember
        self._path = path or Path(platformdirs.user_config_dir("rl_trainer")) / "settings.json"
        self._values: dict[str, Any] = {}
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            self._values = values if isinstance(values, dict) else {}
        except FileNotFoundError:
            pass
        except (OSError, ValueError):
            # choices are a convenience: a damaged file is put aside, and the defaults serve
            with contextlib.suppress(OSError):
                os.replace(self._path, self._path.with_suffix(".damaged"))

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or ``default``."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Sets a JSON value, and remembers it."""
        if self._values.get(key) == value and key in self._values:
            return
        self._values[key] = value
        if not self._remember:
            return
        # a configuration directory that cannot be written costs the memory of a choice, not the program
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write_text(self._path, json.dumps(self._values, indent=2, sort_keys=True) + "\n", durable=False)
