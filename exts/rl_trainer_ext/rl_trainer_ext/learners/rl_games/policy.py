# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The policy of RL-Games as a network for policy files."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch
from torch import nn

from ...errors import UserError
from ..policy_files import PolicyNetwork

_MODELS = ("continuous_a2c", "continuous_a2c_logstd")
"""Models whose deterministic action is the mean that their network computes."""


class _Policy(nn.Module):
    """Does what Isaac Lab's wrapper and a player do with deterministic actions, on tensors.

    Args:
        player: RL-Games'.
        clip: What the wrapper clips observations to.
    """

    def __init__(self, player: Any, clip: float) -> None:
        super().__init__()
        self._network = copy.deepcopy(player.model.a2c_network).to("cpu").eval()
        self._clip, self._clips_actions = clip, bool(player.clip_actions)
        statistics = player.model.running_mean_std if player.normalize_input else None
        self._normalizes = statistics is not None
        if statistics is not None:
            self.register_buffer("mean", statistics.running_mean.detach().cpu().float())
            self.register_buffer("spread", (statistics.running_var.detach().cpu().float() + statistics.epsilon).sqrt())
        self.register_buffer("low", player.actions_low.cpu())
        self.register_buffer("high", player.actions_high.cpu())

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        if math.isfinite(self._clip):
            obs = obs.clamp(-self._clip, self._clip)
        if self._normalizes:
            obs = ((obs - self.mean) / self.spread).clamp(-5.0, 5.0)
        actions = self._network({"obs": obs, "rnn_states": None})[0]
        if not self._clips_actions:
            return actions
        return actions.clamp(-1.0, 1.0) * (self.high - self.low) / 2.0 + (self.high + self.low) / 2.0


def policy_network(player: Any, agent_cfg: Any) -> PolicyNetwork:
    """Returns the policy of a player, with the statistics of its observations inside.

    Args:
        player: RL-Games'.
        agent_cfg: The agent's configuration.

    Raises:
        UserError: When it is recurrent, its observations are not one tensor of numbers, or its model is another one.
    """
    params = agent_cfg["params"]
    model = params["model"]["name"]
    shape = player.obs_shape
    if player.is_rnn or isinstance(shape, dict) or len(shape) != 1 or model not in _MODELS:
        what = "is recurrent" if player.is_rnn else f"has the model {model} and observations of the shape {shape}"
        raise UserError(
            f"A policy of RL-Games is exported when it has no memory and its observations are one vector; this one "
            f"{what}. Play it here, or use isaaclab export."
        )
    module = _Policy(player, float((params.get("env") or {}).get("clip_observations", math.inf)))
    example = torch.zeros(1, *shape)
    # not by script: the networks of the library are not written for it
    return PolicyNetwork(torch.jit.trace(module, example), module, {"obs": example}, batched=True)
