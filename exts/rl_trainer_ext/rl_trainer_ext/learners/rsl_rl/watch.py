# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in a runner of RSL-RL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...errors import Diverged
from ..divergence import Conditions, Kind, Signal, first_fault, in_losses, in_rollout, in_weights
from ..tensors import all_finite


class Watch:
    """Checks the rollouts, losses and weights of a runner.

    Args:
        runner: RSL-RL's.
    """

    def __init__(self, runner: Any) -> None:
        self._runner = runner
        self.iteration = 0
        """Number of the current iteration, which counts those before the training too."""
        self.updating = False
        """Whether its rollout is complete, and the update has begun."""

    def finite(self, weights: list[torch.Tensor]) -> bool:
        """Returns whether weights and rollout are finite: the one check of an iteration, before its update."""
        observed = self._runner.cfg.get("check_for_nan", True)
        used = {group for groups in self._runner.cfg["obs_groups"].values() for group in groups}
        return all_finite(
            weights
            + [
                signal.values
                for signal in self._signals()
                if signal.kind is not Kind.OBSERVATION or (observed and signal.name in used)
            ]
        )

    def found(self) -> Diverged | None:
        """Returns a description of the first number that is not finite, or None."""
        diverged = self.weights_fault()
        if diverged is not None or self.updating:
            return diverged
        fault = first_fault(self._signals())
        return None if fault is None else in_rollout(self.iteration, fault, self._runner.env.unwrapped)

    def weights_fault(self) -> Diverged | None:
        """Returns a description of the first weight that is not finite, or None."""
        # weights that this iteration has not updated yet are those of the one before
        iteration = self.iteration - (not self.updating)
        weights = {name.removesuffix("_state_dict"): part for name, part in self._runner.alg.save().items()}
        return in_weights(iteration, weights, self._conditions)

    def losses_fault(self, losses: Mapping[str, float]) -> Diverged | None:
        """Returns a description of the first loss of the last update that is not finite, or None."""
        return in_losses(self.iteration, losses, self._conditions)

    def _conditions(self) -> Conditions:
        algorithm = self._runner.alg
        storage = algorithm.storage
        # PPO has added its value estimate to the reward of a last step
        rewards = torch.where(storage.dones > 0, 0.0, storage.rewards)[..., 0]
        return Conditions(rewards, algorithm.optimizer.param_groups[0]["lr"], self._runner.env.unwrapped)

    def _signals(self) -> list[Signal]:
        storage, transition = self._runner.alg.storage, self._runner.alg.transition
        stored = storage.step
        found = [Signal(Kind.OBSERVATION, group, values[:stored]) for group, values in storage.observations.items()]
        for name, values in (("the action", storage.actions), ("the value", getattr(storage, "values", None))):
            if values is not None:
                found.append(Signal(Kind.OUTPUT, name, values[:stored]))
        found.append(Signal(Kind.REWARD, "the reward", storage.rewards[:stored, :, 0]))
        if self._runner.env.last_step is None:
            return found
        observations, rewards = self._runner.env.last_step
        if transition.observations is not None:  # a step that has been taken and is not stored yet
            acted_on = transition.observations.items()
            found += [Signal(Kind.OBSERVATION, group, values[None], stored) for group, values in acted_on]
            found.append(Signal(Kind.OUTPUT, "the action", transition.actions[None], stored))
            found.append(Signal(Kind.REWARD, "the reward", rewards[None], stored))
            stored += 1
        return found + [Signal(Kind.OBSERVATION, group, values[None], stored) for group, values in observations.items()]
