# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The episodes that the environments are in: return and length so far."""

from __future__ import annotations

from typing import Any

from ..isaac_lab.simulation import SteppedEnv


class OpenEpisodes:
    """Sums the rewards and steps of the present episode of each environment.

    Args:
        env: The environment, all of whose episodes have just begun.
    """

    def __init__(self, env: SteppedEnv) -> None:
        import torch

        device = env.unwrapped.device
        self._returns = torch.zeros(env.num_envs, dtype=torch.float64, device=device)
        self._lengths = torch.zeros(env.num_envs, dtype=torch.long, device=device)

    def add(self, rewards: Any) -> None:
        """Adds a step; ``rewards`` is a tensor of shape (num_envs,)."""
        self._returns += rewards
        self._lengths += 1

    def restart(self, ids: Any) -> None:
        """Begins new episodes; ``ids`` is a tensor with the indices of their environments."""
        self._returns[ids] = 0.0
        self._lengths[ids] = 0

    def end(self, ids: Any) -> list[tuple[float, int]]:
        """Returns return and length of these episodes, and begins new ones. Waits for the device."""
        ended = list(zip(self._returns[ids].tolist(), self._lengths[ids].tolist(), strict=True))
        self.restart(ids)
        return ended
