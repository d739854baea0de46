# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads checkpoints of RL-Games, and compares them with the needs of a run: algorithm, parts, networks.

It needs neither an environment nor Isaac Lab. RL-Games' own loader unpickles whatever a file holds, and tries again for
half a minute when it cannot read one.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from rl_games.algos_torch.model_builder import ModelBuilder

from ...errors import NeedsTrustError, UserError
from ...runs.damage import find_damage
from ..base import Purpose
from ..kept_format import check_format
from ..shapes import Shapes, first_misfit, in_words, shapes_of
from ..untrusted import read_tensors

KEY = "rl_trainer"
"""Where, in a checkpoint, this extension keeps what the library does not."""

CENTRAL_VALUE = "assymetric_vf_nets"
"""The library's name of the weights of a central value function."""

_KEPT = ("iterations", "steps", "seconds", "seed", "random", "learning_rate", "entropy_coef", "episodes", "central")

_COMPILED = "_orig_mod."
"""What ``torch.compile`` adds to the names of weights."""

_STATISTICS = "running_mean_std.running_mean"
_ACTIONS = "a2c_network.mu.bias"
_SIZES = {"observations": _STATISTICS, "actions": _ACTIONS}
"""The weights whose shapes are those of a policy's observations and actions."""


def read(path: Path) -> dict[str, Any]:
    """Returns what a checkpoint holds, the weights under the names that they have without ``torch.compile``.

    Raises:
        NeedsTrustError: When it can only be read by running code, and the user does not trust it.
        UserError: When it is damaged, or not a checkpoint of RL-Games' PPO.
    """
    if said := find_damage(path):
        raise UserError(said)
    try:
        saved = read_tensors(path)
    except NeedsTrustError:
        raise
    except UserError as error:
        raise UserError(str(error).replace("model_<N>.pt", "last_<name>_ep_<N>_….pth")) from error
    except Exception as error:  # torch raises whatever the first wrong byte means
        raise UserError(f"{path} is not a checkpoint of RL-Games: choose another, such as nn/last_….pth.") from error
    if isinstance(saved, Mapping) and {"actor", "critic_target"} <= saved.keys():
        raise UserError(
            f"{path} was trained with SAC, which does not train or play here: choose a checkpoint of PPO, or use "
            "isaaclab play --rl_library rl_games."
        )
    if not isinstance(saved, Mapping) or not isinstance(saved.get("model"), Mapping) or "epoch" not in saved:
        raise UserError(f"{path} holds no training of RL-Games: choose a last_….pth that RL-Games wrote.")
    weights = {part: uncompiled(saved[part]) for part in ("model", CENTRAL_VALUE) if part in saved}
    return {**saved, **weights}


def uncompiled(weights: Mapping[str, Any]) -> dict[str, Any]:
    """Returns weights under the names that they have without ``torch.compile``."""
    return {name.replace(_COMPILED, ""): value for name, value in weights.items()}


def check_content(path: Path, saved: Mapping[str, Any], purpose: Purpose) -> None:
    """Checks that a checkpoint holds what a run needs, as far as the configuration tells.

    Args:
        path: Its file, for the sentence.
        saved: See :func:`read`.
        purpose: The run. A playback needs the policy only.

    Raises:
        UserError: When it lacks something, its networks are not the configured ones, or a newer version of this
            extension wrote it.
    """
    params = purpose.agent_cfg["params"]
    if not purpose.playing:
        _check_central_value(path, saved, bool(params["config"].get("central_value_config")))
        if not purpose.fine_tune and "optimizer" not in saved:
            raise UserError(
                f"{path} holds no state of an optimizer, and can only be played: choose another checkpoint."
            )
        if not purpose.fine_tune and KEY in saved:
            check_format(path, saved[KEY], _KEPT)
    _check_statistics(path, saved, params, purpose.task)
    wanted = _configured_shapes(params, shapes_of(saved["model"]))
    if wanted is not None:
        check_tensors(path, saved["model"], wanted, purpose.task)


