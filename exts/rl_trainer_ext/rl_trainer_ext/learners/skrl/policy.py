# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How a policy of skrl acts deterministically, and as a network for policy files."""

from __future__ import annotations

import copy
from typing import Any

import torch
from gymnasium import spaces
from torch import nn

from ...errors import UserError
from ..policy_files import PolicyNetwork

OBSERVATIONS = "obs"


def deterministic(actions: torch.Tensor, outputs: dict[str, Any], space: Any) -> torch.Tensor:
    """Returns the action of highest probability.

    Isaac Lab's playback samples discrete actions; here they are the most likely ones.

    Args:
        actions: What the agent sampled, of shape (environments, actions).
        outputs: What its policy returned with them.
        space: The space of the actions of one environment.
    """
    if "mean_actions" in outputs:
        return outputs["mean_actions"]
    scores = outputs.get("net_output")
    if scores is not None and isinstance(space, spaces.Discrete):
        return scores.argmax(dim=-1, keepdim=True)
    if scores is not None and isinstance(space, spaces.MultiDiscrete):
        parts = torch.split(scores, space.nvec.tolist(), dim=-1)
        return torch.stack([part.argmax(dim=-1) for part in parts], dim=-1)
    return actions


class _Policy(nn.Module):
    """Normalises observations and returns the mean action.

    Args:
        policy: The network.
        preprocessor: What normalises its observations; None for nothing.
    """

    def __init__(self, policy: Any, preprocessor: nn.Module | None) -> None:
        super().__init__()
        self._policy, self._preprocessor = policy, preprocessor

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        if self._preprocessor is not None:
            obs = self._preprocessor(obs)
        return self._policy.compute({"observations": obs}, "policy")[0]


def policy_network(agent: Any, name: str = "") -> PolicyNetwork:
    """Returns the policy of an agent, with its normaliser inside.

    Args:
        agent: The library's agent, or what it has for several.
        name: Which of several agents; each acts on its own observations. Empty for a single one.

    Raises:
        UserError: When its observations are not one vector, or its actions are not continuous.
    """
    observations = agent.observation_spaces[name] if name else agent.observation_space
    actions = agent.action_spaces[name] if name else agent.action_space
    if not isinstance(observations, spaces.Box) or not isinstance(actions, spaces.Box):
        raise UserError(
            "A policy of skrl is exported when its observations are one tensor and its actions are continuous; this "
            f"one has {observations} and {actions}."
        )
    modules = agent.checkpoint_modules[name] if name else agent.checkpoint_modules
    parts = [copy.deepcopy(modules.get(name)) for name in ("policy", "observation_preprocessor")]
    policy, preprocessor = (None if part is None else part.to("cpu").eval() for part in parts)
    module = _Policy(policy, preprocessor).eval()
    example = torch.zeros(1, *observations.shape)
    return PolicyNetwork(torch.jit.trace(module, example), module, {OBSERVATIONS: example}, batched=True)
