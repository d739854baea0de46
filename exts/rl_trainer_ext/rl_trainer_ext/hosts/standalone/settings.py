# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stores the choices of the stand-alone panel in a JSON file in the user's configuration directory."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import platformdirs

from ...system.atomic_files import atomic_write_text


def config_folder() -> Path:
    """Returns the folder of the user's choices."""
    return Path(platformdirs.user_config_dir("rl_trainer"))


class FileSettings:
    """Values by key, stored in a file.

    Args:
        path: The file; None for ``settings.json`` in the user's configuration directory.
        remember: Whether to write changes to the file. A command line shows its own values in the panel's fields and
            must not change the user's choices.
    """

    def __init__(self, path: Path | None = None, *, remember: bool = True) -> None:
        self._remember = remember
        self._path = path or config_folder() / "settings.json"
        self._values: dict[str, Any] = {}
        try:
            values = json.loads(self._path.read_text(encoding="utf-8"))
            self._values = values if isinstance(values, dict) else {}
        except FileNotFoundError:
            pass
        except (OSError, ValueError):
            # the choices are not essential: rename a damaged file and use the defaults
            with contextlib.suppress(OSError):
                os.replace(self._path, self._path.with_suffix(".damaged"))

    def get(self, key: str, default: Any = None) -> Any:
        """Returns the value of a key, or ``default``."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Sets a JSON value and stores it."""
        if self._values.get(key) == value and key in self._values:
            return
        self._values[key] = value
        if not self._remember:
            return
        # a directory that cannot be written must not end the program
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            atomic_write_text(self._path, json.dumps(self._values, indent=2, sort_keys=True) + "\n", durable=False)
