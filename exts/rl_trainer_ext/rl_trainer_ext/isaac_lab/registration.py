# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Imports the packages that register tasks: Isaac Lab's, those of installed projects, and modules that the user names.

Each package is imported by itself: an error in one becomes a sentence, and the tasks of the others are listed.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

from ..errors import UserError, shortened
from .registered import recorded_registrations

ENTRY_POINTS = "isaaclab.tasks"
"""The group of entry points in which installed projects declare their tasks, as Isaac Lab's own commands expect."""

_found: dict[str, ExternalModule] = {}
"""The modules that the user named and that were imported in this process, by what the user wrote."""

_broken: dict[str, str] = {}
"""The modules that could not be imported, by what names them."""

_declared: list[importlib.metadata.EntryPoint] = []
"""The entry points of installed projects."""


class ExternalModule:
    """Where a module that the user named is, and what to call in it.

    The name is that of a module, the path of a Python file or of a package's folder, or a function that registers tasks
    (``module.function`` or ``module:function``, as Isaac Lab's option ``--external_callback`` takes it).

    Args:
        name: What the user wrote.

    Raises:
        UserError: When it is a path and no module is there.
    """

    def __init__(self, name: str) -> None:
        self.name, self.folder, self.file = name, "", ""
        module, colon, self.function = name.rpartition(":")
        if not colon or not self.function.isidentifier():  # a path of Windows has a colon
            module, self.function = name, ""
        if module.endswith(".py") or "/" in module or "\\" in module or module.startswith("~"):
            self.folder, module = _module_at(module)
        self.module = module

    def load(self) -> ModuleType:
        """Imports the module and calls its function. Raises whatever these raise."""
        # appended: no file beside it may shadow an installed module
        if self.folder and self.folder not in sys.path:
            sys.path.append(self.folder)
        importlib.invalidate_caches()  # the file may be a new one
        if not self.function and "." in self.module and not _exists(self.module):
            self.module, _, self.function = self.module.rpartition(".")
        loaded = importlib.import_module(self.module)
        if self.folder and not Path(str(loaded.__file__)).is_relative_to(self.folder):
            raise UserError(f"another module of that name is at {loaded.__file__}: rename one of them.")
        if self.function:
            getattr(loaded, self.function)()
        self.file = str(Path(loaded.__file__ or "").absolute())
        return loaded

    @property
    def reference(self) -> str:
        """A name for it that other processes can import, from any current directory."""
        return f"{self.file}:{self.function}" if self.function else self.file


def _module_at(text: str) -> tuple[str, str]:
    """Returns the folder from which the module of a path is imported, and the module's dotted name."""
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise UserError(f"there is no file or folder {path}: correct the path.")
    if path.is_dir() and not (path / "__init__.py").is_file():
        raise UserError(f"the folder {path} holds no __init__.py: name the folder of the package that registers tasks.")
    parts = [path.stem if path.is_file() else path.name]
    while (path.parent / "__init__.py").is_file():
        path = path.parent
        parts.insert(0, path.name)
    return str(path.parent), ".".join(part for part in parts if part != "__init__")


