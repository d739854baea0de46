# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Rules that every source file keeps and that no linter knows."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "exts" / "rl_trainer_ext" / "rl_trainer_ext"


def test_no_model_keeps_the_object_alive_that_listens_to_it() -> None:
    """A widget holds its model and the model its callbacks, both in C++ where Python's collector sees no circle: a
    callback that holds its object keeps the whole extension alive when it is disabled."""
    found = [
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        for line in strong_subscriptions(path.read_text(encoding="utf-8"))
    ]
    assert not found, "pass weak_callback(…), or a lambda without self, to subscribe_…_fn"


@pytest.mark.parametrize(
    ("callback", "strong"),
    [
        ("self._changed", True),
        ("changed", True),
        ("lambda model: self._changed(model)", True),
        ("weak_callback(self._changed)", False),
        ("lambda model: changed(3, model.as_bool)", False),
    ],
)
def test_strong_subscriptions_are_found(callback: str, strong: bool) -> None:
    assert strong_subscriptions(f"held = box.model.subscribe_value_changed_fn({callback})") == [1] * strong


def strong_subscriptions(source: str) -> list[int]:
    """Lines in which a model is given a callback that may hold its object."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and re.fullmatch(r"(subscribe|add)_\w+_fn", call.func.attr)
        and not _is_weak(call.args[0])
    ]


def _is_weak(callback: ast.expr) -> bool:
    if isinstance(callback, ast.Call):
        return isinstance(callback.func, ast.Name) and callback.func.id == "weak_callback"
    names = {each.id for each in ast.walk(callback) if isinstance(each, ast.Name)}
    return isinstance(callback, ast.Lambda) and "self" not in names


def test_every_python_file_names_its_licence() -> None:
    header = (
        "# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors\n"
        "# SPDX-License-Identifier: BSD-3-Clause\n"
    )
    folders = [REPOSITORY / name for name in ("exts", "benchmarks", "tests", "docs", "tools", "examples")]
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.py"))]
    assert files
    without = [
        str(path.relative_to(REPOSITORY)) for path in files if not path.read_text(encoding="utf-8").startswith(header)
    ]
    assert not without, f"no SPDX header in: {', '.join(without)}"
