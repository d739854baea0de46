# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What ends a training before its last iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...run_config import RunConfig
from ..widgets.settings import Settings
from .form_fields import FormField, TaskNumber

_SETTLED = "It counts once every environment has had time for a whole episode."


class StopOptions(FormField):
    """Three numbers. A playback has none of them.

    Args:
        on_change: Called when the user changed one.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._numbers = (
            TaskNumber(
                "stop_reward",
                "Stop at reward",
                "Ends the training once the mean reward reaches this [return of an episode]. Empty: never.\n"
                f"{_SETTLED}\nOn the command line: --stop_reward.",
                on_change,
                whole=False,
            ),
            TaskNumber(
                "stop_patience",
                "Stop patience",
                "Ends the training once the mean reward has not risen for this long [iterations]. Empty: never.\n"
                f"{_SETTLED}\nOn the command line: --stop_patience.",
                on_change,
            ),
            TaskNumber(
                "stop_minutes",
                "Stop after",
                "Ends the training after this time, at the end of an iteration [min]. Empty: never.\n"
                "Pauses, and the time of a checkpoint that is resumed, do not count.\n"
                "On the command line: --stop_minutes.",
                on_change,
                whole=False,
            ),
        )

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
