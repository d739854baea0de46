# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks whether a value has a declared type, and names that type in words."""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): "null"}
_SEQUENCES = (list, tuple, set, frozenset, collections.abc.Sequence, collections.abc.Iterable)
_MAPPINGS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def declared(owner: Any, name: str) -> Any:
    """Returns the declared type of a field of a configuration; None without a readable declaration."""
    return declared_in(type(owner), name)


def declared_in(owner: type, name: str) -> Any:
    """Returns the declared type of a field of a configuration class; None without a readable declaration."""
    for base in owner.__mro__:
        annotation = inspect.get_annotations(base).get(name)
        # Isaac Lab copies annotations into subclasses, whose modules may lack the names in them
        hint = None if annotation is None else _evaluated(annotation, vars(sys.modules[base.__module__]), vars(base))
        if hint is not None:
            return hint
    return None


def parameter_type(function: Callable[..., Any], name: str) -> Any:
    """Returns the declared type of a parameter; None without a readable declaration."""
    annotation = inspect.signature(function).parameters[name].annotation
    return None if annotation is inspect.Parameter.empty else _evaluated(annotation, function.__globals__, {})


def _evaluated(annotation: Any, names: dict[str, Any], local_names: Mapping[str, Any]) -> Any:
    """Evaluates one annotation; None if it has names that only a type checker knows."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, dict(names), dict(local_names))  # the source of an installed package
    except Exception:
        return None


def type_of(value: Any) -> Any:
    """Returns the type for the values of an undeclared field, from its present value; None for any type."""
    if isinstance(value, (list, tuple)):
        kinds = {float if type(item) is int else type(item) for item in value}
        item = kinds.pop() if len(kinds) == 1 else None
        return list[item] if item in _WORDS else list  # type: ignore[valid-type]
    if isinstance(value, Mapping):
        return dict
    # an undeclared whole number may be a fraction that happens to be whole
    return {bool: bool, int: float, float: float}.get(type(value), str if type(value) is str else None)


def fits(hint: Any, value: Any) -> bool:
    """Returns whether a value has a type; one that is not built in accepts all but configuration sections."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(fits(argument, value) for argument in arguments)
    if origin is typing.Literal:
        return value in arguments
    if hint in _SEQUENCES or origin in _SEQUENCES:
        items = [argument for argument in arguments if argument is not Ellipsis]
        return isinstance(value, (list, tuple)) and all(
            not items or any(fits(argument, item) for argument in items) for item in value
        )
    if hint in _MAPPINGS or origin in _MAPPINGS:
        return isinstance(value, Mapping)
    if hint in (None, type(None)):
        return value is None
    if hint is bool:
        return isinstance(value, bool) or (isinstance(value, int) and value in (0, 1))
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if hint is str:
        return isinstance(value, str)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return any(value in (member, member.value) for member in hint)
    if dataclasses.is_dataclass(hint):
        return dataclasses.is_dataclass(value)
    if hint is type or origin in (type, collections.abc.Callable) or hint is collections.abc.Callable:
        return isinstance(value, str) or callable(value)  # Isaac Lab imports "module:name"
    return True


def in_words(hint: Any) -> str:
    """Returns the words for a type in a sentence."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(in_words(argument) for argument in arguments))
    if origin is typing.Literal:
        return " or ".join(str(argument) for argument in arguments)
    if hint in _SEQUENCES or origin in _SEQUENCES:
        items = {argument for argument in arguments if argument is not Ellipsis}
        plural = {int: " of whole numbers", float: " of numbers", str: " of texts", bool: " of true and false"}
        return "a list" + (plural.get(items.pop(), "") if len(items) == 1 else "")
    if hint in _MAPPINGS or origin in _MAPPINGS:
        return "a dictionary"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return " or ".join(str(member.value) for member in hint)
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))
