# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The file with the last steps of an environment before a value that is no finite number: NumPy's format, no code."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..system.atomic_files import atomic

FOLDER = "bad_values"
"""Folder of these files in a run's folder."""

_HEAD, _STEPS = "rl_trainer", "step"


@dataclass(frozen=True, eq=False)
class KeptSteps:
    """What one environment was in its last steps."""

    task: str
    environment: int
    num_envs: int
    sentence: str
    """Which value was no finite number, and in which step."""
    steps: np.ndarray
    """Numbers of the steps, shape (steps,)."""
    values: dict[str, np.ndarray]
    """By name, such as ``action``, ``observation/policy`` or ``state/articulation/robot/root_pose``; each of shape
    (steps, ...)."""
    columns: dict[str, list[str]] = field(default_factory=dict)
    """By the same names: what each column is, where the task tells it."""

    def bad(self, index: int) -> list[str]:
        """Returns the names of the values of a step that are no finite numbers, with their columns."""
        found = []
        for name, values in self.values.items():
            flat = values[index].reshape(-1)
            if flat.dtype.kind == "f":
                found += [self.label(name, int(place)) for place in np.flatnonzero(~np.isfinite(flat))]
        return found

    def label(self, name: str, column: int) -> str:
        """Returns the name of one number of a value."""
        known = self.columns.get(name, [])
        if column < len(known):
            return f"{name}: {known[column]}"
        return name if self.values[name][0].size == 1 else f"{name}[{column}]"


def write(path: Path, kept: KeptSteps) -> None:
    """Writes the file, whole or not at all, and creates its folder."""
    head = {name: getattr(kept, name) for name in ("task", "environment", "num_envs", "sentence", "columns")}
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {f"values/{name}": values for name, values in kept.values.items()}
    with atomic(path) as temporary:
        np.savez_compressed(temporary, **{_HEAD: np.array(json.dumps(head)), _STEPS: kept.steps}, **arrays)


def read(path: Path) -> KeptSteps:
    """Reads the file.

    Raises:
        UserError: When it cannot be read, or is another file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            head = json.loads(str(file[_HEAD]))
            values = {name.removeprefix("values/"): file[name] for name in file.files if name.startswith("values/")}
            kept = KeptSteps(steps=file[_STEPS], values=values, **head)
        if not len(kept.steps) or any(len(each) != len(kept.steps) for each in values.values()):
            raise ValueError("its arrays have different lengths")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        raise UserError(
            f"{path} holds no steps of an environment: choose a file in the folder {FOLDER} of a run."
        ) from None
    return kept
