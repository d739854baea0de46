# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds numbers that are not finite in an agent of Stable-Baselines3."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

from ..divergence import Conditions, Kind, Signal
from ..watch import Watch


class AgentWatch(Watch):
    """Checks the rollouts, losses and weights of an agent.

    Args:
        agent: Stable-Baselines3's.
        env: What it was given.
    """

    def __init__(self, agent: PPO, env: Any) -> None:
        super().__init__(env.unwrapped)
        self._agent, self._env = agent, env
        self._largest = np.zeros(env.num_envs)
        self._stepped: tuple[Any, np.ndarray] | None = None

    def rollout_started(self) -> None:
        """Forgets the previous rollout. To be called before the first step of each."""
        self._largest = np.zeros(self._env.num_envs)
        self.updating = False

    def stepped(self, observations: Any, rewards: np.ndarray) -> None:
        """Checks a step. To be called after each, before the agent stores it.

        Raises:
            Diverged: When a reward is not finite, which would stay in the mean over episodes; or an observation that is
                normalised, which spoils that column of all environments.
        """
        self._largest = np.maximum(self._largest, np.abs(rewards))
        finite = bool(np.isfinite(self._largest).all())
        if isinstance(self._env, VecNormalize):
            finite = finite and all(np.isfinite(each).all() for each in _groups(observations).values())
        if not finite:
            self._stepped = observations, rewards  # the agent has not stored them yet
            raise self.found() or ArithmeticError("A number is not finite.")

    def weights(self) -> Any:
        return self._agent.get_parameters()

    def logged_losses(self) -> dict[str, float]:
        """Returns the losses of the last update, by name."""
        logged = self._agent.logger.name_to_value
        # the explained variance is NaN where returns do not vary
        return {
            name.removeprefix("train/"): value
            for name, value in logged.items()
            if name.startswith("train/") and name.endswith("loss")
        }

    def conditions(self) -> Conditions:
        learning_rate = self._agent.policy.optimizer.param_groups[0]["lr"]
        return Conditions(torch.from_numpy(self._largest), learning_rate, self.environment)

    def signals(self) -> list[Signal]:
        stepped, buffer = self._stepped, self._agent.rollout_buffer
        stored = buffer.pos
        found = []
        if isinstance(self._env, VecNormalize):
            # one wrong value spoils the normalised ones of all environments: the original comes first
            found += _observed(self._env.get_original_obs(), stored if stepped is None else stored + 1)
            found.append(_at(Kind.REWARD, "the reward", self._env.get_original_reward(), stored - (stepped is None)))
        found += [
            Signal(Kind.OBSERVATION, group, torch.as_tensor(values[:stored]))
            for group, values in _groups(buffer.observations).items()
        ]
        for kind, name, values in (
            (Kind.OUTPUT, "the action", buffer.actions),
            (Kind.OUTPUT, "the value", buffer.values),
            (Kind.REWARD, "the reward", buffer.rewards),
        ):
            found.append(Signal(kind, name, torch.as_tensor(values[:stored])))
        found += _observed(self._agent._last_obs, stored)
        if stepped is not None:
            found += [*_observed(stepped[0], stored + 1), _at(Kind.REWARD, "the reward", stepped[1], stored)]
        return found


def statistics(env: Any) -> list[torch.Tensor]:
    """Returns the running means and variances of a VecNormalize; none of any other environment."""
    if not isinstance(env, VecNormalize):
        return []
    observed = getattr(env, "obs_rms", {})  # there are none where observations stay as they are
    all_of_them = [*(observed.values() if isinstance(observed, dict) else [observed]), env.ret_rms]
    return [torch.as_tensor(each) for one in all_of_them for each in (one.mean, one.var)]


def _observed(values: Any, step: int) -> list[Signal]:
    """Returns the observations of one step by group: a key of a dictionary, or the policy's."""
    return [_at(Kind.OBSERVATION, group, each, step) for group, each in _groups(values).items()]


def _at(kind: Kind, name: str, values: np.ndarray, step: int) -> Signal:
    return Signal(kind, name, torch.as_tensor(values)[None], step)


def _groups(observations: Any) -> dict[str, np.ndarray]:
    return observations if isinstance(observations, dict) else {"policy": observations}
