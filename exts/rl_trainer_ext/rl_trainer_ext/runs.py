# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Run directories and checkpoints, where Isaac Lab puts them and by its own functions."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from .errors import UserError
from .run_config import RunConfig

SELECTORS = ("latest",)
"""What can be given instead of the path of a checkpoint."""


def create_run_dir(config: RunConfig, experiment: str, run_name: str) -> Path:
    """Makes the directory of a new run, with its manifest: ``<log_root>/<library>/<experiment>/<time>[_<run_name>]``.

    Raises:
        UserError: When the log root cannot be written.
    """
    from isaaclab_rl.entrypoints.common import write_run_manifest

    root = config.log_root_path / config.library / experiment
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S") + (f"_{run_name}" if run_name else "")
    try:
        run_dir = _make_new_dir(root, name)
        write_run_manifest(
            str(run_dir),
            library=config.library,
            task=config.task,
            metadata={"agent": config.agent_entry_point},
        )
    except OSError as error:
        raise UserError(
            f"{config.log_root_path} cannot be written ({error.strerror}): choose another log root."
        ) from error
    return run_dir


def find_checkpoint(config: RunConfig, experiment: str, pattern: str) -> Path:
    """The checkpoint that a configuration names.

    Args:
        config: Its ``checkpoint`` is ``latest``, a path, or None for ``latest``.
        experiment: Folder of the experiment below the log root and the library.
        pattern: Regular expression of the library's checkpoint files.

    Raises:
        UserError: When there is none, or it belongs to another task or library.
    """
    if config.checkpoint in (None, "", *SELECTORS):
        return _latest(config, experiment, pattern)
    path = Path(str(config.checkpoint)).expanduser().absolute()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise UserError(f"The checkpoint {path} {what}: give the path of a file, or latest.")
    _check_manifest(path, config)
    return path


def _make_new_dir(root: Path, name: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    # two runs can begin in the same second
    for attempt in range(1, 1000):
        run_dir = root / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            run_dir.mkdir()
            return run_dir
        except FileExistsError:
            continue
    raise OSError(None, "a thousand runs began in the same second")


def _latest(config: RunConfig, experiment: str, pattern: str) -> Path:
    from isaaclab_rl.entrypoints.common import resolve_checkpoint_selector

    root = config.log_root_path / config.library / experiment
    try:
        return Path(
            resolve_checkpoint_selector(
                str(root),
                "latest",
                library=config.library,
                task=config.task,
                checkpoint_pattern=pattern,
                metadata={"agent": config.agent_entry_point},
            )
        )
    except ValueError as error:
        raise UserError(
            f"There is no checkpoint of {config.task} with {config.library} in {root}: "
            "train one first, or give the path of one."
        ) from error


def _check_manifest(checkpoint: Path, config: RunConfig) -> None:
    """Refuses a checkpoint whose run says that it is of another task or library."""
    from isaaclab_rl.entrypoints.common import RUN_MANIFEST_FILENAME, normalize_task_name

    for folder in (checkpoint.parent, checkpoint.parent.parent):
        try:
            manifest = json.loads((folder / RUN_MANIFEST_FILENAME).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # a checkpoint from elsewhere: it is judged by what it holds
        library, task = manifest.get("library"), manifest.get("task")
        if library != config.library:
            raise UserError(f"{checkpoint} was trained with {library}, not with {config.library}: choose that library.")
        if task != normalize_task_name(config.task):
            raise UserError(f"{checkpoint} was trained on {task}, not on {config.task}: choose that task.")
        return
