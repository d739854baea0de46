# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds the first number of a training that is not finite, and says what to do about it.

A training checks once an iteration whether everything is finite (:func:`.tensors.all_finite`). Only when it is not,
these functions search: which observation of which environment, which reward, which loss, which weight.
"""

from __future__ import annotations

import contextlib
import enum
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from ..errors import Diverged, UserError

HUGE = 1e6
"""Rewards of this size are named as the likely cause: their squares are in the value loss."""


class Kind(enum.Enum):
    """A kind of quantity in a step. Its value is its position in the step, which begins with the observation.

    An action and a value estimate follow from an observation. The next observation and the reward
    follow from the action.
    """

    OBSERVATION = 0.0
    OUTPUT = 0.1
    REWARD = 1.05


@dataclass(frozen=True)
class Signal:
    """One quantity in each step of a rollout, for each environment.

    Args:
        kind: Its kind.
        name: For an observation, the name of its group; otherwise a noun for a sentence.
        values: Of shape (steps, environments, ...).
        first_step: Number of the first step in ``values``.
    """

    kind: Kind
    name: str
    values: torch.Tensor
    first_step: int = 0


@dataclass(frozen=True)
class Fault:
    """A number of a rollout that is not finite."""

    signal: Signal
    environment: int
    step: int
    """Number of its step in the rollout, from 0."""
    element: tuple[int, ...]
    """Its index within the environment's values; empty for a single number."""
    value: float


def first_fault(signals: list[Signal]) -> Fault | None:
    """Returns the first number of a rollout that is not finite, or None."""
    bad = []
    for signal in signals:
        if not signal.values.is_floating_point():
            continue
        places = (~torch.isfinite(signal.values)).nonzero()
        if len(places):
            step, environment, *element = places[0].tolist()  # in the order of the steps
            value = float(signal.values[tuple(places[0])])
            bad.append(
                (
                    signal.first_step + step + signal.kind.value,
                    Fault(signal, environment, signal.first_step + step, tuple(element), value),
                )
            )
    return min(bad, key=lambda found: found[0])[1] if bad else None


def first_bad_tensor(value: Any, name: str = "") -> tuple[str, float] | None:
    """Returns name and value of the first number in nested containers of tensors that is not finite, or None."""
    if isinstance(value, torch.Tensor):
        if not value.is_floating_point():
            return None
        bad = value[~torch.isfinite(value)]
        return (name, float(bad[0])) if bad.numel() else None
    items: Any = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, (list, tuple)):
        items = enumerate(value)
    found = (first_bad_tensor(each, f"{name}.{key}" if name else str(key)) for key, each in items)
    return next((one for one in found if one is not None), None)


def in_rollout(iteration: int, fault: Fault, environment: Any) -> Diverged:
    """Describes the first observation, action, value or reward that is not finite.

    Args:
        iteration: The iteration that collected it.
        fault: The number.
        environment: The task's innermost environment; its managers know the names of terms.
    """
    words = f"Diverged at iteration {iteration}: {described(fault, environment)}"
    # an observation is what the step before it led to
    step = max(0, fault.step - (fault.signal.kind is Kind.OBSERVATION))
    return Diverged(f"{words} It came in step {step + 1} of the rollout.", iteration)


def described(fault: Fault, environment: Any) -> str:
    """Returns which number is not finite, and what to look at, in two sentences.

    Args:
        fault: The number.
        environment: The task's innermost environment, in or right after the step.
    """
    signal, index = fault.signal, fault.environment
    name = f"observation '{signal.name}'" if signal.kind is Kind.OBSERVATION else signal.name
    where = f"{name}{_element(fault.element)} of environment {index}"
    if signal.kind is Kind.OBSERVATION:
        where += _named(_observation_term(environment, fault))
        advice = "Look at how the task computes it, and at the time step of the physics."
    elif signal.kind is Kind.REWARD:
        where += _named(_reward_term(environment, index))
        advice = "Look at how the task computes it."
    else:
        advice = "Lower the learning rate, or normalise the observations."
    return f"{where} is not finite ({fault.value:g}). {advice}"


