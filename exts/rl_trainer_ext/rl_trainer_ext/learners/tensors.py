# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Copies nested containers of tensors, such as state dictionaries, and checks that all their numbers are finite."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch


def copied(value: Any) -> Any:
    """Returns a copy that further training does not change; tensors stay on their device."""
    return _rebuilt(value, iter([tensor.detach().clone() for tensor in tensors_in(value)]))


@torch.no_grad()
def all_finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Returns whether all numbers of the tensors are finite. Waits once for each of their devices."""
    extremes: dict[torch.device, list[torch.Tensor]] = {}
    for tensor in tensors:
        if tensor.is_floating_point() and tensor.numel():
            # the extremes are NaN if one number is; on a CPU they are faster than a norm, and in half precision they
            # stay finite where a sum does not
            extremes.setdefault(tensor.device, []).extend(each.double() for each in tensor.aminmax())
    return all(bool(torch.isfinite(torch.stack(found)).all()) for found in extremes.values())


def copied_if_finite(value: Any, finite: Callable[[list[torch.Tensor]], bool] = all_finite) -> Any | None:
    """Returns a copy of containers of tensors, or None if one of their numbers is not finite.

    Args:
        value: The containers.
        finite: Returns whether all numbers of the given tensors are finite. It may check others together with them,
            which takes less time than two checks.
    """
    return copied(value) if finite(tensors_in(value)) else None


def tensors_in(value: Any) -> list[torch.Tensor]:
    """Returns the tensors in nested dictionaries, lists and tuples, in their order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [tensor for each in value for tensor in tensors_in(each)]


def _rebuilt(value: Any, tensors: Iterator[torch.Tensor]) -> Any:
    """Returns the same containers with other tensors, in the order of :func:`tensors_in`."""
    if isinstance(value, torch.Tensor):
        return next(tensors)
    if isinstance(value, dict):
        result = copy.copy(value)  # of its own class, and with the versions that torch stores in state dictionaries
        result.update((key, _rebuilt(each, tensors)) for key, each in value.items())
        return result
    if isinstance(value, (list, tuple)):
        return type(value)(_rebuilt(each, tensors) for each in value)
    return value
