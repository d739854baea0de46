# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How the files of a Ray job get from the worker to this machine: through a shared log root, or through a storage."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Protocol

from ...errors import UserError
from ...learners.formats import format_of
from ...run_config import RunConfig
from ...runs import SELECTORS, find_checkpoint, list_checkpoints, run_dir_of
from ...runs.jobs import OUTPUT, JobFolder
from ...runs.manifest import Manifest
from ...runs.run_files import list_run_files
from ...training.where import Where
from .storage import LOGS, RESUMED, Copy, Pace, Storage, StorageError, new_copies
from .worker import CANCELLED, MARKER, WORKER

INTERVAL = 2.0
"""The least seconds between two looks at a storage."""

LIMIT = 60.0
"""Seconds that the last files may take to be readable."""

_RECEIVED = "received.json"
"""The file in a job's folder that says what has been copied, for a later process that follows the job."""


class JobFiles(Protocol):
    """The files of one job, seen from this machine."""

    module: str
    """What runs on the worker: a module of this folder."""
    arguments: list[str]
    """What that needs to find the files."""
    begin_limit: float
    """Seconds until the beginning of a training must be seen here."""

    def begin(self, mark: str) -> None:
        """Leaves a marker that the worker looks for, and what it needs.

        Raises:
            UserError: When that cannot be done.
        """
        ...

    def cancel(self) -> None:
        """Keeps a job that still waits from training."""
        ...

    def receive(self) -> None:
        """Takes over what is new. What cannot be read now is tried again later."""
        ...

    def finish(self) -> None:
        """Takes over what is still missing of a training that has ended.

        Raises:
            UserError: When it cannot be read.
        """
        ...

    def not_reached(self, told: str = "") -> UserError:
        """Returns the sentence about a worker that does not find the marker; ``told`` is what it has printed."""
        ...


def files_of(folder: JobFolder, where: Where) -> JobFiles:
    """Returns the files of a job."""
    return StoredFiles(folder, where.storage) if where.storage else SharedFiles(folder)


class SharedFiles:
    """See :class:`JobFiles`: the log root is the same folder on all machines.

    Args:
        folder: The folder of the job.
    """

    module = "worker"
    begin_limit = 30.0  # a network file system may take a while

    def __init__(self, folder: JobFolder) -> None:
        self._folder, self.arguments = folder, [str(folder.path)]

    def begin(self, mark: str) -> None:
        """See :class:`JobFiles`."""
        self._folder.write(MARKER, {"mark": mark})

    def cancel(self) -> None:
        """See :class:`JobFiles`."""
        self._folder.write(CANCELLED, {})

    def receive(self) -> None:
        """See :class:`JobFiles`: they are there."""

    def finish(self) -> None:
        """See :class:`JobFiles`: they are there."""

    def not_reached(self, told: str = "") -> UserError:
        """See :class:`JobFiles`."""
        return UserError(
            f"The Ray cluster does not share the log root {self._folder.log_root}: choose a folder on a file system "
            "that is mounted at the same path on this machine and on those of the cluster, or name a storage."
        )


