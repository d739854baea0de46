# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The policy of RL-Games as a network for policy files."""

from __future__ import annotations

import copy
import math
import warnings
from typing import Any

import torch
from torch import nn

from ...errors import UserError
from ..policy_files import PolicyNetwork

_MODELS = ("continuous_a2c", "continuous_a2c_logstd")
"""Models whose deterministic action is the mean that their network computes."""


class _Actor(nn.Module):
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

    def _observed(self, obs: torch.Tensor) -> torch.Tensor:
        if math.isfinite(self._clip):
            obs = obs.clamp(-self._clip, self._clip)
        return ((obs - self.mean) / self.spread).clamp(-5.0, 5.0) if self._normalizes else obs

    def _acting(self, actions: torch.Tensor) -> torch.Tensor:
        if not self._clips_actions:
            return actions
        return actions.clamp(-1.0, 1.0) * (self.high - self.low) / 2.0 + (self.high + self.low) / 2.0


class _Policy(_Actor):
    """A policy without a memory."""

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        return self._acting(self._network({"obs": self._observed(obs), "rnn_states": None})[0])


class _RecurrentPolicy(_Actor):
    """A policy with a memory, for one environment.

    Args:
        player: RL-Games'.
        clip: What the wrapper clips observations to.
        count: Number of tensors in the memory of what chooses the actions: two of an LSTM, one of a GRU.
    """

    def __init__(self, player: Any, clip: float, count: int) -> None:
        super().__init__(player, clip)
        states = [state[:, :1].detach().cpu() * 0.0 for state in player.states]
        self.fresh = states[:count]
        """The memory when an episode begins, each tensor of shape (layers, 1, units)."""
        # a separate critic has a memory of its own, of which the actions do not depend
        self._critic = tuple(states[count:])

    def _step(self, obs: torch.Tensor, *memory: torch.Tensor) -> tuple[torch.Tensor, ...]:
        inputs = {"obs": self._observed(obs), "rnn_states": (*memory, *self._critic)}
        actions, _, _, states = self._network(inputs)
        return self._acting(actions), *states[: len(memory)]


class _Lstm(_RecurrentPolicy):
    def forward(self, obs: torch.Tensor, h_in: torch.Tensor, c_in: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self._step(obs, h_in, c_in)


class _Gru(_RecurrentPolicy):
    def forward(self, obs: torch.Tensor, h_in: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self._step(obs, h_in)


_RECURRENT: dict[str, tuple[type[_RecurrentPolicy], tuple[str, ...]]] = {
    "lstm": (_Lstm, ("h", "c")),
    "gru": (_Gru, ("h",)),
}
"""By the name of a network's memory: its policy, and the names of its tensors."""


class _KeepsLstm(nn.Module):
    """A policy that keeps its own memory.

    Args:
        policy: Takes and returns it; traced.
        fresh: The memory when an episode begins.
    """

    def __init__(self, policy: torch.jit.ScriptModule, fresh: list[torch.Tensor]) -> None:
        super().__init__()
        self.policy = policy
        self.register_buffer("hidden", fresh[0].clone())
        self.register_buffer("cell", fresh[1].clone())

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        actions, hidden, cell = self.policy(obs, self.hidden, self.cell)
        self.hidden[:] = hidden
        self.cell[:] = cell
        return actions

    @torch.jit.export
    def reset(self) -> None:
        """Clears the memory, when an episode begins."""
        self.hidden[:] = 0.0
        self.cell[:] = 0.0


class _KeepsGru(nn.Module):
    """As :class:`_KeepsLstm`, of a memory of one tensor."""

    def __init__(self, policy: torch.jit.ScriptModule, fresh: list[torch.Tensor]) -> None:
        super().__init__()
        self.policy = policy
        self.register_buffer("hidden", fresh[0].clone())

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        actions, hidden = self.policy(obs, self.hidden)
        self.hidden[:] = hidden
        return actions

    @torch.jit.export
    def reset(self) -> None:
        """Clears the memory, when an episode begins."""
        self.hidden[:] = 0.0


def policy_network(player: Any, agent_cfg: Any) -> PolicyNetwork:
    """Returns the policy of a player, with the statistics of its observations inside.

    Args:
        player: RL-Games'.
        agent_cfg: The agent's configuration.

    Raises:
        UserError: When its observations are not one tensor of numbers, or its model or its memory is another one.
    """
    params = agent_cfg["params"]
    model, shape = params["model"]["name"], player.obs_shape
    kind = params["network"]["rnn"]["name"] if player.is_rnn else ""
    if isinstance(shape, dict) or len(shape) != 1 or model not in _MODELS or (kind and kind not in _RECURRENT):
        memory = f", the memory {kind}" if kind else ""
        raise UserError(
            "A policy of RL-Games is exported when its observations are one vector, its actions continuous and its "
            f"memory an LSTM or a GRU; this one has the model {model}{memory} and observations of the shape {shape}. "
            "Play it here, or use isaaclab export."
        )
    clip = float((params.get("env") or {}).get("clip_observations", math.inf))
    example = torch.zeros(1, *shape)
    # not by script: the networks of the library are not written for it
    if not kind:
        module = _Policy(player, clip)
        return PolicyNetwork(torch.jit.trace(module, example), module, {"obs": example}, batched=True)
    policy, names = _RECURRENT[kind]
    recurrent = policy(player, clip, len(names)).eval()
    inputs = {f"{name}_in": fresh for name, fresh in zip(names, recurrent.fresh, strict=True)}
    with warnings.catch_warnings():
        # of checks of sizes, which are the same for each observation
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        traced = torch.jit.trace(recurrent, (example, *inputs.values()))
    keeps = _KeepsLstm(traced, recurrent.fresh) if kind == "lstm" else _KeepsGru(traced, recurrent.fresh)
    outputs = {name: name.replace("_in", "_out") for name in inputs}
    return PolicyNetwork(
        torch.jit.script(keeps), recurrent, {"obs": example, **inputs}, ("actions", *outputs.values()), outputs
    )
