# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Caches what was read of the runs of a log root, in the user's cache directory: a log root may be read-only."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs

from ..system.atomic_files import atomic_write_text
from .record import RunRecord
from .reward_summary import RewardSummary
from .run_files import PlannedLength, RunFiles, Signature

_VERSION = 5

Known = tuple[Signature, RunFiles, RewardSummary]
"""The signature of a run's files, their content, and the summary of its rewards."""


def cache_path(log_root: Path, cache_dir: Path | None = None) -> Path:
    """Returns the cache file of a log root; None stands for the user's cache directory."""
    folder = cache_dir or Path(platformdirs.user_cache_dir("rl_trainer")) / "runs"
    return folder / f"{hashlib.sha256(os.fsencode(log_root)).hexdigest()[:32]}.json"


def load(path: Path, log_root: Path) -> dict[str, Known]:
    """Returns the cached runs of a log root, by their paths below it; none if the cache cannot be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["version"] != _VERSION:
            return {}
        return {name: _from_json(log_root / name, known) for name, known in values["runs"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # all runs are read again


def save(path: Path, runs: Mapping[str, Known]) -> None:
    """Writes the cache. If it cannot be written, the next start takes longer."""
    values = {"version": _VERSION, "runs": {name: _to_json(known) for name, known in runs.items()}}
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_text(path, json.dumps(values), durable=False)


def _to_json(known: Known) -> list[Any]:
    signature, content, curve = known
    record = None if content.record is None else content.record.to_json()
    # vars rather than dataclasses.asdict, which copies every number
    return [signature, vars(content) | {"record": record, "plan": vars(content.plan)}, vars(curve)]


def _from_json(run_dir: Path, values: list[Any]) -> Known:
    signature, content, curve = values
    record = content["record"]
    content |= {
        "record": None if record is None else RunRecord.from_json(run_dir, record),
        "plan": PlannedLength(**content["plan"]),
        "events": _events(content["events"]),
        "tags": tuple(content["tags"]),
        "damaged": tuple(content["damaged"]),
    }
    curve |= {"events": _events(curve["events"]), "sparkline": tuple(curve["sparkline"])}
    return tuple(signature), RunFiles(**content), RewardSummary(**curve)


def _events(values: list[list[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((name, size) for name, size in values)
