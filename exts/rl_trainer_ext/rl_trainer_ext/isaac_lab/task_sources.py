# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The source of the tasks that this process has imported: what was edited since, and importing it again.

The user's own packages are those that declare tasks by an entry point, that the user names, that register tasks or hold
their configurations from outside of installed libraries, and what only these import. They can be imported again. Isaac
Lab's modules and those of libraries cannot: other modules keep their classes.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..errors import UserError
from ..learners.formats import all_formats
from ..sources.packages import file_of, helpers, importers, is_library, modules_of, package_of
from ..sources.reimport import import_existing, remove_bytecode, replaced_modules
from ..sources.watch import Change, Kind, SourceWatch, Stamp, stamp_of
from . import registration
from .registered import packages_of, registered_again

_NEVER = ("isaaclab", "rl_trainer_ext", "__main__", "gymnasium")
"""Beginnings of the names of packages that are never imported again."""

_watch = SourceWatch()
_fixed: dict[str, Stamp] = {}
"""The files of Isaac Lab and of libraries, which need a restart."""
_data: dict[str, Stamp | None] = {}
"""The YAML files of agents' configurations, which Isaac Lab reads anew for each run."""
_known: tuple[object, tuple[str, ...], set[str]] | None = None


@dataclass(frozen=True)
class Reloaded:
    """What was imported again."""

    packages: tuple[str, ...]
    new: tuple[str, ...] = ()
    """Tasks that were not registered before."""
    gone: tuple[str, ...] = ()
    """Tasks that are not registered any more."""


def note_sources() -> bool:
    """Records the source files of what was imported since the last call. Call it soon after each import.

    Returns:
        Whether the tasks may be others now: another program has imported them again, or an agent's configuration
        has changed.
    """
    own, others = _packages()
    again = _watch.note(own)
    _note_fixed(others)
    return _note_data() or again


def looks_imported_again() -> bool:
    """Returns whether another program has imported tasks again, such as Kit's; call :func:`note_sources` then."""
    return _watch.imported_again()


def data_changed() -> bool:
    """Returns whether the YAML file of an agent has changed, so that descriptions of its tasks are out of date."""
    return any(stamp_of(file) != stamp for file, stamp in _data.items())


def edited_sources() -> tuple[Change, ...]:
    """Returns the files of the user's packages that are not what was imported."""
    return _watch.look()


def edited_libraries() -> tuple[str, ...]:
    """Returns the modules of Isaac Lab and of libraries whose files have changed."""
    return tuple(sorted(file for file, stamp in _fixed.items() if stamp_of(file) not in (stamp, None)))


def tasks_of(changes: Iterable[Change]) -> frozenset[str]:
    """Returns the tasks of which the code has changed; new files have not been part of it."""
    import gymnasium

    changed = {each.package for each in changes if each.kind is not Kind.NEW}
    if not changed:
        return frozenset()
    affected = importers(changed, _watch.packages)
    return frozenset(name for name, spec in gymnasium.registry.items() if packages_of(spec) & affected)


def edited_words(task: str) -> str:
    """Returns a sentence about the edited source files of a task; empty without any."""
    changes = [each for each in edited_sources() if each.kind is not Kind.NEW]
    name = task.split(":")[-1]
    if name not in tasks_of(changes):
        return ""
    return (
        f"{change_words(changes)} after {name} was imported: the old code runs; reload it, or restart this program, to "
        "use the new code."
    )


def change_words(changes: Iterable[Change]) -> str:
    """Returns what happened to files, without a full stop; empty without changes."""
    said, changes = [], list(changes)
    for kind in Kind:
        names = [Path(each.file).name for each in changes if each.kind is kind]
        if names:
            verb = kind.value if len(names) == 1 else kind.value.replace("was ", "were ").replace("is ", "are ")
            said.append(f"{_listed(names)} {verb}")
    return ", ".join(said)


