# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Compares the tensors of a checkpoint with those of a network, by name and shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of tensors by their names."""


@dataclass(frozen=True)
class Misfit:
    """A tensor that differs between a checkpoint and a network.

    Args:
        name: Its name.
        saved: Its shape in the checkpoint; None where the checkpoint has no such tensor.
        wanted: Its shape in the network; None where the network has no such tensor.
    """

    name: str
    saved: tuple[int, ...] | None
    wanted: tuple[int, ...] | None

    def __str__(self) -> str:
        """Describes the difference, for a sentence that begins with the owner of the tensor."""
        if self.wanted is None:
            return f"{self.name} ({in_words(self.saved)}) is not part of the policy"
        if self.saved is None:
            return f"{self.name} ({in_words(self.wanted)} in the policy) is missing"
        return f"{self.name} is {in_words(self.saved)}, that of the policy {in_words(self.wanted)}"


def shapes_of(tensors: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of the values that have one."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items() if hasattr(tensor, "shape")}


def first_misfit(saved: Shapes, wanted: Shapes) -> Misfit | None:
    """Returns the first tensor that differs, in the network's order; None where all are equal."""
    for name in [*wanted, *(name for name in saved if name not in wanted)]:
        one, other = saved.get(name), wanted.get(name)
        if one != other:
            return Misfit(name, one, other)
    return None


def in_words(shape: tuple[int, ...] | None) -> str:
    """Returns a shape as text, such as ``[64, 4]``."""
    return str(list(shape)) if shape else "a single number"
