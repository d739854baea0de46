# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads checkpoints without executing what is pickled in them: numbers, arrays, spaces and a few named classes."""

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

import torch

from ..errors import UserError

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


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _NAMES:
            return getattr(importlib.import_module(module), name)
        if module.startswith(_CLASSES_OF) and name.isidentifier():
            found = getattr(importlib.import_module(module), name, None)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"it names {module}.{name}")


def unpickled(content: bytes, source: Path) -> Any:
    """What is pickled in a file, if it is made of known parts; nothing else is imported or called.

    Raises:
        UserError: When it is damaged, or names anything else.
    """
    try:
        return _Reader(io.BytesIO(content)).load()
    except Exception as error:  # a damaged pickle raises whatever its first wrong byte means
        raise UserError(
            f"{source} is damaged, or holds more than numbers, arrays and spaces ({error}), and is not loaded because "
            "it could run code: choose another checkpoint."
        ) from error


def agent_data(checkpoint: Path) -> dict[str, Any]:
    """What an archive of Stable-Baselines3 has pickled, for its ``custom_objects``: then it unpickles nothing itself.

    Schedules that cannot be read are 0, and what else an agent does not need is None.

    Raises:
        UserError: When what the agent needs is damaged, or could run code.
    """
    with zipfile.ZipFile(checkpoint) as archive:
        data = json.loads(archive.read("data"))
    found: dict[str, Any] = {}
    for key, value in data.items():
        if not isinstance(value, dict) or ":serialized:" not in value:
            continue
        try:
            found[key] = unpickled(base64.b64decode(value[":serialized:"]), checkpoint)
        except UserError:
            if key in _NEEDED:
                raise
            found[key] = 0.0 if key in _SCHEDULES else None
    return found


def read_tensors(path: Path) -> Any:
    """What ``torch.save`` wrote, if it is made of tensors and plain values.

    Raises:
        UserError: When it holds anything else.
        Exception: When it is damaged: whatever torch raises.
    """
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{path} is damaged, or holds more than tensors and plain values, and is not loaded because it could run "
            "code: choose another checkpoint, such as a model_<N>.pt."
        ) from error


@contextmanager
def tensors_only() -> Iterator[None]:
    """Makes ``torch.load`` refuse all else within it, also where a library asks for the contrary."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
