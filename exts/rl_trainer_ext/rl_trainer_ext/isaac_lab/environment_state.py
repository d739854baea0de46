# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Captures the state of an environment and restores it: all that its Python objects refer to.

Isaac Lab has no call that makes an environment as it was after its creation: a reset keeps counters, the states of
events and curricula, warm starts of the physics solver and more. With Newton all of this is in Python objects and in
arrays, so a walk over the objects finds it. The walk names what it cannot restore.
"""

from __future__ import annotations

import collections
import ctypes
import enum
import functools
import itertools
import pathlib
import random
import re
import sys
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
import warp as wp

Restore = Callable[[], object]

_CONSTANTS: tuple[type, ...] = (
    *(type(None), bool, int, float, complex, str, bytes, range, slice, type(...), type(NotImplemented)),
    *(enum.Enum, pathlib.PurePath, re.Pattern, weakref.ref),
    *(torch.dtype, torch.device, torch.layout, torch.Size, np.dtype, np.generic),
)
_PLAIN = {bool, int, float, str, bytes, type(None), *weakref.ProxyTypes}
"""Types without state of their own, which long lists consist of; a proxy would pass for its object."""

_C_DATA: Any = ctypes.Structure.__bases__[0]
"""The base of all data of C, such as vectors and structures of Warp."""

_CODE: tuple[type, ...] = (
    *(types.FunctionType, types.BuiltinFunctionType, types.ModuleType, property, classmethod, staticmethod),
    *(types.MemberDescriptorType, types.GetSetDescriptorType),
)

_WITHOUT_STATE = {"torch", "numpy", "warp", "pxr", "carb", "omni", "mujoco", "typing_extensions", "rl_trainer_ext"}
"""Packages whose objects are not walked, like the standard library's: a step changes nothing of an environment in them.

