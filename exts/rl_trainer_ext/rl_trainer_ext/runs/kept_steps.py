# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The file with the last steps of an environment before a value that is no finite number: NumPy's format, no code."""

from __future__ import annotations

import contextlib
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..run_config import RunConfig
from ..system.atomic_files import atomic

FOLDER = "bad_values"
"""Folder of these files in a run's folder."""

VERSION = 1
"""Version of the files that are written here."""

_HEAD, _STEPS = "rl_trainer", "step"
_STATE = "state/"


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
    config: RunConfig | None = None
    """What the run was asked for; None where the file does not say."""

    @property
    def state(self) -> dict[str, np.ndarray]:
        """The state of the scene, by names such as ``articulation/robot/root_pose``; each of shape (steps, ...)."""
        return {name.removeprefix(_STATE): each for name, each in self.values.items() if name.startswith(_STATE)}

    def index_of(self, step: int, path: Path) -> int:
        """Returns the index of a step.

        Args:
            step: Its number.
            path: The file, for the message.

        Raises:
            UserError: When there is no such step.
        """
        found = np.flatnonzero(self.steps == step)
        if not len(found):
            raise UserError(f"{path} has the steps {self.steps[0]} to {self.steps[-1]}, not {step}.")
        return int(found[0])

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
    head |= {"version": VERSION, "config": None if kept.config is None else kept.config.to_dict()}
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, Any] = {f"values/{name}": values for name, values in kept.values.items()}
    with atomic(path) as temporary:
        np.savez_compressed(temporary, **{_HEAD: np.array(json.dumps(head)), _STEPS: kept.steps}, **arrays)


def read(path: Path) -> KeptSteps:
    """Reads the file.

    Raises:
        UserError: When it cannot be read, is another file, or of a newer version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            head = json.loads(str(file[_HEAD]))
            version, config = head.pop("version", VERSION), head.pop("config", None)
            if version != VERSION:
                raise UserError(
                    f"{path} was written by another version of RL Trainer: open it with the version that trained the "
                    "run."
                )
            values = {name.removeprefix("values/"): file[name] for name in file.files if name.startswith("values/")}
            run = None if config is None else RunConfig.from_dict(config)
            kept = KeptSteps(steps=file[_STEPS], values=values, config=run, **head)
        if kept.steps.ndim != 1 or kept.steps.dtype.kind not in "iu" or not (np.diff(kept.steps) > 0).all():
            raise ValueError("its steps are not numbered")
        if not len(kept.steps) or any(len(each) != len(kept.steps) for each in values.values()):
            raise ValueError("its arrays have different lengths")
    except UserError:
        raise
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error):
        raise UserError(
            f"{path} holds no steps of an environment: choose a file in the folder {FOLDER} of a run."
        ) from None
    return kept


def newest(run_dir: Path) -> Path | None:
    """Returns the newest of these files of a run; None where it has none."""
    found = []
    with contextlib.suppress(OSError):  # it was deleted meanwhile, or cannot be read
        found = [(file.stat().st_mtime_ns, file) for file in (run_dir / FOLDER).glob("step_*.npz")]
    return max(found)[1] if found else None
