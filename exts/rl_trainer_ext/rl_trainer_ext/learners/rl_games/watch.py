# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in an agent of RL-Games."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...errors import Diverged
from ..divergence import Conditions, Kind, Signal, first_fault, in_losses, in_rollout, in_weights
from ..tensors import all_finite
from .checkpoints import uncompiled

POLICY = "policy"
"""Isaac Lab's name of the group of observations that the policy gets, unless the configuration names others."""


class Watch:
    """Checks the rollouts, losses and weights of an agent.

    Args:
        agent: RL-Games'.
        environment: The task's innermost environment.
    """

    def __init__(self, agent: Any, environment: Any) -> None:
        self._agent, self._environment = agent, environment
        self.iteration = 0
        """Number of the current iteration, as RL-Games counts, from 1."""
        self.updating = False
        """Whether its rollout is complete, and the update has begun."""

    def finite(self, weights: list[torch.Tensor]) -> bool:
        """Returns whether weights and rollout are finite: the one check of an iteration, before its update."""
        return all_finite(weights + [signal.values for signal in self._signals()])

    def found(self) -> Diverged | None:
        """Returns a description of the first number that is not finite, or None."""
        diverged = self.weights_fault()
        if diverged is not None or self.updating:
            return diverged
        fault = first_fault(self._signals())
        return None if fault is None else in_rollout(self.iteration, fault, self._environment)

    def weights_fault(self) -> Diverged | None:
        """Returns a description of the first weight that is not finite, or None."""
        # weights that this iteration has not updated yet are those of the one before
        iteration = self.iteration - (not self.updating)
        weights = {"model": uncompiled(self._agent.model.state_dict())}
        if self._agent.has_central_value:
            weights["central_value"] = uncompiled(self._agent.central_value_net.state_dict())
        return in_weights(iteration, weights, self._conditions)

    def losses_fault(self, losses: Mapping[str, float]) -> Diverged | None:
        """Returns a description of the first loss of the last update that is not finite, or None."""
        return in_losses(self.iteration, losses, self._conditions)

    def _conditions(self) -> Conditions:
        # as the environment gave them: RL-Games stores them scaled
        scale = self._agent.rewards_shaper.scale_value or 1.0
        rewards = self._agent.experience_buffer.tensor_dict["rewards"][..., 0] / scale
        return Conditions(rewards, self._agent.optimizer.param_groups[0]["lr"], self._environment)

    def _signals(self) -> list[Signal]:
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
