# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The policy of Stable-Baselines3 as a network for policy files."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize
from torch import nn

from ...errors import UserError
from ..policy_files import PolicyNetwork

OBSERVATIONS = "obs"


class _Policy(nn.Module):
    """Does what ``PPO.predict`` does with deterministic actions, and before it VecNormalize, on tensors.

    Args:
        agent: The agent.
        normalizer: What normalises its observations; None for nothing.
    """

    def __init__(self, agent: PPO, normalizer: VecNormalize | None) -> None:
        super().__init__()
        self._policy = copy.deepcopy(agent.policy).to("cpu")
        self._policy.set_training_mode(False)
        self._clip = None if normalizer is None or not normalizer.norm_obs else float(normalizer.clip_obs)
        if normalizer is not None and self._clip is not None:
            statistics: Any = normalizer.obs_rms
            spread = torch.as_tensor(statistics.var + normalizer.epsilon).sqrt()
            # in double precision, as VecNormalize computes
            self.register_buffer("mean", torch.as_tensor(statistics.mean, dtype=torch.float64))
            self.register_buffer("spread", spread.to(torch.float64))
        space: Any = agent.action_space
        self.register_buffer("low", torch.as_tensor(space.low, dtype=torch.float32))
        self.register_buffer("high", torch.as_tensor(space.high, dtype=torch.float32))

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        if self._clip is not None:
            obs = ((obs.double() - self.mean) / self.spread).clamp(-self._clip, self._clip).float()
        with _unchecked_distributions():
            actions = self._policy.get_distribution(obs).get_actions(deterministic=True)
        if self._policy.squash_output:
            return self.low + 0.5 * (actions + 1.0) * (self.high - self.low)
        return torch.minimum(torch.maximum(actions, self.low), self.high)


def policy_network(agent: PPO, env: Any) -> PolicyNetwork:
    """Returns the policy of an agent, with the statistics of its environment inside.

    Args:
        agent: The agent.
        env: The environment that it acts in, a VecNormalize or none.

    Raises:
        UserError: When its observations are not one vector, or its actions are not continuous.
    """
    if not isinstance(agent.observation_space, spaces.Box) or not isinstance(agent.action_space, spaces.Box):
        raise UserError(
            "A policy of Stable-Baselines3 is exported when its observations are one tensor and its actions are "
            f"continuous; this one has {agent.observation_space} and {agent.action_space}."
        )
    module = _Policy(agent, env if isinstance(env, VecNormalize) else None)
    example = torch.zeros(1, *agent.observation_space.shape)
    # not by script: the policy's classes are not written for it
    script = torch.jit.trace(module, example)
    return PolicyNetwork(script, module, {OBSERVATIONS: example}, batched=True)


@contextmanager
def _unchecked_distributions() -> Iterator[None]:
    """Lets distributions accept any parameters: a check of values cannot be part of a trace."""
    checked = torch.distributions.Distribution._validate_args
    torch.distributions.Distribution.set_default_validate_args(False)
    try:
        yield
    finally:
        torch.distributions.Distribution.set_default_validate_args(checked)
