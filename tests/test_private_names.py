# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The private names of other libraries: docs/private-names.md lists them all, and each exists."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "exts" / "rl_trainer_ext" / "rl_trainer_ext"
TABLE = (REPOSITORY / "docs" / "private-names.md").read_text(encoding="utf-8").split("## Only in Isaac Sim")[0]
ROWS: list[tuple[str, str]] = re.findall(r"^\| `(\S+:\S+)` \| `(\S+)` \|", TABLE, flags=re.MULTILINE)
"""Each name, as ``module:Class.name``, and the module below the package that uses it."""

DOCUMENTED = {"_exit"}
"""Of the standard library, for all to use."""


@functools.cache
def parsed(file: Path) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"))


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def location(module: str) -> Path | None:
    """The file of an installed module, without importing it; None where there is none."""
    top, *rest = module.removesuffix(".so").replace("/", ".").split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return None
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    places = [folder.joinpath(*rest) for folder in folders] if rest else [Path(str(spec.origin)).with_suffix("")]
    if module.endswith(".so"):  # an extension module has the version of Python in its name
        return next((file for place in places for file in place.parent.glob(f"{place.name}.*so")), None)
    files = (Path(f"{place}{suffix}") for place in places for suffix in (".py", "/__init__.py"))
    return next((file for file in files if file.is_file()), None)


def defined_in(owner: ast.AST) -> Iterator[str]:
    """Names that a module, class or function defines: functions, variables, parameters, attributes of ``self``."""
    for node in ast.walk(owner):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if ast.unparse(node.value) in ("self", "cls"):
                yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg


def exists(name: str) -> bool:
    """Whether an installed library has a name of the table."""
    module, path = name.split(":")
    file = location(module)
    if file is None:
        return False
    if file.suffix == ".so":
        return path.encode() in file.read_bytes()
    owner: ast.AST = parsed(file)
    *owners, last = path.split(".")
    for part in owners:
        kinds = (ast.ClassDef, ast.FunctionDef)
        found = next((node for node in ast.walk(owner) if isinstance(node, kinds) and node.name == part), None)
        if found is None:
            return False
        owner = found
    imported = {
        alias.asname or alias.name
        for node in ast.walk(owner)
        for alias in getattr(node, "names", ())
        if isinstance(alias, ast.alias)
    }
    return last in imported | set(defined_in(owner))


def private_names_in_use() -> Iterator[tuple[str, str]]:
    """Each private name that the package uses but does not define, and the module that uses it."""
    modules = {file: parsed(file) for file in PACKAGE.rglob("*.py")}
    own = {name for module in modules.values() for name in defined_in(module)}
    for file, module in modules.items():
        for node in ast.walk(module):
            names: list[str] = []
            if isinstance(node, ast.Attribute):
                names = [node.attr]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            for name in names:
                if is_private(name) and name not in own | DOCUMENTED:
                    yield name, file.relative_to(PACKAGE).as_posix()


def test_every_private_name_in_the_table_is_installed():
    missing = [f"{name} (used in {user})" for name, user in ROWS if not exists(name)]
    assert ROWS
    assert not missing, "\n".join(["No longer in the installed versions, see docs/private-names.md:", *missing])


def test_a_name_that_an_upgrade_takes_away_is_missing():
    for name in ("rsl_rl.utils.logger:Logger._store_code_stat", "rsl_rl.utils.gone:Logger.log", "gone:Logger.log"):
        assert not exists(name)
    assert not exists("rsl_rl.utils.logger:Loggers._store_code_state")
    assert not exists("omni/ui/libimgui.so:_ZN5ImGui14SetClipboardEv")


def test_every_private_name_in_use_is_in_the_table():
    listed = {(part, user) for name, user in ROWS for part in re.split(r"[.:/]", name)}
    unlisted = sorted({f"{user}: {name}" for name, user in private_names_in_use() if (name, user) not in listed})
    assert not unlisted, "\n".join(["Add these to docs/private-names.md, with the reason:", *unlisted])


def test_every_row_of_the_table_is_in_use():
    unused = [
        f"{name} ({user})" for name, user in ROWS if re.split(r"[.:]", name)[-1] not in (PACKAGE / user).read_text()
    ]
    assert not unused, "\n".join(["Remove these from docs/private-names.md:", *unused])
