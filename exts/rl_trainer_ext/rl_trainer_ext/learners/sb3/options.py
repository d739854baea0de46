# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks a configuration of Stable-Baselines3 against the signatures of the library's constructors."""

from __future__ import annotations

import inspect
import re
from typing import Any

from stable_baselines3 import PPO
from torch import nn

from ...errors import UserError, shortened
from ...overrides.types import parameter_type

_SCHEDULED = ("learning_rate", "clip_range", "clip_range_vf")
_NOT_OURS = ("self", "env", "tensorboard_log", "verbose", "_init_setup_model")


def known_options(agent_cfg: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Returns the types of the allowed names, by the key of their dictionary: ``agent`` and ``agent.policy_kwargs``."""
    agent = _parameters(PPO)
    # Isaac Lab's own names, which it removes before it calls the constructor
    agent |= {"n_timesteps": float, "n_minibatches": int, "clip_obs": float}
    agent |= {"normalize_input": bool, "normalize_value": bool, "policy": str, "device": str}
    agent |= dict.fromkeys(_SCHEDULED, float | str)
    agent["clip_range_vf"] = float | str | None
    policy = PPO.policy_aliases.get(str(agent_cfg.get("policy")), PPO.policy_aliases["MlpPolicy"])
    return {"agent": agent, "agent.policy_kwargs": _parameters(policy)}


def check_config(agent_cfg: dict[str, Any]) -> None:
    """Checks the policy, its classes, and the schedules.

    Raises:
        UserError: For a policy that does not exist, or a schedule that Isaac Lab cannot read.
    """
    policy = agent_cfg.get("policy")
    if policy not in PPO.policy_aliases:
        raise UserError(f"agent.policy={policy} does not exist: choose {' or '.join(PPO.policy_aliases)}.")
    _check_policy(agent_cfg.get("policy_kwargs") or {})
    for name in _SCHEDULED:
        value = agent_cfg.get(name)
        if isinstance(value, str) and not re.fullmatch(r"[A-Za-z]+_[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value):
            raise UserError(f"agent.{name} is a number, or one that falls to 0, such as lin_1e-3, not '{value[:80]}'.")


def _check_policy(settings: dict[str, Any]) -> None:
    """Checks the arguments of the policy that neither Isaac Lab nor the library checks."""
    for name in ("activation_fn", "features_extractor_class", "optimizer_class"):
        value = settings.get(name)
        # Isaac Lab resolves only texts that begin with "nn."
        found = getattr(nn, value[3:], None) if isinstance(value, str) and value.startswith("nn.") else value
        wanted = nn.Module if name == "activation_fn" else object
        if name in settings and not (isinstance(found, type) and issubclass(found, wanted)):
            raise UserError(
                f"agent.policy_kwargs.{name}={shortened(str(value))} is no class: "
                + ("write one of torch.nn, such as nn.ELU." if name == "activation_fn" else "leave it out.")
            )
    sizes = settings.get("net_arch")
    if isinstance(sizes, dict) and not set(sizes) <= {"pi", "vf"}:
        raise UserError(f"agent.policy_kwargs.net_arch={shortened(str(sizes))} names other networks than pi and vf.")
    for one in sizes.values() if isinstance(sizes, dict) else [sizes or []]:
        if not isinstance(one, list) or not all(type(size) is int and size > 0 for size in one):
            raise UserError(
                f"agent.policy_kwargs.net_arch={shortened(str(sizes))} holds no sizes of layers: write such as [64,64]."
            )


def _parameters(owner: Any) -> dict[str, Any]:
    constructor = owner.__init__
    names = [name for name in inspect.signature(constructor).parameters if name not in _NOT_OURS]
    return {name: parameter_type(constructor, name) for name in names}
