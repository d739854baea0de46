# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The terms of one environment over its last steps: rewards, terminations, commands, actions, observations."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HISTORY = 300
"""Number of read steps that are kept."""

MOST_VALUES = 256
"""Of a term with more values, such as an image, only the norm is kept."""


class TermKind(enum.Enum):
    """A kind of term; the value is the heading of its terms."""

    REWARD = "Reward"
    TERMINATION = "Terminations"
    COMMAND = "Commands"
    ACTION = "Actions"
    OBSERVATION = "Observations"
    STATE = "State of the scene"
    LOG = "Log of the task, over all environments"


@dataclass(frozen=True)
class Term:
    """A term of a task.

    Args:
        kind: Its kind.
        name: Its name in the task.
        size: Number of its values.
    """

    kind: TermKind
    name: str
    size: int = 1

    @property
    def kept(self) -> bool:
        """Whether its single values are kept, rather than only their norm."""
        return self.size <= MOST_VALUES


Values = tuple[Term, Sequence[float]]
"""A term and what it was in one step."""


class StepTerms:
    """What the terms of one environment were in its last read steps."""

    def __init__(self) -> None:
        self.layout = 0
        """A counter that grows when there are other terms, of another environment or another task."""
        self.version = 0
        """A counter that grows with every step that is added."""
        self.environment = 0
        """The environment that was read."""
        self.seconds = 0.0
        """Time that reading has taken so far [s]."""
        self.num_envs = 0
        """Number of environments that there are; 0 before the first step."""
        self.note = ""
        """What the task does not offer, in one sentence; or empty."""
        self.problem = ""
        """Why nothing is read any more, in one sentence; or empty."""
        self.terms: tuple[Term, ...] = ()
        self._columns: list[slice] = []
        self._values: np.ndarray = np.empty((0, 0), np.float32)
        self._steps: np.ndarray = np.zeros(2 * HISTORY, np.int64)
        self._end = 0

    @property
    def steps(self) -> np.ndarray:
        """Numbers of the steps that are kept, shape (steps,), ascending."""
        return self._steps[max(0, self._end - HISTORY) : self._end]

    def add(self, environment: int, step: int, values: Sequence[Values]) -> None:
        """Adds a step. What was kept of another environment, or with other terms, is dropped.

        Args:
            environment: The environment.
            step: Number of the step.
            values: All terms, in the order in which they are shown.
        """
        terms = tuple(term for term, _ in values)
        if terms != self.terms or environment != self.environment or (self._end and step <= self._steps[self._end - 1]):
            self._start_over(terms, environment)
        if self._end == 2 * HISTORY:
            for kept in (self._values, self._steps):
                kept[:HISTORY] = kept[HISTORY:]
            self._end = HISTORY
        row = self._values[self._end]
        for columns, (term, each) in zip(self._columns, values, strict=True):
            row[columns] = each if term.kept else np.linalg.norm(np.asarray(each, np.float32))
        self._steps[self._end] = step
        self._end += 1
        self.version += 1

    def _start_over(self, terms: tuple[Term, ...], environment: int) -> None:
        if terms != self.terms:
            self.layout += 1
        self.terms, self.environment, self._columns = terms, environment, []
        first = 0
        for term in terms:
            width = term.size if term.kept else 1
            self._columns.append(slice(first, first + width))
            first += width
        self._values, self._end = np.zeros((2 * HISTORY, first), np.float32), 0

    def curve(self, index: int, element: int | None = None) -> np.ndarray:
        """Returns a term over the kept steps, shape (steps,).

        Args:
            index: Index of the term in :attr:`terms`.
            element: Which of its values; None for the only one, or for the Euclidean norm of several.
        """
        block = self._values[max(0, self._end - HISTORY) : self._end, self._columns[index]]
        if element is not None:
            return block[:, element]
        return block[:, 0] if block.shape[1] == 1 else np.linalg.norm(block, axis=1)
