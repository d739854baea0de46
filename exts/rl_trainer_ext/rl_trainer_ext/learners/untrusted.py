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
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return getattr(importlib.import_module(module), name)
        if module.startswith(_CLASSES_OF) and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise _UnknownNameError(f"{module}.{name}")


def unpickled(content: bytes, source: Path) -> Any:
    """What is pickled in a file, if it is made of known parts or the user trusts the file.

    Otherwise nothing else is imported or called.

    Args:
        content: The pickle.
        source: The file that it is from.

    Raises:
        NeedsTrustError: When it names anything else, and the user does not trust the file.
        UserError: When it is damaged.
    """
    try:
        return _Reader(io.BytesIO(content)).load()
    except _UnknownNameError as error:
        if not trust.is_trusted(source):
            raise trust.refusal(source, shortened(str(error))) from error
    except Exception as error:  # a damaged pickle raises whatever its first wrong byte means
        raise UserError(f"{source} is damaged ({first_line(error)}): choose another checkpoint.") from error
    try:
        return pickle.loads(content)
    except Exception as error:  # it runs code, which may raise anything
        raise _unreadable(source, error) from error


def agent_data(checkpoint: Path, playing: bool = True) -> dict[str, Any]:
    """What an archive of Stable-Baselines3 has pickled, for its ``custom_objects``: then it unpickles nothing itself.

    Schedules that cannot be read are 0; entries that nothing uses are None.

    Args:
        checkpoint: The archive.
        playing: Whether an agent is to be built from it; training builds its own, and needs none of it.

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
            found[key] = unpickled(_decoded(value[":serialized:"], checkpoint), checkpoint)
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
        UserError: When it is damaged in a way that torch cannot tell from that.
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
                f"{path} is damaged, or holds more than tensors and plain values, and is not loaded because it could "
                "run code: choose another checkpoint, such as a model_<N>.pt."
            ) from error
        except Exception as error:
            if trusted:
                raise _unreadable(path, error) from error
            raise


def _unknown_globals(path: Path) -> str:
    """The names in a file of torch that are not known to be harmless; empty where they cannot be listed."""
    try:
        return shortened(", ".join(torch.serialization.get_unsafe_globals_in_checkpoint(path)))
    except Exception:  # it reads no damaged files, and says so in many ways
        return ""


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
