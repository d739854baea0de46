# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Creates and removes run directories."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from ..errors import UserError
from ..run_config import RunConfig
from ..system.atomic_files import atomic
from .containment import require_inside
from .model import MANIFEST_NAME


def create_run_dir(
    config: RunConfig, experiment: str, run_name: str, metadata: Mapping[str, str] | None = None
) -> Path:
    """Creates the directory and the manifest of a new run: ``<log_root>/<library>/<experiment>/<time>[_<run_name>]``.

    Args:
        config: The configuration of the run.
        experiment: Folder of its experiment.
        run_name: What is appended to the time in the name of its folder; it may be empty.
        metadata: What its manifest says besides library, task and agent.

    Raises:
        UserError: When the log root cannot be written, or the directory would be outside it.
    """
    from isaaclab_rl.entrypoints.common import write_run_manifest

    root = config.log_root_path / config.library / experiment
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S") + (f"_{run_name}" if run_name else "")
    require_inside(root / name, config.log_root_path)
    try:
        run_dir = _make_new_dir(root, name)
        with atomic(run_dir / MANIFEST_NAME) as temporary:
            write_run_manifest(
                str(temporary.parent),
                library=config.library,
                task=config.task,
                metadata={"agent": config.agent_entry_point, **(metadata or {})},
            )
    except OSError as error:
        raise UserError(
            f"{config.log_root_path} cannot be written ({error.strerror}): choose another log root."
        ) from error
    return run_dir


def require_writable(folder: Path, instead: str) -> None:
    """Checks, before anything expensive, that files can be written to a folder, which need not exist yet.

    Args:
        folder: An absolute path.
        instead: What the user can do if not.

    Raises:
        UserError: When they cannot.
    """
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}): {instead}.") from error


def discard_run_dir(run_dir: Path) -> None:
    """Removes the directory of a run that took no step."""
    shutil.rmtree(run_dir, ignore_errors=True)


def _make_new_dir(root: Path, name: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    # two runs can start in the same second
    for attempt in range(1, 1000):
        run_dir = root / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            run_dir.mkdir()
            return run_dir
        except FileExistsError:
            continue
    raise OSError(None, "a thousand runs started in the same second")
