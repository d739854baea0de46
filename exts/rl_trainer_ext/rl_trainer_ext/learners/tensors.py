# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Nested containers of tensors, as the libraries' state dictionaries are: copied as long as they are finite."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch


def copied(value: Any) -> Any:
    """A copy that further training does not change; tensors stay on their device."""
    return _rebuilt(value, iter([tensor.detach().clone() for tensor in _tensors(value)]))


@torch.no_grad()
def all_finite(tensors: Sequence[torch.Tensor]) -> bool:
    """Whether all numbers of some tensors are finite. HoldAndRetry once for each device that they are on."""
    extremes: dict[torch.device, list[torch.Tensor]] = {}
    for tensor in tensors:
        if tensor.is_floating_point() and tensor.numel():
            # the extremes, which are not numbers if one is none: quicker on a CPU than a norm, and in half precision
            # finite where a sum is not
            extremes.setdefault(tensor.device, []).extend(each.double() for each in tensor.aminmax())
    return all(bool(torch.isfinite(torch.stack(found)).all()) for found in extremes.values())


class Copies:
    """Copies of the same containers again and again, for as long as their numbers are finite.

    The latest copy stays as it is until there is a newer one: there are two pieces of memory, taken in turns.
    """

    def __init__(self) -> None:
        self._latest: _Memory | None = None
        self._spare: _Memory | None = None

    def take(self, value: Any, finite: Callable[[list[torch.Tensor]], bool] = all_finite) -> Callable[[], Any] | None:
        """Copies containers of tensors as they are now; tensors stay on their device.

        Args:
            value: The containers.
            finite: Says whether all numbers of the tensors that it is given, those of the copy, are finite. It may
                look at others with them, which costs less than a look at each.

        Returns:
            Gives the copy, in tensors of its own, as long as there is none newer. None if ``finite`` says that there is
            a number that is not finite; the latest copy stays then.
        """
        tensors = _tensors(value)
        memory, self._spare = self._spare, None
        if memory is None or not memory.fits(tensors):
            memory = _Memory(tensors)
        memory.take(tensors)
        if not finite(memory.blocks):
            self._spare = memory
            return None
        self._latest, self._spare = memory, self._latest
        # further training changes the containers as well
        containers = _rebuilt(value, iter(memory.places))
        return lambda: copied(containers)


class _Memory:
    """Room for tensors; those of one kind lie side by side.

    So a GPU copies them all at once, and one look at them is enough. One by one, starting each of these takes longer
    than what is started.
    """

    def __init__(self, tensors: list[torch.Tensor]) -> None:
        self.places: list[torch.Tensor] = [torch.empty(0)] * len(tensors)
        """A view of the memory for each tensor."""
        self._blocks: list[tuple[list[int], torch.Tensor]] = []
        kinds: dict[tuple[torch.device, torch.dtype], list[int]] = {}
        for index, tensor in enumerate(tensors):
            kinds.setdefault((tensor.device, tensor.dtype), []).append(index)
        for (device, dtype), indices in kinds.items():
            sizes = [tensors[index].numel() for index in indices]
            block = torch.empty(sum(sizes), dtype=dtype, device=device)
            self._blocks.append((indices, block))
            for index, part in zip(indices, block.split(sizes), strict=True):
                self.places[index] = part.view(tensors[index].shape)

    def fits(self, tensors: list[torch.Tensor]) -> bool:
        """Whether it is room for just these tensors."""
        return len(tensors) == len(self.places) and all(
            tensor.shape == place.shape and tensor.dtype == place.dtype and tensor.device == place.device
            for tensor, place in zip(tensors, self.places, strict=True)
        )

    @torch.no_grad()
    def take(self, tensors: list[torch.Tensor]) -> None:
        """Copies tensors that it is room for."""
        for indices, _ in self._blocks:
            torch._foreach_copy_([self.places[index] for index in indices], [tensors[index] for index in indices])

    @property
    def blocks(self) -> list[torch.Tensor]:
        """All that it holds, one tensor a kind."""
        return [block for _, block in self._blocks]


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


def _tensors(value: Any) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [tensor for each in value for tensor in _tensors(each)]
