# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""``--checkpoint pretrained``: the checkpoints that Isaac Lab publishes on its asset server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..overrides.hydra import first_line
from ..run_config import RunConfig
from ..system.atomic_files import atomic
from .assets import SERVER_SECONDS, http_status

SELECTOR = "pretrained"
"""What is given instead of the path of a checkpoint."""

FOLDER = ".pretrained_checkpoints"
"""Where they are kept, below the log root."""


def published_checkpoint(config: RunConfig, env_cfg: Any) -> Path:
    """Returns the published checkpoint of a task, as a file below the log root. Downloads it where it is not there.

    Args:
        config: The run; which checkpoint it is depends on task, library and presets.
        env_cfg: Isaac Lab's configuration of its environment, which names physics and renderer.

    Raises:
        UserError: When none is published, the server cannot be reached, or the file cannot be written.
    """
    from isaaclab.utils.assets import retrieve_file_path
    from isaaclab_rl.entrypoints.common import normalize_task_name
    from isaaclab_rl.utils import pretrained_checkpoint as published

    task = normalize_task_name(config.task)
    try:
        backends = published.get_pretrained_checkpoint_backend_names(env_cfg)
        presets = published.get_pretrained_checkpoint_preset_names(task, config.overrides)
        name = published.get_pretrained_checkpoint_filename(config.library, task, *backends, preset_names=presets)
        source = published.get_published_pretrained_checkpoint_path(
            config.library, task, *backends, preset_names=presets
        )
    except ValueError as error:
        raise UserError(f"There is no pretrained checkpoint for this configuration: {first_line(error)}.") from error
    kept = config.log_root_path / FOLDER / config.library / Path(name).stem / name
    if problem := _obstacle(source, name):
        if kept.is_file():
            return kept
        raise UserError(f"{problem} Give the path of a checkpoint, or train the task.")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        downloaded = retrieve_file_path(source, str(kept.parent / ".download"))
        with atomic(kept) as unfinished:
            shutil.copyfile(downloaded, unfinished)
    except (OSError, RuntimeError) as error:
        raise UserError(f"{source} cannot be downloaded into {kept.parent}: {first_line(error)}.") from error
    return kept


def _obstacle(source: str, name: str) -> str:
    """Returns why a published file cannot be had, in one sentence; empty where it can."""
    if "://" not in source:
        found = Path(source).is_file()
        return "" if found else f"The asset root has no pretrained checkpoint {name} ({source} does not exist)."
    if not source.startswith(("http://", "https://")):
        return ""  # a Nucleus server: only Isaac Lab can tell
    status = http_status(source, SERVER_SECONDS)
    if status is None or status >= 500:
        return f"The asset server with the pretrained checkpoints cannot be reached ({source})."
    return f"No pretrained checkpoint {name} is published ({source})." if status >= 400 else ""
