# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Notices source files that changed on disk after Python imported them."""

from __future__ import annotations

import enum
import hashlib
import itertools
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .packages import file_of, folder_of, modules_of, unimported_files

Stamp = tuple[int, int]
"""Time of the last change [ns] and size [bytes] of a file."""

_MOST_FILES = 2000
"""Files of a package that could not be imported of which a change is noticed."""


class Kind(enum.Enum):
    """What happened to a source file; the value is the verb of a sentence."""

    CHANGED = "changed"
    DELETED = "was deleted"
    NEW = "is new"


@dataclass(frozen=True, order=True)
class Change:
    """A source file that is not what was imported."""

    file: str
    kind: Kind
    package: str


@dataclass
class _Source:
    file: str
    package: str
    spec: Any
    """What the module was imported by: another object after another import."""
    stamp: Stamp | None
    digest: str


class SourceWatch:
    """The source files of packages as they were when they were imported.

    Files are compared by time and size, and then by content: a file that was saved as it was has not changed.
    """

    def __init__(self) -> None:
        self._packages: tuple[str, ...] = ()
        self._sources: dict[str, _Source] = {}
        self._folders: dict[str, tuple[str, frozenset[str]]] = {}
        """The package and the source files of each folder."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages that are watched."""
        return self._packages

    def note(self, packages: Iterable[str], read: dict[str, Stamp] | None = None) -> bool:
        """Records modules that were imported since the last call. Call it soon after each import.

        Args:
            packages: All packages to watch.
            read: Stamps of files from before they were imported.

        Returns:
            Whether a module that was known has been imported again.
        """
        wanted = tuple(packages)
        self.forget(set(self._packages).difference(wanted))
        self._packages = wanted
        again = False
        for package in self._packages:
            modules = modules_of([package])
            for name, module in modules.items():
                known, file = self._sources.get(name), file_of(module)
                if file and (known is None or known.spec is not module.__spec__):
                    again = again or known is not None
                    self._note_module(name, package, file, module.__spec__, read or {})
            if package not in sys.modules:
                self._note_unimported(package)
        return again

    def forget(self, packages: Iterable[str]) -> None:
        """Forgets packages that are about to be imported again."""
        gone = set(packages)
        self._sources = {name: each for name, each in self._sources.items() if each.package not in gone}
        self._folders = {folder: each for folder, each in self._folders.items() if each[0] not in gone}

    def stamps(self, packages: Iterable[str]) -> dict[str, Stamp]:
        """Returns the present stamps of the source files of packages."""
        wanted = set(packages)
        files = {each.file for each in self._sources.values() if each.package in wanted}
        return {file: stamp for file in files if (stamp := stamp_of(file)) is not None}

    def look(self) -> tuple[Change, ...]:
        """Returns the files that changed, were deleted, or appeared in a folder of a package."""
        found = {
            Change(each.file, kind, each.package) for each in self._sources.values() if (kind := self._compare(each))
        }
        for folder, (package, known) in self._folders.items():
            found |= {Change(file, Kind.NEW, package) for file in _listed(folder, self._folders) if file not in known}
        return tuple(sorted(found, key=lambda change: (change.file, change.kind.value)))

    def imported_again(self) -> bool:
        """Returns whether a module was imported again by another program, such as Kit's extension manager."""
        return any(
            (module := sys.modules.get(name)) is not None and each.spec is not None and module.__spec__ is not each.spec
            for name, each in self._sources.items()
        )

    def _note_module(self, name: str, package: str, file: str, spec: Any, read: dict[str, Stamp]) -> None:
        self._add(name, package, file, spec, read)
        stub = file + "i"  # what a module exports lazily
        if os.path.isfile(stub):
            self._add(f"{name}.pyi", package, stub, None, read)
        if folder_of(package):  # the folder of a module beside packages is not its own
            folder = os.path.dirname(file)
            if folder not in self._folders:
                self._folders[folder] = package, frozenset(_listed(folder, {}))

    def _add(self, name: str, package: str, file: str, spec: Any, read: dict[str, Stamp]) -> None:
        digest = _digest(file)
        if digest:
            # a file that was saved while it was imported counts as changed
            stamp = read.get(file, stamp_of(file))
            changed_meanwhile = file in read and stamp != stamp_of(file)
            self._sources[name] = _Source(file, package, spec, stamp, "" if changed_meanwhile else digest)

    def _note_unimported(self, package: str) -> None:
        """Records the files of a package whose import failed: it can be tried again when one of them changes."""
        for file in itertools.islice(unimported_files(package), _MOST_FILES):
            if file not in self._sources:
                self._add(file, package, file, None, {})

    def _compare(self, source: _Source) -> Kind | None:
        stamp = stamp_of(source.file)
        if stamp == source.stamp:
            return None
        if stamp is None:
            return Kind.DELETED
        if _digest(source.file) != source.digest:
            return Kind.CHANGED
        source.stamp = stamp  # saved without a change
        return None


def stamp_of(file: str) -> Stamp | None:
    """Returns when a file changed last [ns] and its size [bytes]; None where there is no such file."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _listed(folder: str, known: Iterable[str]) -> Iterator[str]:
    """Yields the source files in a folder, and the first file of each package in it whose folder is not known."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                stem, ending = os.path.splitext(entry.name)
                if ending == ".py" and stem.isidentifier():
                    yield entry.path
                elif entry.name.isidentifier() and entry.path not in known and entry.is_dir():
                    first = os.path.join(entry.path, "__init__.py")
                    if os.path.isfile(first):
                        yield first
    except OSError:
        return  # the folder is gone, and its files are reported


def _digest(file: str) -> str:
    try:
        return hashlib.sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
