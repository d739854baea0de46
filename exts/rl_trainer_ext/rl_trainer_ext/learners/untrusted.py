# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads checkpoints without executing what is pickled in them: numbers, arrays, spaces and a few named classes.

What holds more is refused with :class:`~..errors.NeedsTrustError`, unless the user trusts its content: see
:mod:`.trust`.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
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

from ..errors import UserError, shortened
from ..overrides.hydra import first_line
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
    ("stable_baselines3.common.vec_env.vec_normalize", "VecNormalize"),
    ("stable_baselines3.common.running_mean_std", "RunningMeanStd"),
    ("stable_baselines3.common.policies", "ActorCriticPolicy"),
    ("stable_baselines3.common.policies", "ActorCriticCnnPolicy"),
    ("stable_baselines3.common.policies", "MultiInputActorCriticPolicy"),
    *(("stable_baselines3.common.buffers", f"{kind}RolloutBuffer") for kind in ("", "Dict")),
    *(("stable_baselines3.common.utils", f"{kind}Schedule") for kind in ("Float", "Constant", "Linear")),
    ("torch.optim.adam", "Adam"),
}
"""Exact names only: with a dotted name, a pickle reaches from any class to everything that its module imports."""

_CLASSES_OF = ("gymnasium.spaces.", "torch.nn.modules.activation")
"""Modules whose own classes are taken."""

_NEEDED = ("observation_space", "action_space", "policy_class", "policy_kwargs")
"""What an agent of Stable-Baselines3 cannot be built without."""

_LEGACY_PICKLES = 4
"""Pickles in a file of torch that is no archive, up to and with what was saved: the first three are about the file."""

_SCHEDULES = ("learning_rate", "lr_schedule", "clip_range")
"""What only training needs, which takes it from the configuration."""

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
"""What torch takes besides its own: the parts of NumPy's arrays and numbers."""


class _UnknownNameError(pickle.UnpicklingError):
    """A pickle names what is not known to be harmless; the message is that name."""


@dataclass(frozen=True)
class _Mention:
    """A class that the configuration names. It stands in for the class until all is read: a file cannot call it."""

    of: type


class _Reader(pickle.Unpickler):
    def __init__(self, content: bytes, configured: Collection[type]) -> None:
        super().__init__(io.BytesIO(content))
        self._configured = {(one.__module__, one.__qualname__): one for one in configured}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return getattr(importlib.import_module(module), name)
        if module.startswith(_CLASSES_OF) and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        if (module, name) in self._configured:
            return _Mention(self._configured[module, name])
        raise _UnknownNameError(f"{module}.{name}")


def classes_in(values: Any) -> set[type]:
    """The classes that are named anywhere in a configuration of dictionaries and lists."""
    if isinstance(values, type):
        return {values}
    parts = values.values() if isinstance(values, dict) else values if isinstance(values, (list, tuple)) else ()
    return set().union(*map(classes_in, parts))


def _mentioned(value: Any) -> Any:
    """With the classes that the configuration names in the places of their stand-ins."""
    if isinstance(value, _Mention):
        return value.of
    if type(value) is dict:
        return {key: _mentioned(part) for key, part in value.items()}
    return type(value)(map(_mentioned, value)) if type(value) in (list, tuple) else value


def unpickled(content: bytes, source: Path, configured: Collection[type] = ()) -> Any:
    """What is pickled in a file, if it is made of known parts or the user trusts the file.

    Otherwise nothing else is imported or called.

    Args:
        content: The pickle.
        source: The file that it is from.
        configured: Classes that the task's configuration names: they are from the installed code, not from the file.

    Raises:
        NeedsTrustError: When it names anything else, and the user does not trust the file.
        UserError: When it is damaged.
    """
    try:
        return _mentioned(_Reader(content, configured).load())
    except _UnknownNameError as error:
        if not trust.is_trusted(source):
            raise trust.refusal(source, shortened(str(error))) from error
    except Exception as error:  # a damaged pickle raises whatever its first wrong byte means
        raise UserError(f"{source} is damaged ({first_line(error)}): choose another checkpoint.") from error
    try:
        return pickle.loads(content)
    except Exception as error:  # it runs code, which may raise anything
        raise _unreadable(source, error) from error


def agent_data(checkpoint: Path, playing: bool = True, configured: Collection[type] = ()) -> dict[str, Any]:
    """What an archive of Stable-Baselines3 has pickled, for its ``custom_objects``: then it unpickles nothing itself.

    Schedules that cannot be read are 0; entries that nothing uses are None.

    Args:
        checkpoint: The archive.
        playing: Whether an agent is to be built from it; training builds its own, and needs none of it.
        configured: See :func:`unpickled`.

    Raises:
        NeedsTrustError: When the agent needs what could run code, and the user does not trust the file.
        UserError: When what the agent needs is damaged.
    """
    try:
        with zipfile.ZipFile(checkpoint) as archive:
            data = dict(json.loads(archive.read("data")))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{checkpoint} is damaged: it has no settings of an agent. Choose another.") from error
    found: dict[str, Any] = {}
    for key, value in data.items():
        if not isinstance(value, dict) or ":serialized:" not in value:
            continue
        try:
            found[key] = unpickled(_decoded(value[":serialized:"], checkpoint), checkpoint, configured)
        except UserError:
            if playing and key in _NEEDED:
                raise
            found[key] = 0.0 if key in _SCHEDULES else None
    return found


def _decoded(text: Any, source: Path) -> bytes:
    try:
        return base64.b64decode(text)
    except (TypeError, ValueError) as error:
        raise UserError(f"{source} is damaged: choose another checkpoint.") from error


def read_tensors(path: Path) -> Any:
    """What ``torch.save`` wrote, if it is made of tensors, arrays and plain values or the user trusts the file.

    Raises:
        NeedsTrustError: When it holds anything else, and the user does not trust the file.
        UserError: When what is pickled in it is damaged.
        Exception: When it is damaged otherwise: whatever torch raises.
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


def _unknown_globals(path: Path) -> str:
    """The names in a file of torch that are not known to be harmless; empty where the file is damaged.

    torch lists them of archives whose pickle has its own protocol 2 alone: of others, and of what torch wrote before it
    wrote archives, all names are listed, or that there are none.
    """
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # it says in many ways that it does not read such a file
        try:
            names = _names(path) or ["a pickle that torch cannot check"]
        except Exception:  # a damaged pickle raises whatever its first wrong byte means
            return ""
    return shortened(", ".join(names))


def _names(path: Path) -> list[str]:
    """All names in what torch saved, in their order; nothing is executed."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return list(dict.fromkeys(name for _ in range(_LEGACY_PICKLES) for name in _names_in(file)))
    with zipfile.ZipFile(path) as archive:
        entry = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        return list(dict.fromkeys(_names_in(io.BytesIO(archive.read(entry)))))


def _names_in(file: IO[bytes]) -> list[str]:
    """The names in the next pickle of a file."""
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
    """Makes ``torch.load`` refuse all but tensors, arrays and plain values, also where a library asks for the contrary.

    Not so for a file that the user trusts. Yields whether that is so.

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
