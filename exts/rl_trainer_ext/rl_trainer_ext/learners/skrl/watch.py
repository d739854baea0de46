# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in an agent of skrl, and averages the returns of finished episodes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

import torch

from ...errors import Diverged
from ..divergence import Conditions, Kind, Signal
from ..watch import Watch

EPISODES_KEPT = 100
"""Finished episodes over which the mean return is taken, as many as the library tracks."""


class Rollout:
    """The rewards of the current rollout, and returns and lengths of the last finished episodes.

    The library forgets its own window of episodes whenever it writes scalars: in an iteration few may have ended.
    """

    def __init__(self) -> None:
        self.returns: deque[float] = deque(maxlen=EPISODES_KEPT)
        """Returns of the last finished episodes."""
        self.lengths: deque[int] = deque(maxlen=EPISODES_KEPT)
        """Their lengths [steps]."""
        self.rewards: list[torch.Tensor] = []
        """Rewards of each step of the rollout, each of shape (environments,)."""
        self._dones: list[torch.Tensor] = []
        self._sums: torch.Tensor | None = None
        self._steps: torch.Tensor | None = None

    def add(self, rewards: torch.Tensor, dones: torch.Tensor) -> None:
        """Adds a step; nothing is copied from the device."""
        self.rewards.append(rewards)
        self._dones.append(dones)

    @torch.no_grad()
    def finish(self) -> None:
        """Adds the episodes that ended in the rollout. Copies from the device once."""
        nothing = torch.zeros_like(self.rewards[0])
        sums, steps = (nothing if each is None else each for each in (self._sums, self._steps))
        ended = []
        for rewards, dones in zip(self.rewards, self._dones, strict=True):
            sums, steps = sums + rewards, steps + 1.0
            ended.append(torch.stack((torch.where(dones, sums, math.nan), steps)))
            sums, steps = torch.where(dones, nothing, sums), torch.where(dones, nothing, steps)
        self._sums, self._steps = sums, steps
        returns, lengths = torch.stack(ended, dim=1).flatten(1).tolist()
        for value, length in zip(returns, lengths, strict=True):
            if math.isfinite(value):
                self.returns.append(value)
                self.lengths.append(int(length))
        self._dones = []

    def clear(self) -> None:
        """Forgets the rewards. To be called after the update."""
        self.rewards = []

    def continue_with(self, returns: Iterable[float], lengths: Iterable[int]) -> None:
        """Restores the last finished episodes of a training that is resumed."""
        self.returns.extend(returns)
        self.lengths.extend(lengths)

    @property
    def mean_return(self) -> float | None:
        """Mean return of the last finished episodes; None before the first."""
        return sum(self.returns) / len(self.returns) if self.returns else None

    @property
    def is_full(self) -> bool:
        """Whether as many episodes have finished as the mean is taken over."""
        return len(self.returns) == self.returns.maxlen


class AgentWatch(Watch):
    """Checks the rollouts, losses and weights of an agent.

    Args:
        agent: skrl's, extended: see :class:`.agents.CallbackAgent`.
        rollout: The rewards of its current rollout.
        environment: The task's innermost environment; its managers know the names of terms.
    """

    def __init__(self, agent: Any, rollout: Rollout, environment: Any) -> None:
        super().__init__(environment)
        self._agent, self._rollout = agent, rollout

    def weights(self) -> Any:
        return state_of(self._agent)

    def losses_fault(self, losses: Mapping[str, float]) -> Diverged | None:
        return super().losses_fault({name.removeprefix("Loss / "): value for name, value in losses.items()})

    def conditions(self) -> Conditions:
        rewards = torch.stack(self._rollout.rewards) if self._rollout.rewards else torch.zeros(1, 1)
        return Conditions(rewards, optimizers_of(self._agent)[0].param_groups[0]["lr"], self.environment)

    def signals(self) -> list[Signal]:
        agent = self._agent
        found = []
        for uid, memory in memories_of(agent).items():
            # with another size, the steps of the rollout are not the first in it
            stored = agent.stored_steps if memory.memory_size == agent.cfg.rollouts else 0
            names = {"observations": uid or "policy", "states": f"{uid} state".strip() if uid else "critic"}
            for tensor, name in names.items():
                if tensor in memory.tensors:
                    found.append(Signal(Kind.OBSERVATION, name, memory.get_tensor_by_name(tensor)[:stored]))
            of = f" of {uid}" if uid else ""
            for tensor in ("actions", "values"):
                values = memory.get_tensor_by_name(tensor)[:stored]
                found.append(Signal(Kind.OUTPUT, f"the {tensor[:-1]}{of}", values))
        if self._rollout.rewards:
            found.append(Signal(Kind.REWARD, "the reward", torch.stack(self._rollout.rewards)))
        following = agent.next_observations
        if following is not None:
            following = following if isinstance(following, dict) else {"policy": following}
            found += [
                Signal(Kind.OBSERVATION, name, values[None], agent.stored_steps) for name, values in following.items()
            ]
        return found


def state_of(agent: Any) -> dict[str, Any]:
    """Returns the states of what the library writes into a checkpoint, by its names; of several agents by agent."""

    def states(modules: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: states(module) if isinstance(module, dict) else module.state_dict()
            for name, module in modules.items()
        }

    return states(agent.checkpoint_modules)


def memories_of(agent: Any) -> dict[str, Any]:
    """Returns the memories of several agents by agent, that of one under an empty name."""
    return agent.memories if hasattr(agent, "memories") else {"": agent.memory}


def optimizers_of(agent: Any) -> list[torch.optim.Optimizer]:
    """Returns the optimizers of all agents."""
    return list(agent.optimizers.values()) if hasattr(agent, "optimizers") else [agent.optimizer]


def schedulers_of(agent: Any) -> list[Any]:
    """Returns the schedulers of the learning rates of all agents; None for a fixed one."""
    return list(agent.schedulers.values()) if hasattr(agent, "schedulers") else [agent.scheduler]