@dataclass(frozen=True)
class Conditions:
    """The conditions of an update of the weights.

    Args:
        rewards: Rewards of its rollout, of any shape that ends in (environments,).
        learning_rate: The optimizer's.
        environment: The task's innermost environment; its managers know the names of terms.
    """

    rewards: torch.Tensor
    learning_rate: float
    environment: Any


def in_losses(iteration: int, losses: Mapping[str, float], conditions: Callable[[], Conditions]) -> Diverged | None:
    """Describes the first loss that is not finite; returns None where all are finite.

    Args:
        iteration: The iteration that updated the weights.
        losses: Losses by name.
        conditions: Returns the conditions of the update; called only when it diverged.
    """
    for name, value in losses.items():
        if not math.isfinite(value):
            return _of_update(iteration, f"the loss '{name}' is not finite ({value:g})", conditions())
    return None


def in_weights(iteration: int, weights: Any, conditions: Callable[[], Conditions]) -> Diverged | None:
    """Describes the first weight that is not finite, as :func:`in_losses`.

    Args:
        iteration: The iteration that updated the weights.
        weights: Nested containers of tensors.
        conditions: Returns the conditions of the update.
    """
    found = first_bad_tensor(weights)
    if found is None:
        return None
    return _of_update(iteration, f"the weight '{found[0]}' is not finite ({found[1]:g})", conditions())


@contextlib.contextmanager
def located(locate: Callable[[], Diverged | None]) -> Iterator[None]:
    """Within the block, an error about a number that is not finite becomes a :class:`~.errors.Diverged`.

    Args:
        locate: Searches for such a number after an error. Where it finds none, the error is raised unchanged.
    """
    try:
        yield
    except (UserError, Diverged):
        raise
    except (ValueError, RuntimeError, ArithmeticError, AssertionError) as error:
        try:
            diverged = locate()
        except Exception:
            diverged = None  # a failed device raises again: the first error is the one to report
        if diverged is None:
            raise
        raise diverged from error


def _of_update(iteration: int, what: str, had: Conditions) -> Diverged:
    size = had.rewards.abs().nan_to_num(0.0, posinf=0.0)
    largest = float(size.max()) if size.numel() else 0.0
    if largest >= HUGE:
        index = int(size.argmax()) % size.shape[-1]
        why = f"The rewards reach {largest:.0e}{_named(_reward_term(had.environment, index))}: scale them down."
    else:
        why = f"Lower the learning rate ({had.learning_rate:g}), or scale the rewards (up to {largest:.3g})."
    return Diverged(f"Diverged at iteration {iteration}: {what} in its update. {why}", iteration)


def _element(element: tuple[int, ...]) -> str:
    if len(element) == 1:
        return f", column {element[0]}"
    return f", element {list(element)}" if element else ""


def _named(term: str) -> str:
    return f" (term '{term}')" if term else ""


def _reward_term(environment: Any, index: int) -> str:
    """Returns the term of an environment's latest reward that is not finite or huge; empty where none is."""
    manager = getattr(environment, "reward_manager", None)
    if manager is None:
        return ""
    sizes = {name: abs(float(values[0])) for name, values in manager.get_active_iterable_terms(index)}
    bad = next((name for name, size in sizes.items() if not math.isfinite(size)), "")
    if bad or not sizes:
        return bad
    largest = max(sizes, key=lambda name: sizes[name])
    return largest if sizes[largest] >= HUGE else ""


def _observation_term(environment: Any, fault: Fault) -> str:
    """Returns the term of an observation's column; empty where the task has no terms."""
    manager = getattr(environment, "observation_manager", None)
    if manager is None or len(fault.element) != 1:
        return ""
    prefix, column = f"{fault.signal.name}-", fault.element[0]
    for name, values in manager.get_active_iterable_terms(fault.environment):
        if name.startswith(prefix):
            if column < len(values):
                return name.removeprefix(prefix)
            column -= len(values)
    return ""
