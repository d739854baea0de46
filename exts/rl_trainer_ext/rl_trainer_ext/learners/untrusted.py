# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads checkpoints without executing what is pickled in them: numbers, arrays, spaces and a few named classes.

A file that holds more is refused with :class:`~..errors.NeedsTrustError`, unless the user trusts its content: see
:mod:`.trust`.
"""

from __future__ import annotations

import importlib
import io
import os
import pickle
import pickletools
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy
import torch
from numpy._core import multiarray

from ..errors import NeedsTrustError, UserError, shortened
from ..overrides.hydra import first_line
from ..runs.damage import find_damage, is_whole
from . import trust

_NAMES = {
    ("builtins", "set"),
    ("collections", "OrderedDict"),
    ("collections", "deque"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    *((f"numpy.{core}.multiarray", name) for core in ("core", "_core") for name in ("_reconstruct", "scalar")),
    *((f"numpy.{core}.numeric", "_frombuffer") for core in ("core", "_core")),
    *(("numpy.random._pickle", f"__{name}_ctor") for name in ("generator", "bit_generator")),
    ("numpy.random._pcg64", "PCG64"),
    ("numpy.random.bit_generator", "SeedSequence"),
    ("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
    ("torch.optim.adam", "Adam"),
}
"""Harmless names, as (module, name). Only exact names count: through a dotted name, a pickle reaches from any class to
everything that its module imports."""

_CLASSES_OF = ("gymnasium.spaces.", "torch.nn.modules.activation")
"""Modules whose own classes are harmless."""

_LEGACY_PICKLES = 4
"""Number of pickles in a file of torch that is no archive: three about the file, then what was saved."""

_ARRAYS: list[Any] = [
    numpy.dtype,
    numpy.ndarray,
    *(
        (getattr(multiarray, name), f"numpy.{core}.multiarray.{name}")
        for name in ("_reconstruct", "scalar")
        for core in ("core", "_core")
    ),
    *(getattr(numpy.dtypes, f"{kind}DType") for kind in ("Bool", "Float32", "Float64", "Int32", "Int64")),
]
"""The parts of NumPy's arrays and numbers, which torch accepts besides its own classes."""


class _UnknownNameError(pickle.UnpicklingError):
    """A pickle contains a name that is not known to be harmless. The message is that name."""


@dataclass(frozen=True)
class _Mention:
    """Stands in for a class that the configuration names until all is read, so that the pickle cannot call it."""

    of: type


class _Reader(pickle.Unpickler):
    def __init__(self, content: bytes, names: Collection[tuple[str, str]], configured: Collection[type]) -> None:
        super().__init__(io.BytesIO(content))
        self._names = _NAMES.union(names)
        self._configured = {(one.__module__, one.__qualname__): one for one in configured}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self._names:
            return getattr(importlib.import_module(module), name)
        if module.startswith(_CLASSES_OF) and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        if (module, name) in self._configured:
            return _Mention(self._configured[module, name])
        raise _UnknownNameError(f"{module}.{name}")


def classes_in(values: Any) -> set[type]:
    """Returns all classes in a configuration of dictionaries and lists."""
    if isinstance(values, type):
        return {values}
    parts = values.values() if isinstance(values, dict) else values if isinstance(values, (list, tuple)) else ()
    return set().union(*map(classes_in, parts))


def _mentioned(value: Any) -> Any:
    """Replaces the stand-ins in what was read by their classes."""
    if isinstance(value, _Mention):
        return value.of
    if type(value) is dict:
        return {key: _mentioned(part) for key, part in value.items()}
    return type(value)(map(_mentioned, value)) if type(value) in (list, tuple) else value


def unpickled(
    content: bytes, source: Path, names: Collection[tuple[str, str]] = (), configured: Collection[type] = ()
) -> Any:
    """Returns what is pickled in a file, if it is made of harmless parts or the user trusts the file.

    Otherwise nothing else is imported or called.

    Args:
        content: The pickle.
        source: The file that holds it.
        names: Names of a library that are harmless too, as (module, name).
        configured: Classes that the task's configuration names: they come from the installed code, not from the file.

    Raises:
        NeedsTrustError: When it names anything else, and the user does not trust the file.
        UserError: When it is damaged.
    """
    try:
        return _mentioned(_Reader(content, names, configured).load())
    except _UnknownNameError as error:
        if not trust.is_trusted(source):
            raise trust.refusal(source, shortened(str(error))) from error
    except Exception as error:  # a damaged pickle may raise anything
        raise UserError(f"{source} is damaged ({first_line(error)}): choose another checkpoint.") from error
    try:
        return pickle.loads(content)
    except Exception as error:  # it runs code, which may raise anything
        raise _unreadable(source, error) from error


