# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Detects source files of tasks that were edited after Python imported them.

Python runs the imported code: an edited file takes effect when the program restarts.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

_imported: dict[str, tuple[Path, str]] = {}
"""The file of each task module and a digest of its content at the first check, by module name."""


def note_sources() -> None:
    """Records the present content of the source files of all imported tasks. Called soon after each import."""
    import gymnasium

    packages = {package for spec in gymnasium.registry.values() if (package := _package(spec))}
    for name, module in list(sys.modules.items()):
        if name in _imported or name.partition(".")[0] not in packages:
            continue
        file = getattr(module, "__file__", None)
        if file and (digest := _digest(Path(file))):
            _imported[name] = Path(file), digest


def edited_sources(task: str) -> tuple[Path, ...]:
    """Returns the source files of a task's package that have changed since they were recorded.

    Args:
        task: Gymnasium id of the task.
    """
    import gymnasium

    package = _package(gymnasium.spec(task.split(":")[-1]))
    noted = [one for name, one in _imported.items() if name.partition(".")[0] == package]
    # after a restart, a deleted file could not be trained either
    return tuple(sorted({path for path, digest in noted if _digest(path) not in (digest, "")}))


def edited_words(task: str) -> str:
    """Returns a sentence about the edited source files of a task; empty without any."""
    edited = edited_sources(task)
    if not edited:
        return ""
    names = ", ".join(path.name for path in edited[:3]) + (f" and {len(edited) - 3} more" if len(edited) > 3 else "")
    return f"{names} changed after {task} was imported: the old code runs; restart this program to use the new code."


def _package(spec: Any) -> str:
    """Returns the top-level package of a task's environment configuration, or an empty string."""
    entry_point = (spec.kwargs or {}).get("env_cfg_entry_point", "")
    module = entry_point if isinstance(entry_point, str) else getattr(entry_point, "__module__", "")
    return module.partition(":")[0].partition(".")[0]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
