# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The statistics of VecNormalize that belong to a checkpoint of Stable-Baselines3.

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
from stable_baselines3.common.running_mean_std import RunningMeanStd
from stable_baselines3.common.vec_env import VecNormalize

from ...errors import UserError
from ..untrusted import unpickled

ENTRY = "rl_trainer_vecnormalize.npz"
"""Name of the entry in the archive. The library loads what ends in ``.pth``, and ignores the rest."""

_PICKLED_ENTRY = "rl_trainer_vecnormalize"
"""Likewise in archives of earlier versions, as the library pickles them."""

_OPTIONS = ("norm_obs", "norm_reward", "clip_obs", "clip_reward", "gamma", "epsilon", "norm_obs_keys")
"""The arguments of VecNormalize that are stored."""

_MOMENTS = ("mean", "var", "count")


def entry(env: VecNormalize) -> bytes:
    """Statistics and options of a VecNormalize as arrays."""
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


def beside(checkpoint: Path) -> Path:
    """Where the pickled statistics of a checkpoint are stored, by the names that Isaac Lab's play looks for."""
    return checkpoint.with_name(checkpoint.name.replace("model", "model_vecnormalize", 1)).with_suffix(".pkl")


def exists(checkpoint: Path) -> bool:
    """Whether statistics of VecNormalize come with a checkpoint."""
    with zipfile.ZipFile(checkpoint) as archive:
        inside = {ENTRY, _PICKLED_ENTRY} & set(archive.namelist())
    return bool(inside) or beside(checkpoint).exists()


def load(checkpoint: Path, env: Any) -> VecNormalize:
    """The VecNormalize that belongs to a checkpoint, around an environment.

    Raises:
        UserError: When there is none, or it is damaged.
        ValueError: When the environment's spaces have other shapes.
    """
    read = _read(checkpoint)
    if isinstance(read, VecNormalize):
        read.set_venv(env)
        return read
    return _built(read, env)


def check(checkpoint: Path, needed: bool = False) -> None:
    """Reads the statistics of a checkpoint, if there are any.

    Args:
        checkpoint: The archive.
        needed: Whether there must be.

    Raises:
        UserError: When they are missing or damaged, or could run code.
    """
    if needed or exists(checkpoint):
        _read(checkpoint)


def _read(checkpoint: Path) -> VecNormalize | dict[str, np.ndarray]:
    """The library's object without an environment, or the arrays of :func:`entry`."""
    with zipfile.ZipFile(checkpoint) as archive:
        names = archive.namelist()
        if ENTRY in names:
            return _arrays(archive.read(ENTRY), checkpoint)
        pickled = archive.read(_PICKLED_ENTRY) if _PICKLED_ENTRY in names else None
    source = checkpoint if pickled is not None else beside(checkpoint)
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
    except Exception as error:  # a damaged archive raises whatever its first wrong byte means
        raise UserError(f"{source} has damaged statistics of VecNormalize: choose another checkpoint.") from error
    return arrays


def _built(arrays: dict[str, np.ndarray], env: Any) -> VecNormalize:
    normalization = VecNormalize(env, **json.loads(str(arrays["options"])))
    normalization.ret_rms = _running(arrays, "returns")
    if normalization.norm_obs:
        fresh = normalization.obs_rms
        if isinstance(fresh, dict):
            normalization.obs_rms = {key: _running(arrays, f"observations/{key}", fresh[key]) for key in fresh}
        else:
            normalization.obs_rms = _running(arrays, "observations", fresh)
    return normalization


def _running(arrays: dict[str, np.ndarray], name: str, like: RunningMeanStd | None = None) -> RunningMeanStd:
    """One running mean, which must have the shape of another if that is given."""
    running = RunningMeanStd(shape=())
    running.mean, running.var = arrays[f"{name}:mean"], arrays[f"{name}:var"]
    running.count = float(arrays[f"{name}:count"])
    if like is not None and running.mean.shape != like.mean.shape:
        raise ValueError(f"observations of shape {running.mean.shape}, not {like.mean.shape}")
    return running