class StoredFiles:
    """See :class:`JobFiles`: the worker copies them to a storage, and this machine copies them from there.

    Args:
        folder: The folder of the job on this machine.
        url: The URL of the storage.
    """

    module = "stored_worker"
    begin_limit = 300.0  # it fetches the checkpoint first

    def __init__(self, folder: JobFolder, url: str) -> None:
        self._folder, self._storage, self._pace = folder, Storage(url, folder.name), Pace(INTERVAL)
        self.arguments = [url, folder.name]
        received = folder.read(_RECEIVED)
        self._known: dict[str, Copy] = {name: (one[0], one[1]) for name, one in received.get("files", {}).items()}
        self._printed = int(received.get("printed", 0))
        self._marker: dict[str, object] = {}

    def begin(self, mark: str) -> None:
        """See :class:`JobFiles`."""
        self._marker = {"mark": mark, "log_root": str(self._folder.log_root)}
        self._storage.write(MARKER, self._marker)
        if self._storage.read(MARKER) != self._marker:
            raise UserError(f"The storage {self._storage.url} returns another file than was written: choose another.")
        checkpoint = _checkpoint_of(self._folder.record.config)
        if checkpoint is not None:
            self._send_checkpoint(checkpoint)
            self._storage.write(MARKER, self._marker)

    def _send_checkpoint(self, checkpoint: Path) -> None:
        """Copies a checkpoint and its run's parameters and records: all but events, videos and other checkpoints."""
        run_dir = run_dir_of(checkpoint, self._folder.record.config.library)
        library = format_of(self._folder.record.config.library)
        others = {file for one in list_checkpoints(run_dir) for file in library.files(one.path)}
        others -= set(library.files(checkpoint))
        copies = {}
        for file in list_run_files(run_dir):
            path = run_dir / file.path
            if path not in others and "tfevents" not in path.name and path.suffix not in (".mp4", ".gif", ".log"):
                copies[file.path] = self._storage.put(path, f"{RESUMED}/{file.path}")
        inside = run_dir.is_relative_to(self._folder.log_root)
        parts = run_dir.relative_to(self._folder.log_root).parts if inside else (RESUMED, *run_dir.parts[-3:])
        self._marker["resumed"] = {
            "files": copies,
            "run_dir": str(run_dir),
            "place": "/".join(parts),
            "checkpoint": checkpoint.relative_to(run_dir).as_posix(),
        }

    def cancel(self) -> None:
        """See :class:`JobFiles`."""
        with contextlib.suppress(StorageError):  # Ray ends it a little later
            self._storage.write(MARKER, {"cancelled": True})

    def receive(self) -> None:
        """See :class:`JobFiles`."""
        if self._pace.is_due:
            with contextlib.suppress(StorageError, OSError):
                self._receive()

    def finish(self) -> None:
        """See :class:`JobFiles`; it is tried for :data:`LIMIT` seconds."""
        end = time.monotonic() + LIMIT
        while True:
            try:
                self._receive()
                return
            except (StorageError, OSError) as error:
                if not (self._folder.path / WORKER).exists():
                    return  # the training has not begun
                if time.monotonic() > end:
                    raise UserError(
                        f"The files of the training cannot be copied to this machine ({str(error).rstrip('.')}): copy "
                        f"{self._storage.url}/{LOGS} into {self._folder.log_root}."
                    ) from error
                time.sleep(INTERVAL)

    def not_reached(self, told: str = "") -> UserError:
        """See :class:`JobFiles`."""
        return UserError(
            told
            or f"The Ray cluster has written nothing to {self._storage.url} for {self.begin_limit:.0f} s: check that "
            "its machines reach that storage."
        )

    def _receive(self) -> None:
        began, problem = time.monotonic(), None
        known = dict(self._known)
        try:
            for name, copy in new_copies(self._storage, known):
                try:
                    self._take(name, copy)
                    self._known[name] = copy
                except (StorageError, OSError) as error:  # the others first
                    problem = error
        finally:
            if self._known != known:
                self._folder.write(_RECEIVED, {"files": self._known, "printed": self._printed})
            self._pace.took(time.monotonic() - began)
        if problem is not None:
            raise problem

    def _take(self, name: str, copy: Copy) -> None:
        parts = PurePosixPath(name).parts
        if name == WORKER:
            self._storage.get(name, self._folder.path / WORKER, copy)
        elif name == OUTPUT:
            self._print(copy)
        elif parts[0] == LOGS and len(parts) > 4:  # library, experiment, run, file
            target = self._folder.log_root.joinpath(*parts[1:])
            target.parent.mkdir(parents=True, exist_ok=True)
            self._storage.get(name, target, copy)

    def _print(self, copy: Copy) -> None:
        """Prints what the training has printed since the last time: the output of this process is that of the job."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, OUTPUT)
            self._storage.get(OUTPUT, path, copy)
            with path.open("rb") as file:
                file.seek(self._printed)
                shutil.copyfileobj(file, sys.stdout.buffer)
                self._printed = file.tell()
        sys.stdout.flush()


def _checkpoint_of(config: RunConfig) -> Path | None:
    """Returns the checkpoint that a job resumes, from this machine; None without one.

    Raises:
        UserError: When there is none.
    """
    if config.checkpoint not in SELECTORS:
        named = None if config.checkpoint in (None, "pretrained") else config
        return None if named is None else find_checkpoint(named, "", any_task=True)
    found: list[tuple[float, Path]] = []
    problem: UserError | None = None
    root = config.log_root_path / config.library
    for experiment in sorted(os.listdir(root)) if root.is_dir() else []:  # the worker knows which one is the task's
        try:
            checkpoint = find_checkpoint(config, experiment)
        except UserError as error:
            problem = error
            continue
        manifest = Manifest.read(run_dir_of(checkpoint, config.library))
        found.append((0.0 if manifest is None else manifest.created.timestamp(), checkpoint))
    if not found:
        raise problem or UserError(f"There is no run of {config.library} in {config.log_root_path}: train one first.")
    return max(found)[1]
