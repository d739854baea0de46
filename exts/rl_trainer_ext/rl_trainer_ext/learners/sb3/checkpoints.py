# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Compares a checkpoint of Stable-Baselines3 with the needs of a run: algorithm, spaces, networks.

It needs nothing of Isaac Lab.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from stable_baselines3 import PPO

from ...errors import UserError
from ..base import gives
from ..shapes import Shapes, first_misfit, shapes_of
from .pickled import agent_data

_SETTINGS_OF_PPO = {"n_epochs", "clip_range"}
"""Settings that agents of PPO have, and agents of no other algorithm in the library."""


def check_algorithm(path: Path) -> None:
    """Checks that PPO wrote a checkpoint; nothing is unpickled.

    Raises:
        UserError: When another algorithm did, or the file is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            settings = dict(json.loads(archive.read("data")))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path} is damaged: it has no settings of an agent. Choose another checkpoint.") from error
    policy = settings.get("policy_class")
    module = str(policy.get("__module__", "")) if isinstance(policy, dict) else ""
    package, _, rest = module.partition(".")
    contributed = package == "sb3_contrib"
    if contributed or not settings.keys() >= _SETTINGS_OF_PPO:
        name = rest.partition(".")[0].upper() if package == "stable_baselines3" else ""
        if contributed:
            name = module
        which = f" ({name})" if name and name != "COMMON" else ""
        raise UserError(
            f"{path} was trained with another algorithm of Stable-Baselines3{which}, not with PPO: choose a checkpoint "
            "of PPO."
        )


def check_networks(path: Path, policy: str, policy_kwargs: dict[str, Any], use_sde: bool, task: str) -> None:
    """Checks the tensors of a checkpoint against those of the policy that is configured.

    The policy is built with the checkpoint's spaces; :func:`check_spaces` compares these with the environment's. Where
    they cannot be read, nothing is compared.

    Args:
        path: The file.
        policy: The library's name of the policy.
        policy_kwargs: Arguments of its constructor.
        use_sde: Whether it explores with state-dependent noise.
        task: The task's name, for the sentence.

    Raises:
        UserError: With the first tensor that differs, both shapes, and the override that explains it.
    """
    data = agent_data(path, playing=False)
    with zipfile.ZipFile(path) as archive:
        saved = shapes_of(torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True, map_location="cpu"))
    if data.get("observation_space") is None or data.get("action_space") is None:
        return
    with torch.random.fork_rng(devices=[]):  # the networks' initial weights are random, and not used
        built = PPO.policy_aliases[policy](
            data["observation_space"], data["action_space"], lambda _: 0.0, use_sde=use_sde, **policy_kwargs
        )
    wanted = shapes_of(built.state_dict())
    misfit = first_misfit(saved, wanted)
    if misfit is not None:
        raise UserError(f"{path} does not fit the configuration of {task}: {misfit}; {_advice(saved, wanted)}.")


@dataclass(frozen=True)
class BoundsChoice:
    """Whether the user can choose the bounds of the actions, and has chosen them.

    Args:
        possible: Whether the task's configuration has an ``action_space``.
        made: Whether the overrides set it: its bounds then take precedence over the checkpoint's.
    """

    possible: bool = False
    made: bool = False

    @classmethod
    def of(cls, env_cfg: Any, overrides: Iterable[str]) -> BoundsChoice:
        """Returns the choice of a run."""
        return cls(hasattr(env_cfg, "action_space"), gives(overrides, "env.action_space"))


def check_spaces(path: Path, data: dict[str, Any], env: Any, task: str, choice: BoundsChoice | None = None) -> None:
    """Checks the spaces of a checkpoint against those of an environment.

    Args:
        path: The file, for the sentence.
        data: See :func:`.pickled.agent_data`. Spaces that could not be read are not compared.
        env: A vectorised environment, or its spaces as far as they are known.
        task: The task's name, for the sentence.
        choice: Whether the user has chosen the bounds of the actions.

    Raises:
        UserError: With shape, bounds or type of both.
    """
    choice = choice or BoundsChoice()
    for what in ("observation", "action"):
        theirs, ours = data.get(f"{what}_space"), getattr(env, f"{what}_space")
        if theirs is None or ours is None or theirs == ours:
            continue
        if what == "action" and choice.made and _differ_in_bounds(theirs, ours):
            continue
        difference, advice = _difference(f"{what}s", theirs, ours)
        if what == "action" and choice.possible and _differ_in_bounds(theirs, ours):
            advice = _bounds_advice(theirs, ours)
        raise UserError(f"{path} does not fit {task}: its {difference}; {advice}.")


def _differ_in_bounds(theirs: spaces.Space, ours: spaces.Space) -> bool:
    """Returns whether two spaces differ only in their bounds."""
    both = isinstance(theirs, spaces.Box) and isinstance(ours, spaces.Box)
    return both and (theirs.shape, theirs.dtype) == (ours.shape, ours.dtype)


def _bounds_advice(theirs: spaces.Space, ours: spaces.Space) -> str:
    def written(space: spaces.Space) -> str:
        assert isinstance(space, spaces.Box)
        # as Isaac Lab writes a space into a configuration, all of it in quotes for Hydra
        bounds = {"low": space.low.tolist(), "high": space.high.tolist(), "shape": space.shape}
        box = json.dumps({"type": "gymnasium", "space": "Box", **bounds}, separators=(",", ":"))
        return f"env.action_space='{box}'"

    return (
        f"the same policy would act differently. Add {written(theirs)} to the overrides for the checkpoint's bounds, "
        f"or {written(ours)} for the task's"
    )


def _difference(what: str, theirs: spaces.Space, ours: spaces.Space) -> tuple[str, str]:
    """Returns how two spaces differ, and what to do."""
    advice = "choose a checkpoint of this task, or the overrides that it was trained with"
    if type(theirs) is not type(ours):
        return f"{what} are a {type(theirs).__name__}, those of the task a {type(ours).__name__}", advice
    if isinstance(theirs, spaces.Dict) and isinstance(ours, spaces.Dict):
        if set(theirs) != set(ours):
            return f"{what} are {', '.join(theirs)}, those of the task {', '.join(ours)}", advice
        name = next(name for name in ours if theirs[name] != ours[name])
        return _difference(f"{what} '{name}'", theirs[name], ours[name])
    if isinstance(theirs, spaces.Box) and isinstance(ours, spaces.Box):
        if theirs.shape != ours.shape:
            return f"{what} have the shape {theirs.shape}, those of the task {ours.shape}", advice
        if theirs.dtype != ours.dtype:
            return f"{what} are {theirs.dtype}, those of the task {ours.dtype}", advice
        return (
            f"{what} are bounded by {_bounds(theirs)}, those of the task by {_bounds(ours)}",
            "the same policy would act differently: train again, or play it with the Isaac Lab release that it was "
            "trained with",
        )
    return f"{what} are {theirs}, those of the task {ours}", advice


def _bounds(space: spaces.Box) -> str:
    low, high = np.unique(space.low), np.unique(space.high)
    if len(low) == len(high) == 1:
        return f"{low[0]:g} and {high[0]:g}"
    return f"{low.min():g} … {low.max():g} and {high.min():g} … {high.max():g}"


def _advice(saved: Shapes, wanted: Shapes) -> str:
    theirs, ours = _net_arch(saved), _net_arch(wanted)
    if theirs == ours:
        return "choose a checkpoint of this configuration, or the policy and policy_kwargs that it was trained with"
    actor, critic = theirs
    written = str(actor if actor == critic else {"pi": actor, "vf": critic}).replace(" ", "")
    return f"add agent.policy_kwargs.net_arch={written} to the overrides, or choose a checkpoint of this configuration"


def _net_arch(tensors: Shapes) -> tuple[list[int], list[int]]:
    """Returns the widths of the hidden layers of actor and critic."""

    def widths(network: str) -> list[int]:
        pattern = rf"mlp_extractor\.{network}\.\d+\.weight"
        return [shape[0] for name, shape in tensors.items() if re.fullmatch(pattern, name)]

    return widths("policy_net"), widths("value_net")
