# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Imported packages: which of them are the user's own, and which import which.

A package here is the outermost one that holds a module and has an ``__init__.py`` of its own, or a module beside
packages. Namespaces that several projects share are no packages.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

_NAMESPACES = ("omni", "isaacsim", "isaac")
"""Kit's namespaces: extensions of the user have packages in them, whether or not they have an ``__init__.py``."""

_LIBRARY_FOLDERS = frozenset(("site-packages", "dist-packages", "pip_prebundle", "extscache"))


def file_of(module: ModuleType | None) -> str:
    """Returns the source file of an imported module; empty without one."""
    # not getattr: a module may import others when it is asked for a name
    file = getattr(module, "__dict__", {}).get("__file__")
    return file if isinstance(file, str) and file.endswith(".py") else ""


def package_of(module: str) -> str:
    """Returns the package of a module; the module itself may not be imported yet."""
    parts = module.split(".")
    for count in range(1, len(parts)):
        name = ".".join(parts[:count])
        shared = name in _NAMESPACES or (name in sys.modules and not file_of(sys.modules[name]))
        if not shared:
            return name
    return module


def modules_of(packages: Iterable[str]) -> dict[str, ModuleType]:
    """Returns the imported modules of packages by name, in the order in which their import began."""
    packages = tuple(packages)
    within = tuple(f"{package}." for package in packages)
    # a list first: another thread may import
    return {
        name: module
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType) and (name in packages or name.startswith(within))
    }


def folder_of(package: str) -> str:
    """Returns the folder of an imported package; empty for a module beside packages."""
    module = sys.modules.get(package)
    return os.path.dirname(file_of(module)) if hasattr(module, "__path__") else ""


def unimported_files(package: str) -> Iterator[str]:
    """Yields the source files of a package without importing it."""
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # of a package that holds it
        spec = None
    if spec is None or not (spec.origin or "").endswith(".py"):
        return
    assert spec.origin is not None
    if not spec.submodule_search_locations:
        yield spec.origin
        return
    for path, folders, files in os.walk(os.path.dirname(spec.origin)):
        folders[:] = [each for each in folders if os.path.isfile(os.path.join(path, each, "__init__.py"))]
        yield from (os.path.join(path, each) for each in files if each.endswith(".py"))


def is_library(file: str) -> bool:
    """Returns whether a file is Python's own or that of an installed library."""
    return file.startswith(_library_roots()) or not _LIBRARY_FOLDERS.isdisjoint(Path(file).parts)


@functools.cache
def _library_roots() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    roots = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    roots |= {*site.getsitepackages(), site.getusersitepackages()}
    return tuple(os.path.join(root, "") for root in roots if root)


def imported_packages(packages: Iterable[str]) -> set[str]:
    """Returns the packages that the source of imported packages imports, other than themselves."""
    packages = set(packages)
    names = {name for module in modules_of(packages).values() for name in _imports(file_of(module))}
    return {package_of(name) for name in names} - packages


def importers(packages: Iterable[str], among: Iterable[str]) -> set[str]:
    """Returns packages, and those among others whose source imports them, directly or through one another."""
    found, waiting = set(packages), set(among)
    while True:
        more = {each for each in waiting - found if imported_packages([each]) & found}
        if not more:
            return found
        found |= more


def helpers(packages: Iterable[str]) -> tuple[set[str], set[str]]:
    """Returns the packages and modules, none of an installed library, that packages import.

    Args:
        packages: The user's packages that are known.

    Returns:
        Those that nothing else has imported, and those that other modules use, too.
    """
    known = set(packages)
    found: set[str] = set()
    waiting = imported_packages(known)
    while waiting:
        new = {each for each in waiting - known - found if (file := _file(each)) and not is_library(file)}
        found |= new
        waiting = imported_packages(new)
    own = set(found)
    while own and (shared := _used_by_others(own, known | own)):
        own -= shared
    return own, found - own


def _file(package: str) -> str:
    return file_of(sys.modules.get(package))


def _used_by_others(packages: set[str], inside: set[str]) -> set[str]:
    """The packages of which a module outside of some packages holds a module, a class or a function."""
    skipped = modules_of(inside)
    used = set()
    for name, module in list(sys.modules.items()):
        if name not in skipped and isinstance(module, ModuleType):
            names = {_origin(value) for value in list(vars(module).values())}
            used |= {each for each in packages if any(one == each or one.startswith(f"{each}.") for one in names)}
    return used


def _origin(value: Any) -> str:
    kind = type(value)
    name = value.__name__ if kind is ModuleType else value.__module__ if kind in (FunctionType, type) else ""
    return name if isinstance(name, str) else ""


def _imports(file: str) -> frozenset[str]:
    """The modules that a source file imports by their full names."""
    try:
        found = Path(file).stat()
        return _imports_of_version(file, found.st_mtime_ns, found.st_size)
    except (OSError, SyntaxError, ValueError):
        return frozenset()  # it cannot be imported either


@functools.lru_cache(4096)
def _imports_of_version(file: str, time: int, size: int) -> frozenset[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(Path(file).read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)
