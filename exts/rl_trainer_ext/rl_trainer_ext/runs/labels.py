# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Names, tags, archives, deletes and restores runs."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..system.atomic_files import atomic_write_text
from .containment import require_in_place
from .model import LABELS_NAME, TRASH_FOLDER, RunStatus
from .reward_summary import RewardSummary
from .run_files import read_labels, read_run_files
from .status import infer_status

DELETED_NAME = "deleted.json"
"""The file in a deleted run that holds its original path."""


@dataclass(frozen=True)
class DeletedRun:
    """A run in the trash.

    Args:
        path: The original directory.
        trashed: The directory in the trash.
        deleted: When it was deleted [unix s].
    """

    path: Path
    trashed: Path
    deleted: float


def rename(run_dir: Path, name: str) -> None:
    """Sets the display name of a run; an empty name removes it. The directory keeps its name.

    Raises:
        UserError: When the run's directory cannot be written, or is a symbolic link; likewise in the next two.
    """
    _label(run_dir, name=" ".join(name.split()))


def tag(run_dir: Path, tags: Iterable[str]) -> None:
    """Replaces the tags of a run."""
    words = (" ".join(word.split()) for word in tags)
    _label(run_dir, tags=list(dict.fromkeys(word for word in words if word)))


def archive(run_dir: Path, archived: bool = True) -> None:
    """Archives a run, or unarchives it."""
    _label(run_dir, archived=archived)


def delete(run_dir: Path) -> DeletedRun:
    """Moves a run to the trash of its log root, where it stays until :func:`restore` or :func:`empty_trash`.

    Raises:
        UserError: When the run is being trained, cannot be moved, or the run or the trash is a symbolic link.
    """
    library, experiment = run_dir.parent.parent, run_dir.parent
    require_in_place(run_dir, library.parent)
    if infer_status(library.name, read_run_files(run_dir, ()), RewardSummary(()), time.time()) is RunStatus.RUNNING:
        raise UserError(f"{run_dir.name} is being trained: stop it first.")
    folder = library.parent / TRASH_FOLDER / library.name / experiment.name
    require_in_place(folder, library.parent)
    with _report_failure(f"{run_dir} cannot be moved to the trash"):
        folder.mkdir(parents=True, exist_ok=True)
        trashed = _free(folder / run_dir.name)
        os.rename(run_dir, trashed)
    deleted = DeletedRun(run_dir, trashed, time.time())
    # the trash folder may carry a number suffix, so the original path is stored explicitly
    with _report_failure(f"{trashed} is in the trash, but where it was cannot be written"):
        when = datetime.fromtimestamp(deleted.deleted, UTC).isoformat(timespec="seconds")
        atomic_write_text(trashed / DELETED_NAME, json.dumps({"name": run_dir.name, "deleted_at": when}) + "\n")
    return deleted


def restore(deleted: DeletedRun) -> Path:
    """Moves a deleted run back to its original directory, and returns that.

    Raises:
        UserError: When the directory exists again, the run cannot be moved, or a part of the path is a symbolic link.
    """
    log_root = deleted.path.parent.parent.parent
    require_in_place(deleted.trashed, log_root)
    require_in_place(deleted.path.parent, log_root)
    if os.path.lexists(deleted.path):
        raise UserError(f"{deleted.path} is there again: move that away first.")
    with _report_failure(f"{deleted.trashed} cannot be taken out of the trash"):
        deleted.path.parent.mkdir(parents=True, exist_ok=True)
        os.rename(deleted.trashed, deleted.path)
        (deleted.path / DELETED_NAME).unlink(missing_ok=True)
    _remove_empty(deleted.trashed.parent)
    return deleted.path


def trash(log_root: Path) -> tuple[DeletedRun, ...]:
    """Returns the runs in the trash of a log root, the last deleted first."""
    root = log_root.expanduser().absolute()
    found = []
    for trashed in (root / TRASH_FOLDER).glob("*/*/*"):
        if trashed.is_dir() and not trashed.is_symlink():
            name, when = trashed.name, trashed.stat().st_mtime
            # without the file, the folder in the trash nearly always has the original name
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                values = json.loads((trashed / DELETED_NAME).read_text(encoding="utf-8"))
                when = datetime.fromisoformat(values["deleted_at"]).timestamp()
                name = str(values["name"])
            found.append(DeletedRun(root / trashed.parent.relative_to(root / TRASH_FOLDER) / name, trashed, when))
    return tuple(sorted(found, key=lambda deleted: deleted.deleted, reverse=True))


def empty_trash(log_root: Path) -> int:
    """Removes the runs in the trash of a log root for good, and returns their number.

    Raises:
        UserError: When they cannot be removed, or the trash is a symbolic link.
    """
    root = log_root.expanduser().absolute()
    folder = root / TRASH_FOLDER
    require_in_place(folder, root)
    found = trash(log_root)
    with _report_failure(f"{folder} cannot be emptied"):
        if folder.exists():
            shutil.rmtree(folder)  # rmtree removes symbolic links, not their targets
    return len(found)


def _label(run_dir: Path, **changes: Any) -> None:
    require_in_place(run_dir, run_dir.parent.parent.parent)
    try:
        values = read_labels(run_dir)
    except (OSError, ValueError):
        values = {}  # a damaged file is replaced
    values |= changes
    with _report_failure(f"{run_dir} cannot be labelled"):
        atomic_write_text(run_dir / LABELS_NAME, json.dumps(values, indent=2, ensure_ascii=False) + "\n")


def _free(path: Path) -> Path:
    """Returns ``path``, with a number if it exists already."""
    candidate, number = path, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_name(f"{path.name}_{number}")
    return candidate


def _remove_empty(folder: Path) -> None:
    """Removes a folder of the trash and its parents, as far as they are empty."""
    with contextlib.suppress(OSError):  # not empty
        for path in (folder, folder.parent, folder.parent.parent):
            path.rmdir()


@contextlib.contextmanager
def _report_failure(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{what} ({error.strerror}): check that its log root is there and may be written.") from error