The arrays and generators of these packages are no such objects.
"""

_FRAMEWORKS = {"isaaclab", "isaaclab_newton", "isaaclab_physx", "isaaclab_tasks", "gymnasium", "newton", "mujoco_warp"}
"""Packages that keep state in their objects and classes, and none in their modules."""


class EnvironmentState:
    """The state of an environment at the time when this is created.

    It refers to all objects of the environment: drop it before the environment is closed.

    Args:
        env: The environment, with its wrappers.
    """

    def __init__(self, env: Any) -> None:
        self._unknown = ""
        self._counts: list[tuple[Any, str]] = []
        self._restores: list[Restore] = []
        self._arrays: dict[tuple[Any, ...], Restore] = {}
        self._trees: list[tuple[Any, list[np.ndarray]]] = []
        self._seen: dict[int, Any] = {}
        self._packages = {_package(type(each)) for each in (env.unwrapped, env.unwrapped.cfg)} - _FRAMEWORKS
        self._waiting: list[Any] = [env]
        while self._waiting:
            self._visit(self._waiting.pop())
        self._seen.clear()

    @property
    def obstacle(self) -> str:
        """The type of an object that cannot be restored; empty where all of them can be."""
        counted = any(repr(count) != before for count, before in self._counts)
        return self._unknown or ("itertools.count" if counted else "")

    def restore(self) -> None:
        """Makes the environment as it was. To be called where there is no :attr:`obstacle`."""
        moved = [
            tree
            for tree, before in self._trees
            if not all(np.array_equal(array.numpy(), saved) for array, saved in zip(_boxes(tree), before, strict=True))
        ]
        for restore in (*self._restores, *self._arrays.values()):
            restore()
        for tree in moved:
            tree.refit()

    def _visit(self, found: Any) -> None:
        if type(found) in _PLAIN or isinstance(found, _CONSTANTS) or id(found) in self._seen:
            return
        self._seen[id(found)] = found  # kept, so that no other object gets its number
        if isinstance(found, (torch.Tensor, np.ndarray, wp.array, wp.indexedarray, _C_DATA)):
            self._visit_array(found)
        elif isinstance(found, (random.Random, np.random.Generator, np.random.RandomState, torch.Generator)):
            self._restores.append(_generator(found))
        elif isinstance(found, (types.FunctionType, types.MethodType, types.CellType, functools.partial)):
            self._visit_function(found)
        elif isinstance(found, (types.BuiltinMethodType, types.MethodWrapperType)):
            self._waiting.append(found.__self__)
        elif isinstance(found, type):
            self._visit_class(found)
        elif isinstance(found, (dict, list, set, collections.deque, bytearray)):
            self._visit_container(found)
        elif isinstance(found, (tuple, frozenset)):
            self._waiting.extend(found)
        elif isinstance(found, types.MappingProxyType):
            self._waiting.extend(found.values())
        elif not isinstance(found, types.ModuleType):
            self._visit_object(found)

    def _visit_array(self, found: Any) -> None:
        if isinstance(found, torch.Tensor):
            storage = found.untyped_storage()
            key: tuple[Any, ...] = ("torch", storage.data_ptr(), storage.nbytes())
            if key not in self._arrays:
                self._arrays[key] = functools.partial(storage.copy_, storage.clone())
            self._waiting.append(found.grad if found.is_leaf else None)
        elif isinstance(found, np.ndarray):
            if found.dtype == object:
                self._waiting.extend(found.flat)
            if found.flags.writeable:
                self._restores.append(functools.partial(np.copyto, found, found.copy()))
        elif isinstance(found, _C_DATA):
            size = ctypes.sizeof(found)
            content = ctypes.string_at(ctypes.addressof(found), size)
            self._restores.append(lambda: ctypes.memmove(ctypes.addressof(found), content, size))
        elif found.size:
            key = ("warp", found.ptr, found.shape, found.strides) if isinstance(found, wp.array) else ("", id(found))
            if key not in self._arrays:
                self._arrays[key] = functools.partial(wp.copy, found, wp.clone(found, requires_grad=False))
            self._waiting.append(getattr(found, "grad", None))

    def _visit_function(self, found: Any) -> None:
        if isinstance(found, types.MethodType):
            self._waiting += [found.__self__, found.__func__]
        elif isinstance(found, functools.partial):
            self._waiting += [found.func, found.args, found.keywords]
        elif isinstance(found, types.FunctionType):
            self._waiting += [found.__closure__, found.__defaults__, found.__kwdefaults__, vars(found)]
            self._visit_module(found)
        else:
            try:
                content = found.cell_contents
            except ValueError:  # it is empty
                return
            self._restores.append(lambda: setattr(found, "cell_contents", content))
            self._waiting.append(content)

    def _visit_class(self, found: type) -> None:
        if _is_without_state(found) or issubclass(found, enum.Enum):
            return
        self._waiting += found.__bases__
        self._visit_module(found)
        values = _values(found)
        self._restores.append(lambda: _set_values(found, values))
        self._waiting.extend(values.values())

    def _visit_module(self, owner: Any) -> None:
        """Takes the variables of a module of the task, by one of its functions or classes."""
        module = sys.modules.get(owner.__module__ or "")
        if module is None or _package(owner) not in self._packages or id(module) in self._seen:
            return
        self._seen[id(module)] = module
        values = _values(module)
        self._restores.append(lambda: _set_values(module, values))
        self._waiting.extend(values.values())

    def _visit_container(self, found: Any) -> None:
        saved = found.copy()
        if isinstance(found, dict):
            self._waiting.extend(saved)
            self._waiting.extend(saved.values())
        elif not isinstance(found, bytearray):
            self._waiting.extend(each for each in saved if type(each) not in _PLAIN)
        self._restores.append(functools.partial(_refill, found, saved))
        if type(found).__module__ != "builtins":
            self._visit_attributes(found)

    def _visit_object(self, found: Any) -> None:
        kind = type(found)
        if isinstance(found, torch.nn.Module):
            self._waiting.extend(found.state_dict(keep_vars=True).values())
            if not isinstance(found, torch.jit.ScriptModule):
                self._visit_attributes(found)
        elif isinstance(found, (wp.Mesh, wp.Bvh)):
            self._visit_attributes(found)
            self._trees.append((found, [each.numpy().copy() for each in _boxes(found)]))
        elif isinstance(found, itertools.count):
            self._counts.append((found, repr(found)))
        elif isinstance(found, Iterator):
            self._unknown = self._unknown or _name(kind)
        elif isinstance(found, wp.Launch) or "_ctype" in (
            _attributes(found) or ()
        ):  # recorded launches, structures of Warp
            self._visit_attributes(found)
        elif not _is_without_state(kind) and not _is_builder(kind):
            if not self._visit_attributes(found):
                self._unknown = self._unknown or _name(kind)
            self._waiting.append(kind)

    def _visit_attributes(self, found: Any) -> bool:
        """Returns whether an object has attributes of its own, or could have."""
        attributes, slots = _attributes(found), _slots(type(found))
        if attributes is not None:
            saved = dict(attributes)
            self._restores.append(functools.partial(_refill, attributes, saved))
            self._waiting.extend(saved.values())
        for slot in slots:
            try:
                value = slot.__get__(found)
            except AttributeError:
                self._restores.append(functools.partial(_empty, slot, found))
            else:
                self._restores.append(functools.partial(slot.__set__, found, value))
                self._waiting.append(value)
        return attributes is not None or bool(slots)


def _attributes(found: Any) -> dict[str, Any] | None:
    """Returns the attributes of an object itself, not what it passes on from another."""
    try:
        return object.__getattribute__(found, "__dict__")
    except AttributeError:
        return None


def _refill(container: Any, saved: Any) -> None:
    if isinstance(saved, dict):
        same = len(container) == len(saved) and all(
            one == other and container[one] is saved[other] for one, other in zip(container, saved, strict=True)
        )
    elif isinstance(saved, set):
        same = container == saved  # a copy may have another order
    else:
        same = len(container) == len(saved) and all(one is other for one, other in zip(container, saved, strict=True))
    if same:
        return
    container.clear()
    if isinstance(container, (dict, set)):
        container.update(saved)
    else:
        container.extend(saved)


def _values(owner: Any) -> dict[str, Any]:
    """Returns what a class or module holds besides code."""
    return {
        name: value
        for name, value in vars(owner).items()
        if not name.startswith("__") and name != "_abc_impl" and not isinstance(value, _CODE)
    }


def _set_values(owner: Any, values: dict[str, Any]) -> None:
    now = _values(owner)
    for name in now.keys() - values.keys():
        delattr(owner, name)
    for name, value in values.items():
        if name not in now or now[name] is not value:
            setattr(owner, name, value)


def _slots(kind: type) -> list[Any]:
    return [
        slot
        for each in kind.__mro__
        if "__slots__" in vars(each)
        for slot in vars(each).values()
        if isinstance(slot, types.MemberDescriptorType)
    ]


def _empty(slot: Any, owner: Any) -> None:
    if hasattr(owner, slot.__name__):
        slot.__delete__(owner)


def _generator(found: Any) -> Restore:
    if isinstance(found, random.Random):
        return functools.partial(found.setstate, found.getstate())
    if isinstance(found, (np.random.RandomState, torch.Generator)):
        return functools.partial(found.set_state, found.get_state())
    return functools.partial(setattr, found.bit_generator, "state", found.bit_generator.state)


def _boxes(tree: Any) -> list[Any]:
    """Returns the arrays that a tree of boxes is fitted to."""
    arrays = [tree.points] if isinstance(tree, wp.Mesh) else [tree.lowers, tree.uppers]
    return [each for each in arrays if each is not None]


def _is_without_state(kind: type) -> bool:
    package = _package(kind)
    return package in _WITHOUT_STATE or package in sys.stdlib_module_names


def _is_builder(kind: type) -> bool:
    """Whether it builds a model of Newton, which is done when there is an environment."""
    newton: Any = sys.modules.get("newton")
    return newton is not None and issubclass(kind, newton.ModelBuilder)


def _package(found: Any) -> str:
    return (found.__module__ or "").partition(".")[0]


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