def read_tensors(path: Path) -> Any:
    """Returns what ``torch.save`` wrote, if it is made of tensors, arrays and plain values or the user trusts the file.

    Raises:
        NeedsTrustError: When it holds anything else, and the user does not trust the file.
        UserError: When its pickle is damaged.
        Exception: Any of torch's, when it is damaged elsewhere.
    """
    with tensors_only(path) as trusted:
        try:
            return torch.load(path, weights_only=not trusted, map_location="cpu")
        except pickle.UnpicklingError as error:
            named = _unknown_globals(path)
            if named and not trusted:
                raise trust.refusal(path, named) from error
            raise UserError(
                f"{path} is damaged ({first_line(error)}): choose another checkpoint, such as a model_<N>.pt."
            ) from error
        except Exception as error:
            if trusted:
                raise _unreadable(path, error) from error
            raise


def read_checkpoint(path: Path, library: str, example: str) -> Any:
    """Reads a checkpoint of a library as tensors.

    Args:
        path: The file.
        library: The library's name for the user.
        example: Names of its checkpoints, such as ``a model_<N>.pt``.

    Raises:
        NeedsTrustError: When it can only be read by running code, and the user does not trust it.
        UserError: When it is damaged, or not a checkpoint.
    """
    said = find_damage(path)
    # early versions of torch wrote no archives
    if said and is_whole(path):
        raise UserError(said)
    try:
        return read_tensors(path)
    except NeedsTrustError:
        raise
    except Exception as error:
        if said:
            raise UserError(said) from error
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path} is not a checkpoint of {library}: choose another, such as {example}.") from error


def _unknown_globals(path: Path) -> str:
    """Returns the names in a file of torch that are not known to be harmless; empty where the file is damaged.

    torch lists them only for archives with a pickle of protocol 2. For other files all names are returned, or a
    placeholder where there are none.
    """
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # torch has many exceptions for a file that it cannot check
        try:
            names = _names(path) or ["a pickle that torch cannot check"]
        except Exception:  # a damaged pickle may raise anything
            return ""
    return shortened(", ".join(names))


def _names(path: Path) -> list[str]:
    """Returns all names in a file of torch, in order. Nothing is executed."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return list(dict.fromkeys(name for _ in range(_LEGACY_PICKLES) for name in _names_in(file)))
    with zipfile.ZipFile(path) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        return list(dict.fromkeys(_names_in(io.BytesIO(archive.read(entry)))))


def _names_in(file: IO[bytes]) -> list[str]:
    """Returns the names in the next pickle of a file."""
    names: list[str] = []
    texts: list[str] = []
    memo: list[str] = []
    for opcode, argument, _ in pickletools.genops(file):
        if "UNICODE" in opcode.name:
            texts.append(str(argument))
        elif opcode.name == "MEMOIZE":
            memo.append(texts[-1] if texts else "")
        elif opcode.name in ("BINGET", "LONG_BINGET"):
            texts.append(memo[int(argument or 0)] if memo else "")
        elif opcode.name == "GLOBAL":
            names.append(str(argument).replace(" ", "."))
        elif opcode.name == "STACK_GLOBAL":
            names.append(".".join(texts[-2:]))
    return names


def _unreadable(source: Path, error: Exception) -> UserError:
    return UserError(
        f"{source} cannot be read, although you trust it: {type(error).__name__}: {first_line(error)}. Install what it "
        "needs, or choose another checkpoint."
    )


@contextmanager
def tensors_only(path: Path) -> Iterator[bool]:
    """Makes ``torch.load`` refuse all but tensors, arrays and plain values, even where a library asks for more.

    A file that the user trusts is not restricted. Yields whether the user trusts the file.

    Raises:
        OSError: When the file cannot be read.
    """
    if trust.is_trusted(path):
        yield True
        return
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        with torch.serialization.safe_globals(_ARRAYS):
            yield False
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
