# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a checkpoint of Stable-Baselines3 holds, and what the library forgets on its way in and out.

A checkpoint is the library's own zip archive, with one entry more that the library does not look at: the counters and
random generators that a training needs to go on as if it had never ended. It needs nothing of Isaac Lab.
"""

from __future__ import annotations

import copy
import io
import pickle
import zipfile
from collections import deque
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.save_util import load_from_zip_file, save_to_zip_file
from stable_baselines3.common.utils import check_for_correct_spaces
from stable_baselines3.common.vec_env import VecNormalize

from ..errors import UserError
from ..resuming import Progress, Resumed
from .keeper import Frozen
from .random_state import random_state
from .tensors import all_finite, copied

ENTRY = "rl_trainer"
"""Name of the entry in the archive. The library loads what ends in ``.pth``, and ignores the rest."""


def freeze(agent: PPO, env: Any, progress: Progress) -> Frozen | None:
    """The agent as it is, with everything to resume from it; None if a weight is not a finite number.

    Its files are the checkpoint and, before it, the statistics of VecNormalize, if the environment has any.
    """
    parameters = copied(agent.get_parameters())
    if not all_finite(parameters):
        return None
    # what PPO.save() leaves out: the modules above, and what belongs to this process
    modules, variables = agent._get_torch_save_params()
    left_out = {*agent._excluded_save_params(), *(name.split(".")[0] for name in (*modules, *variables))}
    data = {name: value for name, value in vars(agent).items() if name not in left_out}
    for name in ("ep_info_buffer", "ep_success_buffer"):
        data[name] = copy.copy(data[name])
    statistics = pickle.dumps(env) if isinstance(env, VecNormalize) else None
    kept = {"version": 1, **asdict(progress), "seed": agent.seed, "random": random_state()}

    def files(stem: str) -> dict[str, bytes]:
        checkpoint = Path(f"{stem}.zip")
        before = {} if statistics is None else {vec_normalize_path(checkpoint).name: statistics}
        return before | {checkpoint.name: _archive(data, parameters, kept)}

    return files


def resume(agent: PPO, checkpoint: Path) -> Resumed:
    """Takes over networks, optimizer state, counters and the window of episodes of a checkpoint.

    Every hyper-parameter stays that of ``agent``, also those that the library keeps with the optimizer's state.

    Raises:
        RuntimeError, KeyError, ValueError: When the checkpoint does not fit.
    """
    optimizer = agent.policy.optimizer
    settings = [{key: group[key] for key in group if key != "params"} for group in optimizer.param_groups]
    agent.set_parameters(str(checkpoint), device=agent.device)
    for group, setting in zip(optimizer.param_groups, settings, strict=True):
        group.update(setting)
    data, _, _ = load_from_zip_file(checkpoint, device=agent.device)
    data = data or {}
    agent.num_timesteps = data.get("num_timesteps", 0)
    agent._n_updates = data.get("_n_updates", 0)
    # learn() makes these only where there are none
    for name in ("ep_info_buffer", "ep_success_buffer"):
        setattr(agent, name, deque(data.get(name) or (), maxlen=agent._stats_window_size))
    kept = _kept(checkpoint)
    if kept is None:  # saved by ``isaaclab train``
        return Resumed(agent._n_updates // data.get("n_epochs", 1), agent.num_timesteps)
    same_seed = kept["seed"] == agent.seed
    return Resumed(kept["iterations"], kept["steps"], kept["seconds"], kept["random"] if same_seed else None)


def load_agent(checkpoint: Path, env: Any, device: str) -> PPO:
    """The agent of a checkpoint, to act in an environment that goes on as it is.

    Raises:
        RuntimeError, KeyError, ValueError, AssertionError: When the checkpoint does not fit the environment.
    """
    # given the environment, PPO.load() would seed it
    agent = PPO.load(checkpoint, device=device, n_envs=env.num_envs)
    check_for_correct_spaces(env, agent.observation_space, agent.action_space)
    return agent


def vec_normalize_path(checkpoint: Path) -> Path:
    """Where the VecNormalize statistics of a checkpoint lie, by the names that Isaac Lab's play looks for."""
    return checkpoint.with_name(checkpoint.name.replace("model", "model_vecnormalize", 1)).with_suffix(".pkl")


def load_normalization(checkpoint: Path, env: Any) -> VecNormalize:
    """The VecNormalize that belongs to a checkpoint, around an environment.

    Raises:
        UserError: When there is none.
    """
    path = vec_normalize_path(checkpoint)
    if not path.exists():
        raise UserError(
            f"{checkpoint.name} was trained on normalised observations, but {path.name} is not beside it: "
            "choose a checkpoint that has one, such as the final model.zip."
        )
    return VecNormalize.load(str(path), env)


def _archive(data: dict[str, Any], parameters: dict[str, Any], kept: dict[str, Any]) -> bytes:
    buffer, entry = io.BytesIO(), io.BytesIO()
    save_to_zip_file(buffer, data=data, params=parameters, pytorch_variables={})
    torch.save(kept, entry)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(ENTRY, entry.getvalue())
    return buffer.getvalue()


def _kept(checkpoint: Path) -> dict[str, Any] | None:
    with zipfile.ZipFile(checkpoint) as archive:
        if ENTRY not in archive.namelist():
            return None
        return torch.load(io.BytesIO(archive.read(ENTRY)), weights_only=False)
