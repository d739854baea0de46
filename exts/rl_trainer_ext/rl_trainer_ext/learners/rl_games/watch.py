# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in an agent of RL-Games."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..divergence import Conditions, Kind, Signal
from ..watch import Watch
from .checkpoints import uncompiled

POLICY = "policy"
"""Isaac Lab's name of the group of observations that the policy gets, unless the configuration names others."""


class AgentWatch(Watch):
    """Checks the rollouts, losses and weights of an agent.

    Args:
        agent: RL-Games'.
        environment: The task's innermost environment.
    """

    def __init__(self, agent: Any, environment: Any) -> None:
        super().__init__(environment)
        self._agent = agent

    def weights(self) -> Any:
        weights = {"model": uncompiled(self._agent.model.state_dict())}
        if self._agent.has_central_value:
            weights["central_value"] = uncompiled(self._agent.central_value_net.state_dict())
        return weights

    def conditions(self) -> Conditions:
        # as the environment gave them: RL-Games stores them scaled
        scale = self._agent.rewards_shaper.scale_value or 1.0
        rewards = self._agent.experience_buffer.tensor_dict["rewards"][..., 0] / scale
        return Conditions(rewards, self._agent.optimizer.param_groups[0]["lr"], self.environment)

    def signals(self) -> list[Signal]:
        stored, taken = self._agent.experience_buffer.tensor_dict, self._agent.steps_of_rollout
        found = [
            Signal(Kind.OBSERVATION, name, values[:taken])
            for key, whole in (("obses", POLICY), ("states", "critic"))
            for name, values in _named(stored.get(key), whole)
        ]
        for name in ("actions", "values"):
            found.append(Signal(Kind.OUTPUT, f"the {name.removesuffix('s')}", stored[name][:taken]))
        found.append(Signal(Kind.REWARD, "the reward", stored["rewards"][:taken, :, 0]))
        now = self._agent.obs or {}
        return found + [
            Signal(Kind.OBSERVATION, name, values[None], taken)
            for key, whole in (("obs", POLICY), ("states", "critic"))
            for name, values in _named(now.get(key), whole)
        ]


def _named(values: Any, name: str) -> list[tuple[str, torch.Tensor]]:
    """Returns observations by the names of their groups, which RL-Games gets as one tensor unless told otherwise."""
    if values is None:
        return []
    return list(values.items()) if isinstance(values, Mapping) else [(name, values)]
