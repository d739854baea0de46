# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads all files of a run but its events. The index keeps the result until a file changes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..learners.formats import CHECKPOINT_ENDINGS, Pace, all_formats, format_of, setting
from ..system.atomic_files import SAVING_FOLDER
from .checkpoints import damaged_newest, final_steps, last_model
from .manifest import Manifest
from .model import LABELS_NAME, MANIFEST_NAME, RECORD_NAME
from .parameters import pace_of, read_parameters
from .record import RunRecord


@dataclass(frozen=True)
class File:
    """A file of a run: its path below the run's directory, its size [bytes], the time of its last change [ns]."""

    path: str
    size: int
    modified: int


Signature = tuple[int, int, int]
"""The number of files, their total size [bytes] and the newest change [ns]. It changes when a file changes."""


@dataclass(frozen=True)
class PlannedLength:
    """The planned length of a run without a record, and the last checkpoint, which shows how far it came.

    Args:
        length: The planned length, in the unit of the library's counter.
        counts_per_iteration: The increase of the library's counter in one iteration.
        steps_per_iteration: The environment steps of one iteration.
        save_interval: The iterations between two periodic checkpoints.
        last_model: The number in the name of the last checkpoint, if the library has no separate final model.
        final_steps: The environment steps of the final model, if the library has a separate one.
    """

    length: int | None = None
    counts_per_iteration: int | None = None
    steps_per_iteration: int | None = None
    save_interval: int | None = None
    last_model: int | None = None
    final_steps: int | None = None

    @property
    def pace(self) -> Pace:
        """The increase of the counters in one iteration."""
        return Pace(self.counts_per_iteration, self.steps_per_iteration)


@dataclass(frozen=True)
class RunFiles:
    """The content of a run's files without its events. ``events`` are the event files with their sizes [bytes]."""

    task: str
    created: float
    has_manifest: bool
    size: int
    events: tuple[tuple[str, int], ...]
    events_modified: float
    record: RunRecord | None
    plan: PlannedLength
    name: str
    tags: tuple[str, ...]
    archived: bool
    problem: str
    damaged: tuple[str, ...] = ()
    """The newest checkpoints, if they are incomplete. A running training may just be writing them."""


def list_run_files(run_dir: Path) -> tuple[File, ...]:
    """Returns all files of a run, without those that are being written.

    Raises:
        OSError: When the directory cannot be read.
    """
    return tuple(_walk(str(run_dir), ""))


def signature(files: tuple[File, ...]) -> Signature:
    """Returns the signature of these files."""
    return len(files), sum(file.size for file in files), max((file.modified for file in files), default=0)


def is_run(run_dir: Path) -> bool:
    """Returns whether a directory is a run, with or without a manifest."""
    try:
        names = [entry.name for entry in os.scandir(run_dir)]
    except OSError:
        return False
    only_in_runs = {MANIFEST_NAME, RECORD_NAME, *folders_of_runs()}
    return any(name in only_in_runs or "tfevents" in name or name.endswith(CHECKPOINT_ENDINGS) for name in names)


def folders_of_runs() -> set[str]:
    """Returns the names of folders that only runs have; they show a run that has neither manifest nor events."""
    return {"params", *checkpoint_folders()}


def checkpoint_folders() -> set[str]:
    """Returns the names of the folders in a run that contain checkpoints."""
    return set().union(*(library.folders for library in all_formats()))


def read_run_files(run_dir: Path, files: tuple[File, ...]) -> RunFiles:
    """Reads manifest, record and labels, and without a record the parameters; ``problem`` names damaged files."""
    library, experiment = run_dir.parent.parent.name, run_dir.parent.name
    problems: list[str] = []
    manifest = Manifest.read(run_dir)
    if manifest is None and (run_dir / MANIFEST_NAME).exists():
        problems.append(f"{MANIFEST_NAME} is damaged: Isaac Lab's latest and best do not find this run.")
    record = RunRecord.read(run_dir)
    if record is None and (run_dir / RECORD_NAME).exists():
        problems.append(f"{RECORD_NAME} is damaged: the status comes from the other files of the run.")
    name, tags, archived = _labels(run_dir, problems)
    events = [file for file in files if "tfevents" in file.path.rpartition("/")[2]]
    if record is not None and record.failure:
        problems.insert(0, record.failure)
    return RunFiles(
        task=manifest.task if manifest else experiment if format_of(library).experiment_is_task else "",
        created=manifest.created.timestamp() if manifest else _began(run_dir, events),
        has_manifest=manifest is not None,
        size=sum(file.size for file in files),
        events=tuple((file.path, file.size) for file in events),
        events_modified=max((file.modified for file in events), default=0) / 1e9,
        record=record,
        plan=PlannedLength() if record is not None else _plan(run_dir, library, problems),
        name=name,
        tags=tags,
        archived=archived,
        problem=" ".join(problems),
        damaged=damaged_newest(run_dir),
    )


def read_labels(run_dir: Path) -> dict[str, Any]:
    """Returns the labels of a run that are set: ``name``, ``tags`` and ``archived``.

    Raises:
        ValueError: When the file is damaged.
        OSError: When it cannot be read.
    """
    try:
        values = json.loads((run_dir / LABELS_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


def _walk(folder: str, prefix: str) -> Iterator[File]:
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != SAVING_FOLDER:
                        yield from _walk(entry.path, f"{prefix}{entry.name}/")
                else:
                    status = entry.stat(follow_symlinks=False)
                    yield File(f"{prefix}{entry.name}", status.st_size, status.st_mtime_ns)
            except FileNotFoundError:
                continue  # a training has just renamed a temporary file


def _labels(run_dir: Path, problems: list[str]) -> tuple[str, tuple[str, ...], bool]:
    try:
        values = read_labels(run_dir)
        return str(values.get("name") or ""), tuple(map(str, values.get("tags") or ())), bool(values.get("archived"))
    except (OSError, ValueError, TypeError):
        problems.append(f"{LABELS_NAME} is damaged: name and tags are lost; enter them again.")
        return "", (), False


def _plan(run_dir: Path, library: str, problems: list[str]) -> PlannedLength:
    try:
        env, agent = read_parameters(run_dir)
    except UserError as error:
        problems.append(str(error))
        env, agent = {}, {}

    library_format, pace = format_of(library), pace_of(library, env, agent)

    def number(key: str) -> int | None:
        value = setting(agent, key)
        # such as n_timesteps: 1000000.0
        return int(value) if isinstance(value, int | float) and value > 0 else None

    try:
        return PlannedLength(
            length=number(library_format.length_key),
            counts_per_iteration=pace.counts,
            steps_per_iteration=pace.steps,
            save_interval=number(library_format.save_interval_key),
            last_model=last_model(run_dir, library_format),
            final_steps=final_steps(run_dir, library_format),
        )
    except OSError:
        return PlannedLength()  # the run has just been deleted


def _began(run_dir: Path, events: list[File]) -> float:
    """Returns when a run without a manifest started [unix s]: by the name of its directory or first event file."""
    match = re.match(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", run_dir.name)
    if match:
        try:
            return datetime.strptime(match[0], "%Y-%m-%d_%H-%M-%S").astimezone().timestamp()
        except ValueError:
            pass  # the digits are not a time
    numbers = [re.search(r"tfevents\.(\d+)", file.path) for file in events]
    began = [float(number[1]) for number in numbers if number]
    try:
        return min(began) if began else run_dir.stat().st_mtime
    except OSError:
        return 0.0
