# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The files of a Ray job at a URL of fsspec, for machines that share no file system.

The worker writes below the URL and this machine reads there; neither sees the other. A server may show a file that is
half written, and keep times in whole seconds, so the worker lists the SHA-256 of each file that it has copied. A file
is taken over only if it has the listed one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from ...errors import UserError
from ...learners.formats import CHECKPOINT_ENDINGS
from ...runs.model import RECORD_NAME
from ...runs.run_files import File, list_run_files
from ...system.atomic_files import atomic
from .head import words

LISTED = "files.json"
"""The list of the files that a worker has copied, each with its SHA-256 and the time of its last change [ns]."""

LOGS = "logs"
"""The folder in a storage that becomes the log root of the machine that has started the job."""

RESUMED = "resumed"
"""The folder with the run of the checkpoint that the job resumes."""

SHARE = 0.2
"""The most time that copying may take: files grow, and a store of objects cannot append to them."""

Answer = TypeVar("Answer")
Copy = tuple[str, int]
"""SHA-256 of a file, and the time of its last change [ns]."""


class StorageError(UserError):
    """A storage cannot be used now."""


def check_protocol(url: str) -> None:
    """Checks that fsspec, as installed here, knows the protocol of a URL, without importing its package.

    Raises:
        UserError: When it does not, or the package is missing.
    """
    from fsspec.registry import known_implementations, registry

    protocol = url.partition("://")[0]
    known = known_implementations.get(protocol)
    if known is None and protocol not in registry:
        raise UserError(f"fsspec knows no storage {protocol}://: write a URL such as s3://bucket/runs.")
    if known is not None and importlib.util.find_spec(known["class"].partition(".")[0]) is None:
        told = str(known.get("err") or f"{known['class']} is missing")
        raise UserError(f"The storage {url} cannot be used on this machine ({told}): install that package.")