def _listed(names: list[str]) -> str:
    names = [*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def reload_tasks() -> Reloaded:
    """Imports the user's packages again of which a file has changed, with the user's packages that import them.

    Their tasks are registered again. Packages that could not be imported before are forgotten, so that
    :func:`.registration.register_tasks` tries again.

    Raises:
        UserError: When the new code cannot be imported, or registers two tasks under one name. Then the old code and
            its tasks are as before.
    """
    import gymnasium

    note_sources()
    changes = _watch.look()
    broken = {package_of(module) for module in registration.broken_modules()}
    packages = importers({each.package for each in changes}, _watch.packages)
    before, read = set(gymnasium.registry), _watch.stamps(packages)
    edited = [each.file for each in changes]
    _import_again(packages - broken, edited)
    _forget_broken(packages & broken, edited)
    _watch.forget(packages)
    _watch.note(_packages()[0], read)
    # warp would compile kernels that only a cycle keeps
    gc.collect()
    now = set(gymnasium.registry)
    return Reloaded(tuple(sorted(packages)), tuple(sorted(now - before)), tuple(sorted(before - now)))


def _import_again(packages: set[str], edited: list[str]) -> None:
    if not packages:
        return
    try:
        with replaced_modules(packages, edited) as names, registered_again(packages):
            for module, load in registration.declared_modules().items():
                if package_of(module) in packages:
                    load()
            import_existing(names)
    except UserError as error:
        raise UserError(f"{error} The old code stays.") from error
    except (Exception, SystemExit) as error:  # a user's own code may raise anything
        cause = registration.cause_of(error, *packages)
        raise UserError(f"The new code cannot be imported: {cause} The old code stays.") from error


def _forget_broken(packages: set[str], edited: list[str]) -> None:
    """Removes what is left of packages whose import failed half-way."""
    for name in modules_of(packages):
        del sys.modules[name]
    if packages:
        remove_bytecode(edited)


def _packages() -> tuple[tuple[str, ...], set[str]]:
    """The user's packages, and those of tasks and their helpers that cannot be imported again."""
    global _known
    import gymnasium

    now = frozenset(gymnasium.registry), len(sys.modules), registration.broken_modules()
    if _known is None or _known[0] != now:
        declared = {package_of(module) for module in (*registration.declared_modules(), *registration.broken_modules())}
        registered = {package for spec in gymnasium.registry.values() for package in packages_of(spec)}
        own = {each for each in declared if not each.startswith(_NEVER)}
        own |= {each for each in registered if _is_own(each)}
        only_theirs, shared = helpers(own)
        usable = {each for each in only_theirs if _is_own(each)}
        _known = now, tuple(sorted(own | usable)), (registered - own) | shared | (only_theirs - usable)
    return _known[1], _known[2]


def _is_own(package: str) -> bool:
    file = file_of(sys.modules.get(package))
    return bool(file) and not package.startswith(_NEVER) and not is_library(file)


def _note_fixed(packages: set[str]) -> None:
    """Records the files of Isaac Lab, the RL libraries and other packages of tasks."""
    tops = ("isaaclab", *(module for each in all_formats() for module in each.modules))
    within = tuple(packages)
    # a list first: another thread may import
    for name, module in list(sys.modules.items()):
        if name.startswith(tops) or (name.startswith(within) and package_of(name) in packages):
            file = file_of(module)
            if file and file not in _fixed and (stamp := stamp_of(file)) is not None:
                _fixed[file] = stamp


def _note_data() -> bool:
    import gymnasium

    changed = data_changed()
    values = {value for spec in gymnasium.registry.values() for value in spec.kwargs.values() if isinstance(value, str)}
    _data.clear()
    for value in values:
        module, _, name = value.partition(":")
        file = file_of(sys.modules.get(module))
        if file and name.endswith((".yaml", ".yml")):
            path = str(Path(file).with_name(name))
            _data[path] = stamp_of(path)
    return changed
