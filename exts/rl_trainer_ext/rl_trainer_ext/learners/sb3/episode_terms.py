# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Averages what an environment logs of its episodes over an iteration, as RSL-RL does: reward and termination terms.

Isaac Lab's wrapper for Stable-Baselines3 drops them, or with ``--keep_all_info`` copies them into a dictionary for
every environment, which no logger reads. Here they come from the environment itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import torch


class EpisodeTerms:
    """Collects the ``log`` of an environment's extras in each step. Stores only references until they are averaged."""

    def __init__(self) -> None:
        self._logs: list[tuple[Mapping[str, Any], int]] = []

    def add(self, extras: Mapping[str, Any]) -> None:
        """Adds the extras that a step returned. A log that is still there from an earlier step counts again."""
        log = extras.get("episode", extras.get("log"))
        if not log:
            return
        if self._logs and self._logs[-1][0] is log:
            self._logs[-1] = log, self._logs[-1][1] + 1
        else:
            self._logs.append((log, 1))

    def take(self) -> dict[str, float]:
        """Returns the mean of each term since the last call, by RSL-RL's tag; leaves out what is not a number."""
        logs, self._logs = self._logs, []
        entries = [(key, count, value) for log, count in logs for key, value in log.items()]
        sums: dict[str, tuple[float, int]] = {}
        for (key, count, _), number in zip(entries, _numbers(value for *_, value in entries), strict=True):
            if number is not None:
                tag = key if "/" in key else f"Episode/{key}"
                total, weight = sums.get(tag, (0.0, 0))
                sums[tag] = total + count * number, weight + count
        return {tag: total / weight for tag, (total, weight) in sums.items()}


def _numbers(values: Iterable[Any]) -> list[float | None]:
    """Returns each value as a number, tensors as their mean. All tensors of a GPU are copied from it at once."""
    numbers: list[float | None] = []
    tensors: dict[tuple[torch.device, torch.dtype], list[tuple[int, torch.Tensor]]] = {}
    for index, value in enumerate(values):
        numbers.append(None)
        if isinstance(value, torch.Tensor):
            if value.numel():
                mean = value.double().mean() if value.ndim else value
                tensors.setdefault((mean.device, mean.dtype), []).append((index, mean))
        elif isinstance(value, Real):
            numbers[index] = float(value)
        elif isinstance(value, np.ndarray) and value.size and np.issubdtype(value.dtype, np.number):
            numbers[index] = float(value.mean())
    for of_kind in tensors.values():
        means = torch.stack([mean.detach() for _, mean in of_kind]).tolist()
        for (index, _), mean in zip(of_kind, means, strict=True):
            numbers[index] = float(mean)
    return numbers