def _exists(module: str) -> bool:
    """Whether there is a module of a dotted name; imports its packages."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def register_tasks() -> tuple[str, ...]:
    """Imports Isaac Lab's tasks and those of installed projects, which takes seconds.

    Returns:
        One line for each package that could not be imported, with the cause; the tasks of the others are registered.
    """
    with recorded_registrations():
        import isaaclab_tasks  # noqa: F401 - registers the tasks

    problems = []
    if importlib.util.find_spec("isaaclab_tasks_experimental") is not None:
        problems.append(_problem_of_import("isaaclab_tasks_experimental", _import_experimental))
    _declared[:] = importlib.metadata.entry_points(group=ENTRY_POINTS)
    for entry_point in _declared:
        problem = _problem_of_import(entry_point.value, entry_point.load)
        _note_broken(entry_point.value, entry_point.module if problem else "")
        problems.append(problem)
    return tuple(problem for problem in problems if problem)


def register_external(names: Sequence[str]) -> tuple[str, ...]:
    """Imports modules without an entry point, unless this process has imported them.

    Args:
        names: The modules, see :class:`ExternalModule`.

    Returns:
        One line for each module that cannot be imported, registers nothing, or is given twice.
    """
    problems = [_problem_of_external(name) for name in dict.fromkeys(names) if name not in _found]
    repeated = [name for name in dict.fromkeys(names) if list(names).count(name) > 1]
    problems += [f"The module {shortened(name)} is given twice: leave one out." for name in repeated]
    return tuple(problem for problem in problems if problem)


def declared_modules() -> dict[str, Callable[[], object]]:
    """Returns the modules that projects declare and that the user named, with what imports and registers each.

    Those that could not be imported are left out.
    """
    loads: dict[str, Callable[[], object]] = {each.module: each.load for each in _declared if each.value not in _broken}
    return loads | {each.module: each.load for each in _found.values()}


def broken_modules() -> tuple[str, ...]:
    """Returns the modules that installed projects declare, or that the user named, and that could not be imported."""
    return tuple(_broken.values())


def _note_broken(name: str, module: str) -> None:
    """Records that a module cannot be imported, or, with an empty one, that it can."""
    _broken.pop(name, None)
    if module:
        _broken[name] = module


def imported_modules() -> tuple[ExternalModule, ...]:
    """Returns the modules that the user named and that were imported in this process."""
    return tuple(_found.values())


def _problem_of_external(name: str) -> str:
    import gymnasium

    before = set(gymnasium.registry)
    try:
        module = ExternalModule(name)
    except UserError as error:
        return f"The tasks of {shortened(name)} cannot be imported: {error}"
    problem = _problem_of_import(name, module.load, module)
    _note_broken(name, module.module if problem else "")
    if problem:
        return problem
    if before == set(gymnasium.registry) and not _registers(module.module):
        return f"{shortened(name)} registers no task: name the module that calls gymnasium.register()."
    _found[name] = module
    return ""


def _registers(module: str) -> bool:
    """Whether a task of the package of a module is registered: the module may have been imported before."""
    import gymnasium

    package = module.partition(".")[0]
    return any(package_of(spec.kwargs.get("env_cfg_entry_point")) == package for spec in gymnasium.registry.values())


def package_of(configuration: object) -> str:
    """Returns the top-level package of the entry point of a configuration; empty without one."""
    module = configuration if isinstance(configuration, str) else getattr(configuration, "__module__", "")
    return module.partition(":")[0].partition(".")[0]


def _import_experimental() -> None:
    import isaaclab_tasks_experimental  # noqa: F401


def _problem_of_import(package: str, load: Callable[[], object], module: ExternalModule | None = None) -> str:
    """Imports a package of tasks; returns its error in one line, or an empty string."""
    try:
        with recorded_registrations():
            load()
    except UserError as error:
        cause = str(error)
    except (Exception, SystemExit) as error:  # a project's own code may raise anything
        cause = cause_of(error, package.partition(":")[0] if module is None else module.module)
    else:
        return ""
    return f"The tasks of {shortened(package)} cannot be imported: {cause}"


def cause_of(error: BaseException, *modules: str) -> str:
    """Returns why modules cannot be imported, in one line: what is missing, or the error with its file and line."""
    return next(filter(None, (_missing(error, module) for module in modules)), "") or _cause(error, modules)


def _missing(error: BaseException, module: str) -> str:
    """What to do when the module itself is what is missing; empty for every other error."""
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    if error.name != module and not module.startswith(f"{error.name}."):
        return ""
    return f"there is no module {error.name} here: install it, name the path of its folder, or leave it out."


def _cause(error: BaseException, modules: Sequence[str]) -> str:
    """The error in one line, with the file and the line of the modules' packages in which it occurred."""
    if isinstance(error, SyntaxError) and error.filename:
        message, file, line = error.msg, error.filename, error.lineno
    else:
        message = str(error).strip().partition("\n")[0]
        file, line = _place(error, {module.partition(".")[0] for module in modules})
    said = f"{type(error).__name__}{f': {shortened(message, 200)}' if message else ''}"
    return f"{said} ({file}, line {line})." if file else f"{said}."


def _place(error: BaseException, packages: set[str]) -> tuple[str, int | None]:
    """The deepest line of packages in the traceback of an error, or the deepest of any file."""
    frames = [
        (summary.filename, summary.lineno, frame.f_globals.get("__name__", ""))
        for (frame, _), summary in zip(
            traceback.walk_tb(error.__traceback__), traceback.extract_tb(error.__traceback__), strict=True
        )
        if not summary.filename.startswith("<")
    ]
    own = [each for each in frames if str(each[2]).partition(".")[0] in packages]
    # the first frame is this module's
    return (own or frames[1:] or [("", None, "")])[-1][:2]
