# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Numbers that only a training has: what ends it before its last iteration, and how it is evaluated meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...run_config import EVAL_EPISODES, RunConfig
from ..widgets.settings import Settings
from .form_fields import FormField, TaskNumber

_NEVER = "never"
_SETTLED = "It counts once every environment has had time for a whole episode."


class TrainingNumbers(FormField):
    """A group of numbers. A playback has none of them.

    Args:
        numbers: The numbers, in the order in which they are shown.
    """

    def __init__(self, *numbers: TaskNumber) -> None:
        self._numbers = numbers

    def restore(self, settings: Settings) -> None:
        for number in self._numbers:
            number.restore(settings)

    def remembered(self) -> dict[str, Any]:
        return {key: value for number in self._numbers for key, value in number.remembered().items()}

    def values(self, playing: bool) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for number in self._numbers:
            values |= dict.fromkeys(number.remembered()) if playing else number.values(playing)
        return values

    def show(self, config: RunConfig, playing: bool) -> None:
        for number in self._numbers:
            number.show(config, playing)

    def enable(self, idle: bool) -> None:
        for number in self._numbers:
            number.enable(idle)


def stop_options(on_change: Callable[[], None]) -> TrainingNumbers:
    """Builds what ends a training before its last iteration into the current layout."""
    return TrainingNumbers(
        TaskNumber(
            "stop_reward",
            "Stop at reward",
            "Ends the training once the mean reward reaches this [return of an episode]. Empty: never.\n"
            f"{_SETTLED}\nOn the command line: --stop_reward.",
            on_change,
            whole=False,
            placeholder=_NEVER,
        ),
        TaskNumber(
            "stop_patience",
            "Stop patience",
            "Ends the training once the mean reward has not risen for this long [iterations]. Empty: never.\n"
            f"{_SETTLED}\nOn the command line: --stop_patience.",
            on_change,
            placeholder=_NEVER,
        ),
        TaskNumber(
            "stop_minutes",
            "Stop after",
            "Ends the training after this time, at the end of an iteration [min]. Empty: never.\n"
            "Pauses, and the time of a checkpoint that is resumed, do not count.\n"
            "On the command line: --stop_minutes.",
            on_change,
            whole=False,
            placeholder=_NEVER,
        ),
    )


def evaluation_options(on_change: Callable[[], None]) -> TrainingNumbers:
    """Builds how a training is evaluated while it runs into the current layout."""
    interval, episodes = (
        TaskNumber(
            "eval_interval",
            "Evaluate every",
            "Saves a checkpoint and evaluates it this often [iterations]: whole episodes with deterministic actions,\n"
            "as curves of their own. Empty: never. It runs in a process of its own with environments of its own,\n"
            "which takes part of the processor and of the GPU's memory.\n"
            "On the command line: --eval_interval.",
            on_change,
            placeholder=_NEVER,
        ),
        TaskNumber(
            "eval_episodes",
            "Eval. episodes",
            f"Episodes of each evaluation. Empty: {EVAL_EPISODES}.\nOn the command line: --eval_episodes.",
            on_change,
        ),
    )
    episodes.field.set_default(EVAL_EPISODES)
    return TrainingNumbers(interval, episodes)
