# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Whether a run records clips by itself, how long they are, and how often one begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import omni.ui as ui

from ...run_config import VIDEO_INTERVAL, VIDEO_LENGTH, RunConfig
from ..widgets import style
from ..widgets.settings import Settings
from .form_fields import FormField, TaskNumber
from .more_options import Option

_NUMBERS = {
    "video_length": ("Clip length", "Length of a clip [environment steps].\nOn the command line: --video_length."),
    "video_interval": (
        "Clip interval",
        "From the beginning of one clip to the next [environment steps].\nOn the command line: --video_interval.",
    ),
}


class VideoOptions(FormField):
    """A check box, and below it two numbers while it is checked.

    Args:
        on_change: Called when the user changed one.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._video = Option(
            "video",
            "Record clips",
            "Record clips of the viewport into the run's folder videos. During a clip every step is drawn,\n"
            "which takes time from the training.",
            self._changed,
        )
        self._rows = ui.VStack(height=0, spacing=style.SPACING)
        with self._rows:
            self._numbers = [TaskNumber(key, *words, on_change) for key, words in _NUMBERS.items()]
        for number, default in zip(self._numbers, (VIDEO_LENGTH, VIDEO_INTERVAL), strict=True):
            number.field.set_default(default)
        self._show_numbers()

    def _changed(self) -> None:
        self._show_numbers()
        self._on_change()

    def _show_numbers(self) -> None:
        self._rows.visible = self._video.values(playing=False)["video"]

    def restore(self, settings: Settings) -> None:
        for field in (self._video, *self._numbers):
            field.restore(settings)
        self._show_numbers()

    def remembered(self) -> dict[str, Any]:
        return {key: value for field in (self._video, *self._numbers) for key, value in field.remembered().items()}

    def values(self, playing: bool) -> dict[str, Any]:
        values = self._video.values(playing)
        for number in self._numbers if values["video"] else ():
            values |= number.values(playing)
        return dict.fromkeys(_NUMBERS) | values

    def show(self, config: RunConfig, playing: bool) -> None:
        for field in (self._video, *self._numbers):
            field.show(config, playing)
        self._show_numbers()

    def enable(self, idle: bool) -> None:
        for field in (self._video, *self._numbers):
            field.enable(idle)
