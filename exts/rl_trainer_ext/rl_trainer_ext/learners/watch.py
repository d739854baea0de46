# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks an iteration for numbers that are not finite; each library says where its numbers are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import torch

from ..errors import Diverged
from .divergence import Conditions, Signal, first_fault, in_losses, in_rollout, in_weights
from .tensors import all_finite


class Watch(ABC):
    """Checks the rollouts, losses and weights of an agent.

    Args:
        environment: The task's innermost environment; its managers know the names of terms.
    """

    def __init__(self, environment: Any) -> None:
        self.environment = environment
        self.iteration = 0
        """Number of the current iteration, as the library counts; it counts those before the training too."""
        self.updating = False
        """Whether its rollout is complete, and the update has begun."""

    @abstractmethod
    def signals(self) -> list[Signal]:
        """Returns the quantities of the current rollout."""

    @abstractmethod
    def weights(self) -> Any:
        """Returns the weights by name; dictionaries may be nested."""

    @abstractmethod
    def conditions(self) -> Conditions:
        """Returns what the last update was made with."""

    def finite(self, weights: list[torch.Tensor]) -> bool:
        """Returns whether weights and rollout are finite: the one check of an iteration, before its update."""
        return all_finite(weights + [signal.values for signal in self.signals()])

    def found(self) -> Diverged | None:
        """Returns a description of the first number that is not finite, or None."""
        diverged = self.weights_fault()
        if diverged is not None or self.updating:
            return diverged
        fault = first_fault(self.signals())
        return None if fault is None else in_rollout(self.iteration, fault, self.environment)

    def weights_fault(self) -> Diverged | None:
        """Returns a description of the first weight that is not finite, or None."""
        # weights that this iteration has not updated yet are those of the one before
        iteration = self.iteration - (not self.updating)
        return in_weights(iteration, self.weights(), self.conditions)

    def losses_fault(self, losses: Mapping[str, float]) -> Diverged | None:
        """Returns a description of the first loss of the last update that is not finite, or None."""
        return in_losses(self.iteration, losses, self.conditions)
