# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads what the source of a configuration class says of its fields: the text after each field, as Isaac Lab writes."""

from __future__ import annotations

import ast
import functools
import inspect
import sys
from pathlib import Path


def documentation_of(owner: type, field: str) -> str:
    """Returns the text after a field in the class that declares it, or in one that this derives from; or empty.

    Args:
        owner: The class of the configuration.
        field: The name of the field.
    """
    for base in owner.__mro__:
        file = getattr(sys.modules.get(base.__module__), "__file__", None)
        if not file or not file.endswith(".py"):
            continue
        try:
            changed = Path(file).stat().st_mtime_ns
        except OSError:
            continue
        text = _texts(file, changed).get((base.__qualname__, field))
        if text:
            return text
    return ""


@functools.lru_cache(maxsize=256)
def _texts(file: str, changed: int) -> dict[tuple[str, str], str]:
    """The texts after the fields of all classes of a file, by the class's and the field's name."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[tuple[str, str], str] = {}
    _gather(tree.body, "", found)
    return found


def _gather(body: list[ast.stmt], prefix: str, found: dict[tuple[str, str], str]) -> None:
    for node in body:
        if not isinstance(node, ast.ClassDef):
            continue
        name = f"{prefix}{node.name}"
        _gather(node.body, f"{name}.", found)
        for statement, after in zip(node.body, node.body[1:], strict=False):
            field = _field(statement)
            if field and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = after.value.value
                if isinstance(text, str):
                    found[name, field] = inspect.cleandoc(text)


def _field(statement: ast.stmt) -> str:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""
