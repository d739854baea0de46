# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a run was asked for, to play it or to train on from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..run_config import RunConfig
from .model import MANIFEST_NAME, RECORD_NAME, Run


def config_of(run: Run, checkpoint: Path) -> RunConfig:
    """The configuration that plays a checkpoint of a run, or trains on from it.

    It is that of the run's record; of a run of ``isaaclab train``, which has none, what its manifest says. How long to
    train is left open: it was asked for that run.

    Raises:
        UserError: When nothing says what task the run is of.
    """
    config = RunConfig.from_dict({"task": run.task, "library": run.library} | _recorded(run.path))
    if not config.task:
        raise UserError(
            f"{run.path.name} has no manifest, so its task is not known: choose the task in the panel, "
            f"and write the path of the checkpoint into its field: {checkpoint}"
        )
    return config.replace(
        library=run.library,
        checkpoint=str(checkpoint),
        log_root=str(run.path.parent.parent.parent),
        max_iterations=None,
        num_steps=None,
        speed=1.0,
    )


@dataclass(frozen=True)
class Origin:
    """What a run was started with, as far as its files say it.

    Args:
        task: Its task; an empty string where nothing says.
        agent: The key of its agent configuration; None where nothing says.
        overrides: Its overrides; None where they are not known, as of a run of ``isaaclab train``.
    """

    task: str
    agent: str | None
    overrides: tuple[str, ...] | None


def origin_of(run_dir: Path, library: str) -> Origin:
    """What a run was started with. See :class:`Origin`."""
    task = str(_read(run_dir / MANIFEST_NAME).get("task") or "")
    recorded = _recorded(run_dir)
    agent = recorded.get("agent")
    if "overrides" not in recorded:
        return Origin(task, agent, None)
    overrides = recorded["overrides"]
    return Origin(
        str(recorded.get("task") or task),
        agent if isinstance(agent, str) and agent else f"{library}_cfg_entry_point",
        tuple(map(str, overrides)) if isinstance(overrides, list) else (),
    )


def _recorded(run_dir: Path) -> dict[str, Any]:
    values = _read(run_dir / RECORD_NAME).get("config")
    if isinstance(values, dict):
        return values
    metadata = _read(run_dir / MANIFEST_NAME).get("metadata")
    agent = metadata.get("agent") if isinstance(metadata, dict) else None
    return {"agent": agent} if isinstance(agent, str) else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # damaged or not there: the run's other files say what they can
    return values if isinstance(values, dict) else {}
