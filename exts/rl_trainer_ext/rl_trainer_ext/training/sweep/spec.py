# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The specification of a sweep: the options of a training, and the parameters that differ. Pure; it knows no Ray."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import UserError, shortened
from ...overrides.hydra import nearest, written_key
from ...overrides.writing import override_text
from ...run_config import RunConfig, check_number

REWARD = "mean_reward"
"""The usual metric."""

MODES = ("max", "min")
SCHEDULERS = ("none", "asha")
SEARCHERS = ("random", "ax", "bayesopt", "bohb", "hebo", "hyperopt", "nevergrad", "optuna", "zoopt")
"""What chooses the values, by the names of Ray Tune; all but the first are packages of their own."""

OPTIONS = ("num_envs", "max_iterations")
"""The options of a training that can be searched, besides Hydra overrides."""

RANGES: dict[str, int | None] = {
    "uniform": 2,
    "quniform": 3,
    "loguniform": 2,
    "qloguniform": 3,
    "randint": 2,
    "qrandint": 3,
    "lograndint": 2,
    "choice": None,
    "grid_search": None,
}
"""The functions of Ray Tune that describe values, and how many arguments they take; None for a list of values."""


@dataclass(frozen=True)
class Range:
    """The values of a parameter.

    Args:
        kind: One of :data:`RANGES`.
        values: Its arguments: lower bound, upper bound and step, or the values themselves.
    """

    kind: str
    values: tuple[Any, ...]

    @property
    def is_grid(self) -> bool:
        """Whether each value is tried."""
        return self.kind == "grid_search"

    @property
    def examples(self) -> tuple[Any, ...]:
        """Returns values to check before the start: those of a list, or the bounds."""
        if RANGES[self.kind] is None:
            return self.values
        # the upper bound of whole numbers is not drawn
        last = self.values[1] - 1 if "rand" in self.kind and self.kind != "qrandint" else self.values[1]
        return tuple(dict.fromkeys((self.values[0], last)))

    def written(self) -> Any:
        """Returns it as a specification has it."""
        return list(self.values) if self.is_grid else {self.kind: list(self.values)}

    def validate(self) -> None:
        """Checks the arguments.

        Raises:
            UserError: With one sentence that begins with a verb.
        """
        count = RANGES[self.kind]
        if count is None:
            if not self.values:
                raise UserError("is an empty list: give at least one value, or leave the parameter out.")
            if len({repr(value) for value in self.values}) < len(self.values):
                raise UserError("has a value twice: leave one out.")
            return
        whole = "rand" in self.kind
        kind = "whole numbers" if whole else "numbers"
        words = "a lower and an upper bound" + (" and a step" if count == 3 else "")
        if len(self.values) != count or not all(_is_number(value, whole) for value in self.values):
            raise UserError(
                f"needs {count} {kind} for {self.kind}: {words}, such as {{{self.kind}: {_EXAMPLE[count]}}}."
            )
        low, high = self.values[:2]
        if low >= high:
            raise UserError(f"has a lower bound of {low}, which must be below its upper bound of {high}: swap them.")
        if "log" in self.kind and low <= 0:
            raise UserError(f"has a lower bound of {low}, and a logarithm needs one above 0: raise it.")
        if count == 3 and not 0 < self.values[2] <= high - low:
            raise UserError(f"has a step of {self.values[2]}, which must be above 0 and at most {high - low}.")


_EXAMPLE = {2: "[1, 10]", 3: "[1, 10, 1]"}


@dataclass(frozen=True)
class SweepSpec:
    """What a sweep is to do.

    Args:
        config: The training that is repeated; its values hold where no parameter differs.
        parameters: The values of each searched parameter, by the key of its override or by an option's name.
        seeds: Seeds; each combination of parameters is trained once with each. Empty for that of the configuration.
        samples: How often ranges are drawn from; each time, all values of lists are tried.
        searcher: One of :data:`SEARCHERS`.
        scheduler: One of :data:`SCHEDULERS`; ``asha`` stops trials that are worse than the others early.
        grace_period: Iterations before ASHA stops a trial.
        metric: What is compared: :data:`REWARD`, ``mean_episode_length``, or the tag of a scalar.
        mode: Whether more of it (``max``) or less is better.
        cpus: CPU cores that a trial takes.
        gpus: GPUs that a trial takes, also a part of one; None for 1 where its device is one, otherwise 0.
        concurrent: The most trials at the same time; None for as many as there are resources for.
        retries: How often a trial whose worker is lost starts again, from its last checkpoint.
    """

    config: RunConfig
    parameters: Mapping[str, Range]
    seeds: tuple[int, ...] = ()
    samples: int = 1
    searcher: str = "random"
    scheduler: str = "none"
    grace_period: int = 1
    metric: str = REWARD
    mode: str = "max"
    cpus: float = 1.0
    gpus: float | None = None
    concurrent: int | None = None
    retries: int = 1

    def trial_config(self, values: Mapping[str, Any], run_name: str) -> RunConfig:
        """Returns the training of a trial.

        Args:
            values: The values of the parameters, and the seed if there are several.
            run_name: What distinguishes its run from others of the same second.
        """
        options = {key: value for key, value in values.items() if key in (*OPTIONS, "seed")}
        overrides = [text for text in self.config.overrides if written_key(text) not in values]
        overrides += [override_text(key, value) for key, value in values.items() if key not in options]
        name = "_".join(filter(None, (self.config.run_name, run_name)))
        return self.config.replace(**options, overrides=tuple(overrides), run_name=name)

    def examples(self) -> list[tuple[str, RunConfig]]:
        """Returns trainings to check before the start, each with the parameter whose value is checked in it."""
        found = [("", self.trial_config({}, "trial"))]
        for key, values in self.parameters.items():
            # alone, so that the message names the parameter that is wrong
            found += [(key, self.trial_config({key: value}, "trial")) for value in values.examples]
        first = {key: values.examples[0] for key, values in self.parameters.items()}
        found.append(("", self.trial_config(first, "trial")))
        return found

    @property
    def count(self) -> int:
        """The number of trials."""
        grids = [len(each.values) for each in self.parameters.values() if each.is_grid and self.searcher == "random"]
        return self.samples * math.prod(grids) * max(1, len(self.seeds))


def check_parameter(key: str) -> None:
    """Checks that a key can be a searched parameter; whether the task has it is another matter.

    Raises:
        UserError: With one sentence that begins with a verb.
    """
    if key == "seed":
        raise UserError("is no searched parameter: write seed: [1, 2] beside parameters, not below it.")
    if key not in OPTIONS and "." not in key and key not in ("physics", "presets"):
        raise UserError(
            "cannot be searched: name an override such as agent.algorithm.learning_rate or env.sim.dt, or one of "
            f"{', '.join(OPTIONS)}{nearest(key, OPTIONS).rstrip('.?')}."
        )


def check_seeds(seeds: Sequence[Any]) -> tuple[int, ...]:
    """Returns the seeds of a list.

    Raises:
        UserError: With one sentence that begins with a verb.
    """
    if not seeds:
        raise UserError("is an empty list: give at least one seed, or leave it out.")
    for seed in seeds:
        if not _is_number(seed, whole=True):
            raise UserError(f"must be a list of whole numbers, and has {shortened(str(seed))}.")
        check_number("seed", seed)
        if seed == -1 or list(seeds).count(seed) > 1:
            raise UserError(f"has {seed}{' twice' if seed != -1 else ', which draws one'}: give different seeds.")
    return tuple(seeds)


def _is_number(value: Any, whole: bool = False) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        return False
    return math.isfinite(value)
