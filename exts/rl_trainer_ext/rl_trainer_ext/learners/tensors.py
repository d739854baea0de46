# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Nested containers of tensors, as the libraries' state dictionaries are: copied, and looked through."""

from __future__ import annotations

import copy
import math
from typing import Any

import torch


def copied(value: Any) -> Any:
    """A copy that further training does not change; tensors stay on their device."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        result = copy.copy(value)  # of its own kind, and with the versions that torch notes in state dictionaries
        result.update((key, copied(each)) for key, each in value.items())
        return result
    if isinstance(value, (list, tuple)):
        return type(value)(copied(each) for each in value)
    return value


def all_finite(saved: Any) -> bool:
    """Whether every weight in nested containers of tensors is a finite number. One look at the device for all."""
    tensors = [tensor for tensor in _tensors(saved) if tensor.is_floating_point() and tensor.numel()]
    return not tensors or bool(torch.isfinite(torch.nn.utils.get_total_norm(tensors, norm_type=math.inf)))


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [tensor for each in value for tensor in _tensors(each)]