class Storage:
    """The folder of one job. It is opened when it is first used, and again after an error.

    Args:
        url: A URL that ``Where.validate`` has passed.
        name: The name of the job.
        machine: This machine, for sentences.
    """

    def __init__(self, url: str, name: str, machine: str = "this machine") -> None:
        self.url = f"{url.rstrip('/')}/{name}"
        self._machine = machine
        self._files: Any = None
        self._made: set[str] = set()

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Writes a JSON file.

        Raises:
            StorageError: When it cannot be written; the next three raise likewise.
        """
        content = json.dumps(values).encode()
        self._use(name, lambda files, path: files.pipe_file(path, content), makes_folder=True)

    def read(self, name: str) -> dict[str, Any]:
        """Returns the content of a JSON file."""
        values = self._use(name, lambda files, path: json.loads(files.cat_file(path)))
        return dict(values)

    def put(self, source: Path, name: str) -> Copy:
        """Copies a file, which must not change meanwhile, to the storage."""
        copy = _digest(source), source.stat().st_mtime_ns
        self._use(name, lambda files, path: files.put_file(str(source), path), makes_folder=True)
        return copy

    def get(self, name: str, target: Path, copy: Copy) -> None:
        """Copies a file from the storage. It is complete when it appears."""
        with atomic(target, durable=False) as temporary:
            self._use(name, lambda files, path: files.get_file(path, str(temporary)))
            if _digest(temporary) != copy[0]:
                raise StorageError(f"The file {self.url}/{name} is just being written: try again.")
            os.utime(temporary, ns=(copy[1], copy[1]))

    def _use(self, name: str, act: Callable[[Any, str], Answer], makes_folder: bool = False) -> Answer:
        try:
            if self._files is None:
                import fsspec

                self._files, self._path = fsspec.url_to_fs(self.url, skip_instance_cache=True)
            self._files.invalidate_cache()  # others write there
            path = f"{self._path.rstrip('/')}/{name}"
            if makes_folder:
                self._make_folders(path)
            return act(self._files, path)
        except Exception as error:  # each protocol has its own, of any class
            self._files = None  # the connection may be at fault
            raise StorageError(self._sentence(error)) from error

    def _make_folders(self, path: str) -> None:
        """Makes the folders of a file, but no bucket: its owner chooses where that is."""
        folders = [str(each) for each in reversed(PurePosixPath(path).parents)]
        for folder in folders[1 if path.startswith("/") else 2 :]:
            if folder not in self._made and not self._files.isdir(folder):
                try:
                    self._files.mkdir(folder, create_parents=False)
                except Exception:  # another job may have been faster
                    self._files.invalidate_cache()
                    if not self._files.isdir(folder):
                        raise
            self._made.add(folder)

    def _sentence(self, error: Exception) -> str:
        origin = error.__cause__ or error
        told = str(origin)
        if not told or (isinstance(origin, OSError) and origin.errno is None):  # of a path alone
            told = f"{type(origin).__name__} {told}"
        cause = words(told)
        if isinstance(error, ImportError):
            do = "install that package there"
        elif isinstance(error, PermissionError):
            do = "check with which credentials fsspec is configured there"
        else:
            do = (
                "check that its bucket exists and its server can be reached from there, and with which credentials "
                "fsspec is configured there"
            )
        return f"The storage {self.url} cannot be used on {self._machine} ({cause}): {do}."


class Sender:
    """Copies the files in a folder to a storage when they have changed.

    Args:
        storage: The storage.
        root: The folder.
        without: Names of files in it that stay.
        paths: Paths in the records of runs by what to write in their place.
    """

    def __init__(self, storage: Storage, root: Path, without: Collection[str], paths: Mapping[str, str]) -> None:
        self._storage, self._root, self._without = storage, root, frozenset(without)
        self._paths = {_in_json(there): _in_json(here) for there, here in paths.items()}
        self._seen: dict[str, File] = {}
        self._sent: dict[str, Copy] = {}
        self._told: dict[str, Copy] = {}

    def send(self) -> None:
        """Copies what has changed, each checkpoint after what belongs to it.

        Raises:
            StorageError: When the storage cannot be used; likewise OSError for a file here.
        """
        found = [file for file in list_run_files(self._root) if file.path not in self._without]
        for file in sorted(found, key=lambda file: (file.path.endswith(CHECKPOINT_ENDINGS), file.path)):
            if self._seen.get(file.path) == file or not (self._root / file.path).is_file():
                continue
            with tempfile.TemporaryDirectory() as folder:
                snapshot = Path(shutil.copy2(self._root / file.path, folder))
                if snapshot.name == RECORD_NAME:
                    self._translate(snapshot)
                self._sent[file.path] = self._storage.put(snapshot, file.path)
            self._seen[file.path] = file
        if self._sent != self._told:
            self._storage.write(LISTED, self._sent)
            self._told = dict(self._sent)

    def _translate(self, record: Path) -> None:
        text = record.read_text(encoding="utf-8")
        for there, here in self._paths.items():
            text = text.replace(there, here)
        record.write_text(text, encoding="utf-8")


def new_copies(storage: Storage, known: Mapping[str, Copy]) -> Iterator[tuple[str, Copy]]:
    """Yields the names of the files of a worker that are new or have changed.

    Raises:
        StorageError: When the storage cannot be used, or holds no list yet.
    """
    for name, (digest, modified) in storage.read(LISTED).items():
        copy = str(digest), int(modified)
        parts = PurePosixPath(name).parts
        # all who may write to the storage could have written the list
        if known.get(name) != copy and ".." not in parts and not name.startswith("/"):
            yield name, copy


class Pace:
    """Says when to copy again, so that copying takes at most :data:`SHARE` of the time.

    Args:
        interval: The least seconds between.
    """

    def __init__(self, interval: float) -> None:
        self._interval, self.pause, self._next = interval, interval, -float("inf")

    @property
    def is_due(self) -> bool:
        """Whether the pause is over."""
        return time.monotonic() >= self._next

    def took(self, seconds: float) -> None:
        """Notes how long copying took; the pause begins now."""
        self.pause = max(self._interval, seconds * (1 / SHARE - 1))
        self._next = time.monotonic() + self.pause


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _in_json(path: str) -> str:
    return json.dumps(path, ensure_ascii=False)[1:-1]
