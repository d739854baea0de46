# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Nested containers of tensors, as the libraries' state dictionaries are: copied, and looked through."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import torch


def copied(value: Any) -> Any:
    """A copy that further training does not change; tensors stay on their device."""
    return _rebuilt(value, iter([tensor.detach().clone() for tensor in _tensors(value)]))


class Copies:
    """Copies of the same containers again and again, each into the memory of the one before.

    A GPU copies all tensors at once then; one by one, starting each copy takes longer than the copy.
    """

    def __init__(self) -> None:
        self._memory: list[torch.Tensor] = []

    def copied(self, value: Any) -> Any:
        """As :func:`copied`; the copy that was given before is overwritten."""
        tensors = [tensor.detach() for tensor in _tensors(value)]
        if [_kind(tensor) for tensor in tensors] != [_kind(tensor) for tensor in self._memory]:
            self._memory = [tensor.clone() for tensor in tensors]
        else:
            # the counters of an optimizer lie on the CPU: among those of a GPU, each would be copied by itself
            for places in _by_device(tensors):
                torch._foreach_copy_([self._memory[place] for place in places], [tensors[place] for place in places])
        return _rebuilt(value, iter(self._memory))


def _by_device(tensors: list[torch.Tensor]) -> list[list[int]]:
    """Places of the tensors in their list, those of each device together."""
    places: dict[torch.device, list[int]] = {}
    for place, tensor in enumerate(tensors):
        places.setdefault(tensor.device, []).append(place)
    return list(places.values())


def _kind(tensor: torch.Tensor) -> tuple[Any, ...]:
    return tensor.shape, tensor.dtype, tensor.device


def _rebuilt(value: Any, tensors: Iterator[torch.Tensor]) -> Any:
    """The same containers with other tensors in them, in the order of :func:`_tensors`."""
    if isinstance(value, torch.Tensor):
        return next(tensors)
    if isinstance(value, dict):
        result = copy.copy(value)  # of its own kind, and with the versions that torch notes in state dictionaries
        result.update((key, _rebuilt(each, tensors)) for key, each in value.items())
        return result
    if isinstance(value, (list, tuple)):
        return type(value)(_rebuilt(each, tensors) for each in value)
    return value


def all_finite(saved: Any) -> bool:
    """Whether every weight in nested containers of tensors is a finite number. One look at each device for all.

    The counters of an optimizer, which lie elsewhere than its weights, are not looked at.
    """
    tensors = [tensor for tensor in _tensors(saved) if tensor.is_floating_point() and tensor.dim() and tensor.numel()]
    # the largest values: sums are quicker on a CPU, but those of finite numbers in half precision soon are not finite
    largest = (torch._foreach_norm([tensors[place] for place in places], math.inf) for places in _by_device(tensors))
    return all(bool(torch.stack(values).isfinite().all()) for values in largest)


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [tensor for each in value for tensor in _tensors(each)]
