# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in a runner of RSL-RL."""

from __future__ import annotations

from typing import Any

import torch

from ..divergence import Conditions, Kind, Signal
from ..tensors import all_finite
from ..watch import Watch


class RunnerWatch(Watch):
    """Checks the rollouts, losses and weights of a runner.

    Args:
        runner: RSL-RL's.
    """

    def __init__(self, runner: Any) -> None:
        super().__init__(runner.env.unwrapped)
        self._runner = runner

    def finite(self, weights: list[torch.Tensor]) -> bool:
        observed = self._runner.cfg.get("check_for_nan", True)
        used = {group for groups in self._runner.cfg["obs_groups"].values() for group in groups}
        return all_finite(
            weights
            + [
                signal.values
                for signal in self.signals()
                if signal.kind is not Kind.OBSERVATION or (observed and signal.name in used)
            ]
        )

    def weights(self) -> Any:
        return {name.removesuffix("_state_dict"): part for name, part in self._runner.alg.save().items()}

    def conditions(self) -> Conditions:
        algorithm = self._runner.alg
        storage = algorithm.storage
        # PPO has added its value estimate to the reward of a last step
        rewards = torch.where(storage.dones > 0, 0.0, storage.rewards)[..., 0]
        return Conditions(rewards, algorithm.optimizer.param_groups[0]["lr"], self.environment)

    def signals(self) -> list[Signal]:
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
