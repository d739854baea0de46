# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads and writes the statistics of VecNormalize that belong to a checkpoint of Stable-Baselines3.

This extension stores them in the checkpoint's archive as arrays, and beside it, where Isaac Lab looks for them, as the
library pickles them. Archives of earlier versions hold the pickle too.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from ...errors import UserError
from .format import statistics_beside
from .pickled import unpickled

ENTRY = "rl_trainer_vecnormalize.npz"
"""Name of the entry in the archive. The library loads what ends in ``.pth``, and ignores the rest."""

_PICKLED_ENTRY = "rl_trainer_vecnormalize"
"""Likewise in archives of earlier versions, as the library pickles them."""

_OPTIONS = ("norm_obs", "norm_reward", "clip_obs", "clip_reward", "gamma", "epsilon", "norm_obs_keys")
"""The arguments of VecNormalize that are stored."""

_MOMENTS = ("mean", "var", "count")


def entry(env: VecNormalize) -> bytes:
    """Returns statistics and options of a VecNormalize as the content of an ``.npz`` file."""
    arrays = {"options": np.array(json.dumps({name: getattr(env, name) for name in _OPTIONS}, default=float))}
    running = {"returns": env.ret_rms}
    if env.norm_obs:
        observations = env.obs_rms
        running |= (
            {f"observations/{key}": one for key, one in observations.items()}
            if isinstance(observations, dict)
            else {"observations": observations}
        )
    arrays |= {f"{name}:{moment}": getattr(one, moment) for name, one in running.items() for moment in _MOMENTS}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def exists(checkpoint: Path) -> bool:
    """Returns whether a checkpoint has statistics of VecNormalize."""
    with zipfile.ZipFile(checkpoint) as archive:
        inside = {ENTRY, _PICKLED_ENTRY} & set(archive.namelist())
    return bool(inside) or statistics_beside(checkpoint).exists()


def load(checkpoint: Path, env: Any) -> VecNormalize:
    """Returns the VecNormalize of a checkpoint, around an environment.

    Raises:
        UserError: When there is none, it is damaged, or it is of observations of another shape.
        ValueError, AssertionError: When its parts do not fit each other.
    """
    read = _read(checkpoint)
    _check_shapes(checkpoint, read, env.observation_space, "the task")
    if isinstance(read, VecNormalize):
        read.set_venv(env)
        return read
    return _built(read, env)


def check(checkpoint: Path, space: spaces.Space | None = None, whose: str = "the task", needed: bool = False) -> None:
    """Reads the statistics of a checkpoint, if there are any.

    Args:
        checkpoint: The archive.
        space: The space of the observations that they are to be used for; None where it is not known yet.
        whose: The owner of these observations, for the message.
        needed: Whether there must be statistics.

    Raises:
        UserError: When they are missing, damaged, of another shape, or could run code.
    """
    if needed or exists(checkpoint):
        _check_shapes(checkpoint, _read(checkpoint), space, whose)


def _check_shapes(
    checkpoint: Path, read: VecNormalize | dict[str, np.ndarray], space: spaces.Space | None, whose: str
) -> None:
    theirs = _shapes(read)
    if space is None or not theirs:
        return
    of_parts = {key: part.shape for key, part in space.spaces.items()} if isinstance(space, spaces.Dict) else {}
    ours = of_parts or {"": space.shape}
    for key, shape in theirs.items():
        if shape != ours.get(key):
            name = f" '{key}'" if key else ""
            wanted = f"the shape {ours[key]}" if key in ours else f"the parts {', '.join(of_parts) or 'none'}"
            raise UserError(
                f"{checkpoint} has statistics of VecNormalize of observations{name} of the shape {shape}, and those of "
                f"{whose} have {wanted}: choose another checkpoint, or add agent.normalize_input=False to the "
                "overrides to leave the statistics out."
            )


def _shapes(read: VecNormalize | dict[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the observations' statistics by name, which is "" for observations without parts."""
    if isinstance(read, VecNormalize):
        observations = read.obs_rms if read.norm_obs else {}
        parts = observations if isinstance(observations, dict) else {"": observations}
        return {key: part.mean.shape for key, part in parts.items()}
    means = {name.removesuffix(":mean"): array for name, array in read.items() if name.endswith(":mean")}
    return {
        name.removeprefix("observations").removeprefix("/"): mean.shape
        for name, mean in means.items()
        if name.startswith("observations")
    }


def _read(checkpoint: Path) -> VecNormalize | dict[str, np.ndarray]:
    """Returns the library's object without an environment, or the arrays of :func:`entry`."""
    with zipfile.ZipFile(checkpoint) as archive:
        names = archive.namelist()
        if ENTRY in names:
            return _arrays(archive.read(ENTRY), checkpoint)
        pickled = archive.read(_PICKLED_ENTRY) if _PICKLED_ENTRY in names else None
    source = checkpoint if pickled is not None else statistics_beside(checkpoint)
    if pickled is None:
        if not source.exists():
            raise UserError(
                f"agent.normalize_input is on, but {checkpoint.name} holds no statistics of the observations, and "
                f"{source.name} is not beside it: choose a checkpoint that has them, or add "
                "agent.normalize_input=False to the overrides if it was trained without."
            )
        pickled = source.read_bytes()
    normalization = unpickled(pickled, source)
    if not isinstance(normalization, VecNormalize):
        raise UserError(f"{source} holds no statistics of VecNormalize: choose another checkpoint.")
    return normalization


def _arrays(content: bytes, source: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            arrays = dict(stored)
        options = json.loads(str(arrays["options"]))
        if set(options) != set(_OPTIONS) or not all(f"returns:{moment}" in arrays for moment in _MOMENTS):
            raise ValueError("incomplete")
    except Exception as error:  # a damaged archive may raise anything
        raise UserError(f"{source} has damaged statistics of VecNormalize: choose another checkpoint.") from error
    return arrays


def _built(arrays: dict[str, np.ndarray], env: Any) -> VecNormalize:
    normalization = VecNormalize(env, **json.loads(str(arrays["options"])))
    normalization.ret_rms = _running(arrays, "returns")
    if normalization.norm_obs:
        fresh = normalization.obs_rms
        if isinstance(fresh, dict):
            normalization.obs_rms = {key: _running(arrays, f"observations/{key}") for key in fresh}
        else:
            normalization.obs_rms = _running(arrays, "observations")
    return normalization


def _running(arrays: dict[str, np.ndarray], name: str) -> RunningMeanStd:
    running = RunningMeanStd(shape=())
    running.mean, running.var = arrays[f"{name}:mean"], arrays[f"{name}:var"]
    running.count = float(arrays[f"{name}:count"])
    return running
