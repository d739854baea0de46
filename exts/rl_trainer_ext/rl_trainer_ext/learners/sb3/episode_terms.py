# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What an environment logs of its episodes: reward and termination terms, averaged over an iteration as RSL-RL does.

Stable-Baselines3's wrapper of Isaac Lab drops them, or copies them into a dictionary for every environment with
``--keep_all_info``, which no logger reads. Here they are taken from the environment itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np
import torch


class EpisodeTerms:
    """Gathers the ``log`` of an environment's extras, step by step. Keeps references only, until they are averaged."""

    def __init__(self) -> None:
        self._logs: list[tuple[Mapping[str, Any], int]] = []

    def add(self, extras: Mapping[str, Any]) -> None:
        """Takes what a step of the environment returned. A log that stays from an earlier step counts again."""
        log = extras.get("episode", extras.get("log"))
        if not log:
            return
        if self._logs and self._logs[-1][0] is log:
            self._logs[-1] = log, self._logs[-1][1] + 1
        else:
            self._logs.append((log, 1))

    def take(self) -> dict[str, float]:
        """The mean of each term since the last call, by the tag that RSL-RL gives it; what is no number is left out."""
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
    """Each value as a number, tensors as their mean; a GPU is asked once for all of them."""
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