def _check_central_value(path: Path, saved: Mapping[str, Any], central_value: bool) -> None:
    if central_value and CENTRAL_VALUE not in saved:
        raise UserError(
            f"{path} was trained without a central value function, which this run has: choose a checkpoint that was "
            "trained with it, or add agent.params.config.central_value_config=null to the overrides."
        )
    if not central_value and CENTRAL_VALUE in saved:
        raise UserError(
            f"{path} was trained with a central value function, which this run does not have: choose the agent that "
            "it was trained with."
        )


def _check_statistics(path: Path, saved: Mapping[str, Any], params: Mapping[str, Any], task: str) -> None:
    key = "normalize_input"
    theirs, ours = any(name.startswith("running_mean_std.") for name in saved["model"]), params["config"].get(key)
    if theirs != bool(ours):
        with_them, without = ("with", "does not have") if theirs else ("without", "has")
        raise UserError(
            f"{path} was trained {with_them} normalised observations, which the configuration of {task} {without}: add "
            f"agent.params.config.{key}={theirs} to the overrides, or choose another checkpoint."
        )


def _configured_shapes(params: Mapping[str, Any], saved: Shapes) -> Shapes | None:
    """Returns the shapes of the configured networks for the checkpoint's observations and actions.

    Of observations in several groups, or without statistics, the checkpoint does not tell the sizes: returns None.
    """
    if saved.get(_STATISTICS) is None or saved.get(_ACTIONS) is None:
        return None
    config = params["config"]
    with torch.random.fork_rng(devices=[]):  # the networks' initial weights are random, and not used
        network = (
            ModelBuilder()
            .load(copy.deepcopy(dict(params)))
            .build(
                {
                    "actions_num": saved[_ACTIONS][0],
                    "input_shape": saved[_STATISTICS],
                    "num_seqs": 1,
                    "value_size": 1,
                    "normalize_value": config.get("normalize_value", False),
                    "normalize_input": config.get("normalize_input", False),
                }
            )
        )
    return shapes_of(network.state_dict())


def check_tensors(path: Path, saved: Mapping[str, Any], wanted: Mapping[str, Any], task: str) -> None:
    """Checks the weights of a checkpoint against those of a network.

    Args:
        path: Its file, for the sentence.
        saved: The weights by name.
        wanted: The network's weights, or their shapes, by name.
        task: The task's name, for the sentence.

    Raises:
        UserError: With what differs, both shapes, and the override that explains it.
    """
    theirs = shapes_of(saved)
    ours = {name: value if isinstance(value, tuple) else tuple(value.shape) for name, value in wanted.items()}
    check_sizes(path, saved, {what: ours[name] for what, name in _SIZES.items() if name in ours}, task)
    misfit = first_misfit(theirs, ours)
    if misfit is not None:
        raise UserError(f"{path} does not fit the configuration of {task}: {misfit}; {_advice(theirs, ours)}.")


def check_sizes(path: Path, saved: Mapping[str, Any], sizes: Mapping[str, tuple[int, ...] | None], task: str) -> None:
    """Checks the sizes of a policy's observations and actions.

    Args:
        path: Its file, for the sentence.
        saved: The weights of the checkpoint by name.
        sizes: The shapes of the task's ``observations`` and ``actions``, as far as they are known.
        task: The task's name, for the sentence.

    Raises:
        UserError: With both shapes.
    """
    theirs = shapes_of(saved)
    for what, ours in sizes.items():
        other = theirs.get(_SIZES[what])
        if other is not None and ours is not None and other != ours:
            raise UserError(
                f"{path} does not fit {task}: its {what} have the shape {in_words(other)}, those of the task "
                f"{in_words(ours)}; choose a checkpoint of this task."
            )


def _advice(saved: Shapes, wanted: Shapes) -> str:
    theirs, ours = _hidden_sizes(saved), _hidden_sizes(wanted)
    if theirs and theirs != ours:
        written = str(theirs).replace(" ", "")
        return f"add agent.params.network.mlp.units={written} to the overrides, or choose another checkpoint"
    return "choose a checkpoint of this configuration, or the agent that it was trained with"


def _hidden_sizes(tensors: Shapes) -> list[int]:
    """The widths of the actor's hidden layers."""
    name = "a2c_network.actor_mlp."
    return [
        shape[0] for key, shape in tensors.items() if key.startswith(name) and key.endswith("weight") and len(shape) > 1
    ]
