# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Which module registered which task: gymnasium does not record it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ..errors import UserError
from ..sources.packages import file_of, package_of


@dataclass(frozen=True)
class Place:
    """Where a task was registered."""

    module: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}" if self.line else self.file


_CALLERS = ("rl_trainer_ext", "__main__")
"""Beginnings of the names of modules that have others imported."""

_places: dict[str, Place] = {}
"""Where each task was registered, as far as it was recorded."""


@contextlib.contextmanager
def recorded_registrations() -> Iterator[list[tuple[str, Place]]]:
    """Records the tasks that are registered within the block; yields their names and places."""
    import gymnasium
    from gymnasium.envs import registration

    found: list[tuple[str, Place]] = []
    register: Callable[..., None] = registration.register

    @functools.wraps(register)
    def recording(*args: Any, **kwargs: Any) -> None:
        register(*args, **kwargs)
        # a module that imports this function by name calls it after the block, too
        name = kwargs.get("id", args[0] if args else "")
        if name in gymnasium.registry:
            place = _place(inspect.currentframe())
            found.append((name, place))
            _places[name] = place

    before = gymnasium.register
    gymnasium.register = registration.register = recording
    try:
        yield found
    finally:
        gymnasium.register, registration.register = before, register


def _place(called: FrameType | None) -> Place:
    """The module that is being imported, which may call a function of another one to register its tasks."""
    assert called is not None
    assert called.f_back is not None
    caller = called.f_back
    frame: FrameType | None = caller
    while frame is not None and not frame.f_globals.get("__name__", "").startswith(_CALLERS):
        if frame.f_code.co_name == "<module>":
            return _place_in(frame)
        frame = frame.f_back
    return _place_in(caller)  # a function that is called after the import


def _place_in(frame: FrameType) -> Place:
    return Place(str(frame.f_globals.get("__name__", "")), frame.f_code.co_filename, frame.f_lineno)


def packages_of(spec: Any) -> set[str]:
    """Returns the packages that registered a task or that its environment and configurations are in."""
    entry_points = [spec.entry_point, *(value for key, value in spec.kwargs.items() if key.endswith("_entry_point"))]
    modules = {_module(each) for each in entry_points}
    if spec.id in _places:
        modules.add(_places[spec.id].module)
    return {package_of(module) for module in modules if module}


def _module(entry_point: Any) -> str:
    if isinstance(entry_point, str):
        return entry_point.partition(":")[0]
    kind = entry_point if hasattr(entry_point, "__qualname__") else type(entry_point)
    return str(getattr(kind, "__module__", ""))


def place_of(spec: Any) -> Place:
    """Returns where a task was registered, or else the file of its configuration."""
    if spec.id in _places:
        return _places[spec.id]
    module = _module(spec.kwargs.get("env_cfg_entry_point") or spec.entry_point)
    return Place(module, file_of(sys.modules.get(module)) or module, 0)


@contextlib.contextmanager
def registered_again(packages: set[str]) -> Iterator[None]:
    """Removes the tasks of packages; the block registers them again. When it raises, all is as before.

    Raises:
        UserError: When two places register one name.
    """
    import gymnasium

    registry = gymnasium.registry
    kept, places = dict(registry), dict(_places)
    for name in [name for name, spec in registry.items() if packages_of(spec) & packages]:
        del registry[name]
        _places.pop(name, None)
    others = {name: place_of(spec) for name, spec in registry.items()}
    try:
        with recorded_registrations() as found:
            yield
        for name, place in found:
            other = others.setdefault(name, place)
            if other != place:
                raise UserError(f"Two tasks are named {name}, at {other} and at {place}: rename one of them.")
    except BaseException:
        registry.clear()
        registry.update(kept)
        _places.clear()
        _places.update(places)
        raise
