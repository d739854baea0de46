# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Imports packages again, all of them or none."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import linecache
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from .packages import file_of, modules_of


@contextlib.contextmanager
def replaced_modules(packages: Iterable[str], edited: Iterable[str]) -> Iterator[list[str]]:
    """Imports packages anew within the block: their modules are gone at its begin, and the block imports them.

    New module objects take the place of the old ones, and each module gets what it imports from the new ones: Python
    imports first what another module needs. When the block raises, the old module objects, which nothing has touched,
    are in place again.

    Args:
        packages: Names of packages, or of modules beside packages.
        edited: The source files that have changed.

    Yields:
        The names of the modules that were imported, in the order in which their import began.
    """
    packages = tuple(packages)
    names = [name for name, module in modules_of(packages).items() if _has_source(module)]
    remove_bytecode(edited)
    importlib.invalidate_caches()  # of folders, whose times are too coarse
    with _put_back_on_error(packages, names):
        yield names
    linecache.checkcache()


def import_existing(names: Iterable[str]) -> None:
    """Imports modules, except for those that have no file any more."""
    for name in names:
        if name not in sys.modules and _exists(name):
            importlib.import_module(name)


def _has_source(module: ModuleType) -> bool:
    """Whether a module is a source file or a folder: the code of a compiled one cannot be loaded twice."""
    return bool(file_of(module)) or (module.__dict__.get("__file__") is None and hasattr(module, "__path__"))


@contextlib.contextmanager
def _put_back_on_error(packages: tuple[str, ...], names: list[str]) -> Iterator[None]:
    old = {name: sys.modules.pop(name) for name in names}
    # an attribute of the namespace that holds a package
    holders = [
        (holder, child, vars(holder)[child])
        for parent, _, child in (package.rpartition(".") for package in packages)
        if (holder := sys.modules.get(parent)) is not None and child in vars(holder)
    ]
    try:
        yield
    except BaseException:
        for name, module in modules_of(packages).items():
            if _has_source(module):
                del sys.modules[name]
        sys.modules.update(old)
        for holder, child, value in holders:
            setattr(holder, child, value)
        raise


def _exists(name: str) -> bool:
    """Whether there is a module; imports its packages."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError as error:
        if error.name and name.startswith(f"{error.name}."):
            return False
        raise


def remove_bytecode(edited: Iterable[str]) -> None:
    """Removes the bytecode of edited files: Python takes it for theirs if their size and second are those of before."""
    for file in edited:
        if file.endswith(".py"):
            Path(importlib.util.cache_from_source(file)).unlink(missing_ok=True)
