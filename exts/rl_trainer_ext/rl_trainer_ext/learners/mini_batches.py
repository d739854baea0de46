# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Checks that an iteration collects enough samples for its mini-batches.

The libraries accept an empty mini-batch: its loss is the mean of no samples, which is NaN, and no weight changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..errors import UserError


@dataclass(frozen=True)
class Batch:
    """The samples of one iteration, and how they are split.

    Args:
        num_envs: Number of parallel environments.
        num_steps: Steps of each environment.
        parts: Number of mini-batches.
        least: Smallest size of a mini-batch: 2 where its advantages are normalised, because one sample has no standard
            deviation.
        steps_key: Override that sets ``num_steps``.
        parts_key: Override that sets ``parts``.
        whole_environments: Whether a mini-batch holds all steps of its environments, as for recurrent policies.
    """

    num_envs: int
    num_steps: int
    parts: int
    least: int
    steps_key: str
    parts_key: str
    whole_environments: bool = False

    def check(self) -> None:
        """Checks that each mini-batch has enough samples.

        Raises:
            UserError: When one has too few; the message says what to change.
        """
        if self.parts < 1:
            raise UserError(f"{self.parts_key} is {self.parts}: set it to 1 or more.")
        if self.num_steps < 1:
            raise UserError(f"{self.steps_key} is {self.num_steps}: set it to 1 or more.")
        if self.whole_environments and self.num_envs < self.parts:
            raise UserError(
                f"{_counted(self.num_envs, 'environment')} cannot be split into "
                f"{_counted(self.parts, 'mini-batch', 'es')}, and a recurrent policy trains on whole environments: "
                f"use {self.parts} environments or more, or set {self.parts_key} to {self.num_envs} or less."
            )
        samples = self.num_envs * self.num_steps
        needed = self.parts * self.least
        # the libraries round the size of a mini-batch down
        size = samples // self.parts
        if self.whole_environments:
            size = self.num_envs // self.parts * self.num_steps
        if size < self.least:
            raise UserError(self._problem(samples, needed))

    def _problem(self, samples: int, needed: int) -> str:
        split = f"{_counted(samples, 'sample')} cannot be split into {_counted(self.parts, 'mini-batch', 'es')}"
        of = f" of {self.least} or more" if self.least > 1 else ""
        changes = [
            f"use {math.ceil(needed / self.num_steps)} environments or more",
            f"set {self.steps_key} to {math.ceil(needed / self.num_envs)} or more",
        ]
        if samples >= self.least:
            changes.append(f"set {self.parts_key} to {samples // self.least} or less")
        collected = f"{_counted(self.num_envs, 'environment')} x {_counted(self.num_steps, 'step')} an iteration"
        return f"{split}{of}: {collected}. To train, {', '.join(changes[:-1])}, or {changes[-1]}."


def _counted(number: int, what: str, plural: str = "s") -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}{plural}"
