# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Changes of reward weights that the user made while a training ran, as its record stores them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_SHOWN = 3
"""Changes that a sentence names, the newest; the others are counted."""


@dataclass(frozen=True)
class RewardChange:
    """A weight that the user changed between two environment steps.

    Args:
        term: The reward term.
        before: Its weight until then.
        after: Its weight from then on.
        iteration: Finished iterations at that time; like the next one a total, see :class:`.record.RunRecord`.
        steps: Environment steps over all parallel environments.
        time: When it was changed [unix s].
    """

    term: str
    before: float
    after: float
    iteration: int
    steps: int
    time: float

    @property
    def words(self) -> str:
        """The change in words, such as ``alive 1 to 2 at iteration 12``."""
        return f"{self.term} {self.before:g} to {self.after:g} at iteration {self.iteration:,}"


def changes_from_json(values: Any) -> tuple[RewardChange, ...]:
    """Returns the changes in the values of a record's file; none where it has none, as those of older versions.

    Raises:
        ValueError: When these are no changes; likewise KeyError and TypeError.
    """
    found = tuple(
        RewardChange(
            str(one["term"]),
            float(one["before"]),
            float(one["after"]),
            int(one["iteration"]),
            int(one["steps"]),
            float(one["time"]),
        )
        for one in values or ()
    )
    if not all(math.isfinite(number) for one in found for number in (one.before, one.after, one.time)):
        raise ValueError("a weight is not a finite number")
    return found


def listed_changes(changes: Sequence[RewardChange]) -> str:
    """Returns the newest changes in words, and how many came before them; empty without any."""
    earlier = len(changes) - _SHOWN
    words = ", ".join(one.words for one in changes[-_SHOWN:])
    return f"{words} and {earlier} earlier" if earlier > 0 else words
