# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The file and line of a task's environment and of its configurations, read from the registration without an import."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any

from ..sources.packages import file_of

ENVIRONMENT, CONFIGURATION = "entry_point", "env_cfg_entry_point"
"""The keys of a task's environment and of its configuration, in its registration."""

_MOST_IMPORTS = 8
"""Modules through which a name is followed that one imports from the next."""


@dataclass(frozen=True)
class SourcePlace:
    """Where something is defined."""

    file: str
    line: int = 1
    """Counted from 1."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def places_of(task: str) -> dict[str, SourcePlace]:
    """Returns where the parts of a registered task are defined, as the files say now.

    The keys are those of the registration: :data:`ENVIRONMENT`, :data:`CONFIGURATION`, and those of the agents'
    configurations. Parts whose source is not found are left out.
    """
    import gymnasium

    spec = gymnasium.registry.get(task.split(":")[-1])
    if spec is None:
        return {}
    configurations = {key: value for key, value in spec.kwargs.items() if key.endswith("_cfg_entry_point")}
    entry_points = {ENVIRONMENT: spec.entry_point, **configurations}
    places = {key: place_of(value) for key, value in entry_points.items()}
    return {key: place for key, place in places.items() if place is not None}


def place_of(entry_point: Any) -> SourcePlace | None:
    """Returns where an entry point is defined: ``module:name``, ``module:file.yaml``, a class or a function.

    Returns:
        The place; the beginning of the module where the name is not found in it; None without a source file.
    """
    if isinstance(entry_point, str):
        module, _, name = entry_point.partition(":")
    else:
        entry_point = getattr(entry_point, "func", entry_point)  # of a partial function
        named = entry_point if hasattr(entry_point, "__qualname__") else type(entry_point)
        module, name = str(getattr(named, "__module__", "")), named.__qualname__
    file = source_file(module)
    if not file:
        return None
    if name.endswith((".yaml", ".yml")):
        data = Path(file).with_name(name)
        return SourcePlace(str(data)) if data.is_file() else None
    return _defined(module, name, _MOST_IMPORTS) or SourcePlace(file)


def source_file(module: str) -> str:
    """Returns the source file of a module, which is not imported; empty where there is none."""
    known = file_of(sys.modules.get(module))
    if known:
        return known
    try:
        spec = _spec(module)
    except (ImportError, ValueError):  # of a finder of another package, or no name of a module
        return ""
    origin = "" if spec is None else str(spec.origin or "")
    return origin if origin.endswith(".py") else ""


def _spec(module: str) -> ModuleSpec | None:
    """As ``importlib.util.find_spec``, which imports the packages around the module."""
    parent, _, _ = module.rpartition(".")
    if not parent:
        return importlib.util.find_spec(module)
    loaded = sys.modules.get(parent)
    path = getattr(loaded, "__path__", None)
    if path is None:
        around = _spec(parent)
        path = None if around is None else around.submodule_search_locations
    return None if path is None else PathFinder.find_spec(module, path)


def _defined(module: str, name: str, imports: int) -> SourcePlace | None:
    """Returns where a name is defined that a module defines, or imports from another one."""
    file = source_file(module)
    # a stub names what a module exports lazily
    for source in filter(None, (file, file and f"{file}i")):
        tree = _parsed(source)
        line = _line_in(tree, name.split("."))
        if line:
            return SourcePlace(source, line)
        for origin, original in _imported(tree, name, module, source) if imports else ():
            place = _defined(origin, original, imports - 1)
            if place is not None:
                return place
    return None


def _parsed(file: str) -> ast.Module:
    try:
        found = Path(file).stat()
        return _parsed_version(file, found.st_mtime_ns, found.st_size)
    except (OSError, SyntaxError, ValueError):
        return ast.Module([], [])


@functools.lru_cache(512)
def _parsed_version(file: str, time: int, size: int) -> ast.Module:
    return ast.parse(Path(file).read_bytes())


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yields statements, also those that depend on a condition."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for part in ("body", "orelse", "finalbody"):
                yield from _statements(getattr(node, part, []))
            for handler in getattr(node, "handlers", []):
                yield from _statements(handler.body)


def _line_in(tree: ast.Module | ast.ClassDef, names: list[str]) -> int:
    """The line of a class, function or value, by its qualified name; 0 without one."""
    for node in _statements(tree.body):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == names[0]:
            inner = _line_in(node, names[1:]) if names[1:] and isinstance(node, ast.ClassDef) else 0
            return inner or node.lineno
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == names[0] for target in targets):
            return node.lineno
    return 0


def _imported(tree: ast.Module, name: str, module: str, source: str) -> Iterator[tuple[str, str]]:
    """Yields the modules and names from which a module may import a name, the surest first."""
    first, dot, rest = name.partition(".")
    package = module if Path(source).stem == "__init__" else module.rpartition(".")[0]
    everything = []
    for node in _statements(tree.body):
        if not isinstance(node, ast.ImportFrom):
            continue
        origin = node.module or ""
        if node.level:
            around = package.rsplit(".", node.level - 1)[0] if node.level > 1 else package
            origin = f"{around}.{origin}" if origin else around
        for alias in node.names:
            if (alias.asname or alias.name) == first:
                yield origin, alias.name + dot + rest
            elif alias.name == "*":
                everything.append(origin)
    yield from ((origin, name) for origin in everything)
