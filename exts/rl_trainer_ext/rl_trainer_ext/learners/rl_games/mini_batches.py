# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks that RL-Games can split what an iteration collects, and finds numbers of environments that it can split.

RL-Games raises for other numbers after the environment has been built.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import UserError

_CONFIG = "agent.params.config"


@dataclass(frozen=True)
class _Size:
    """The size of the mini-batches of one network.

    Args:
        key: The override that sets it.
        samples: Samples in a mini-batch.
        per_env: Samples of each environment, where the size is given by these; 0 where it is given as a whole.
    """

    key: str
    samples: int
    per_env: int


@dataclass(frozen=True)
class _Rollout:
    """What an iteration collects, and how it is split.

    Args:
        num_envs: Number of parallel environments.
        horizon: Steps of each.
        sequence: RL-Games splits every rollout into sequences of this length.
        unit: A mini-batch holds a multiple of this number of samples: of whole sequences for a recurrent policy.
        sizes: The sizes of the mini-batches, of the policy and of its central value function.
    """

    num_envs: int
    horizon: int
    sequence: int
    unit: int
    sizes: tuple[_Size, ...]

    @property
    def samples(self) -> int:
        """Samples in an iteration."""
        return self.num_envs * self.horizon

    @property
    def splits_into_mini_batches(self) -> bool:
        """Whether every mini-batch gets the same number of samples."""
        return all(self.samples % size.samples == 0 and size.samples % self.unit == 0 for size in self.sizes)

    @property
    def splits_into_sequences(self) -> bool:
        """Whether it holds whole sequences."""
        return self.samples % self.sequence == 0

    def fitting_num_envs(self) -> list[int]:
        """Returns the nearest numbers of environments that fit, the smaller one first; none where no number does."""
        whole = [size.samples for size in self.sizes if not size.per_env]
        per_env = [size.per_env for size in self.sizes if size.per_env]
        if any(self.horizon % each for each in per_env) or any(each % self.unit for each in whole):
            return []
        step = math.lcm(*(each // math.gcd(each, self.horizon) for each in (self.sequence, self.unit, *whole)))
        below = self.num_envs // step * step
        return [below, below + step] if below else [step]

    def fitting_size(self) -> int:
        """Returns the largest mini-batch that fits and is not larger than the smallest one now; 0 where none does."""
        limit = min(self.samples, *(size.samples for size in self.sizes))
        of_all = self.unit * (self.num_envs if any(size.per_env for size in self.sizes) else 1)
        return next((one for one in range(limit, 0, -1) if self.samples % one == 0 and one % of_all == 0), 0)


def check_batches(num_envs: int, params: Mapping[str, Any]) -> None:
    """Checks the sizes of the mini-batches, and the sequences of a recurrent policy.

    Args:
        num_envs: Number of parallel environments.
        params: The section ``params`` of the agent's configuration.

    Raises:
        UserError: When they do not divide what an iteration collects; the message has numbers that fit.
    """
    config = params["config"]
    horizon, sequence = config["horizon_length"], config.get("seq_length", 4)
    recurrent = bool(params["network"].get("rnn"))
    sizes = [_size(config, _CONFIG, num_envs)]
    if central := config.get("central_value_config"):
        sizes.append(_size(central, f"{_CONFIG}.central_value_config", num_envs))
    if recurrent and horizon % sequence:
        raise UserError(
            f"{_CONFIG}.horizon_length is {horizon}, and a recurrent policy trains on sequences of {sequence} steps: "
            f"set it to {max(1, horizon // sequence) * sequence}, or {_CONFIG}.seq_length to a divisor of it."
        )
    rollout = _Rollout(num_envs, horizon, sequence, sequence if recurrent else 1, tuple(sizes))
    if not (rollout.splits_into_mini_batches and rollout.splits_into_sequences):
        raise UserError(_problem(rollout))
    if rollout.samples < 2 and config.get("normalize_advantage"):
        raise UserError(
            "The advantages of one sample cannot be normalised: use 2 environments or more, or set "
            f"{_CONFIG}.horizon_length to 2 or more."
        )


def _size(config: Mapping[str, Any], where: str, num_envs: int) -> _Size:
    name = "minibatch_size" if "minibatch_size" in config else "minibatch_size_per_env"
    value = config.get(name, 0)
    if not isinstance(value, int) or value < 1:
        raise UserError(f"{where}.{name} is {value}: set it to 1 or more.")
    per_env = name == "minibatch_size_per_env"
    return _Size(f"{where}.{name}", value * num_envs if per_env else value, value if per_env else 0)


def _problem(rollout: _Rollout) -> str:
    parts = " and ".join(dict.fromkeys(f"mini-batches of {size.samples}" for size in rollout.sizes))
    if rollout.splits_into_mini_batches:
        parts = f"sequences of {rollout.sequence} steps"
    changes = []
    if near := rollout.fitting_num_envs():
        changes.append(f"use {' or '.join(map(str, near))} environments")
    size = rollout.fitting_size()
    if size and rollout.splits_into_sequences:
        written = [f"{each.key}={size // rollout.num_envs if each.per_env else size}" for each in rollout.sizes]
        changes.append(f"add {' '.join(written)} to the overrides")
    if not changes:
        changes.append(f"change {_CONFIG}.horizon_length or {rollout.sizes[0].key}")
    return (
        f"RL-Games cannot split {rollout.samples} samples ({rollout.num_envs} environments x {rollout.horizon} steps "
        f"an iteration) into {parts}: {', or '.join(changes)}."
    )
