# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The kept steps of an environment as terms, named as those that are read while a run is looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np

from ..metrics.step_terms import StepTerms, Term, TermKind, Values
from ..runs.kept_steps import KeptSteps

_KINDS = {
    "reward": TermKind.REWARD,
    "reward_terms": TermKind.REWARD,
    "termination_terms": TermKind.TERMINATION,
    "terminated": TermKind.TERMINATION,
    "truncated": TermKind.TERMINATION,
    "command": TermKind.COMMAND,
    "action": TermKind.ACTION,
    "observation": TermKind.OBSERVATION,
    "state": TermKind.STATE,
}
_ELEMENT = re.compile(r"\[\d+\]$")

_Reader = Callable[[int], np.ndarray]


class KeptTerms:
    """Shows the steps of a file up to one of them as terms.

    Args:
        kept: The steps.
        terms: What is shown of them.
    """

    def __init__(self, kept: KeptSteps, terms: StepTerms) -> None:
        self._kept, self._terms = kept, terms
        readers = [each for name in kept.values for each in _of_value(kept, name)]
        order = list(TermKind)
        self._readers = sorted(readers, key=lambda each: order.index(each[0].kind))
        self._shown: int | None = None
        terms.num_envs = 1
        terms.note = f"Environment {kept.environment} of {kept.num_envs:,}, as the run had it. {kept.sentence}"

    def show(self, index: int) -> None:
        """Shows the steps up to this one, which becomes the present one."""
        # going back starts over, as with the first step
        first = index if self._shown is not None and index == self._shown + 1 else 0
        for each in range(first, index + 1):
            self._terms.add(0, int(self._kept.steps[each]), self._values(each))
        self._shown = index

    def _values(self, index: int) -> list[Values]:
        return [(term, read(index).tolist()) for term, read in self._readers]


def _of_value(kept: KeptSteps, name: str) -> Iterator[tuple[Term, _Reader]]:
    """Splits a value into the terms that its columns are of."""
    head, _, rest = name.partition("/")
    kind = _KINDS.get(head)
    if kind is None:
        return
    count = kept.values[name][0].size
    columns = kept.columns.get(name, [])
    if len(columns) != count:
        shown = "reward of the step" if head == "reward" and not rest else rest.replace("/", "-") or head
        yield Term(kind, shown, count), _reader(kept, name, slice(0, count))
        return
    prefix = f"{rest.replace('/', '-')}-" if rest else ""
    first = 0
    while first < count:
        term, last = _ELEMENT.sub("", columns[first]), first + 1
        while last < count and _ELEMENT.search(columns[last]) and columns[last] != f"{term}[0]":
            if _ELEMENT.sub("", columns[last]) != term:
                break
            last += 1
        yield Term(kind, prefix + term, last - first), _reader(kept, name, slice(first, last))
        first = last


def _reader(kept: KeptSteps, name: str, columns: slice) -> _Reader:
    return lambda index: kept.values[name][index].reshape(-1)[columns].astype(np.float32)
