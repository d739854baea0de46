# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The source files of tasks, and which of them were edited after Python imported them.

Python runs what it imported: an edited file takes effect when the program starts again.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

_imported: dict[str, tuple[Path, str]] = {}
"""The file of each module of a task, and a digest of its content when it was seen for the first time, by name."""


def note_sources() -> None:
    """Remembers what the source files of all imported tasks contain now. To be called soon after each import."""
    import gymnasium

    packages = {package for spec in gymnasium.registry.values() if (package := _package(spec))}
    for name, module in list(sys.modules.items()):
        if name in _imported or name.partition(".")[0] not in packages:
            continue
        file = getattr(module, "__file__", None)
        if file and (digest := _digest(Path(file))):
            _imported[name] = Path(file), digest


def edited_sources(task: str) -> tuple[Path, ...]:
    """The source files of a task's package that contain something else now than when they were noted.

    Args:
        task: Gymnasium id of the task.
    """
    import gymnasium

    package = _package(gymnasium.spec(task.split(":")[-1]))
    noted = [one for name, one in _imported.items() if name.partition(".")[0] == package]
    # a file that is gone cannot be trained by starting again either
    return tuple(sorted({path for path, digest in noted if _digest(path) not in (digest, "")}))


def edited_words(task: str) -> str:
    """What to tell of a task whose source files were edited, in one sentence; empty when none was."""
    edited = edited_sources(task)
    if not edited:
        return ""
    names = ", ".join(path.name for path in edited[:3]) + (f" and {len(edited) - 3} more" if len(edited) > 3 else "")
    return f"{names} changed after {task} was imported: the code of before runs; start this program again to use it."


def _package(spec: Any) -> str:
    """The top package of a task's environment configuration, or an empty string."""
    entry_point = (spec.kwargs or {}).get("env_cfg_entry_point", "")
    module = entry_point if isinstance(entry_point, str) else getattr(entry_point, "__module__", "")
    return module.partition(":")[0].partition(".")[0]


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
