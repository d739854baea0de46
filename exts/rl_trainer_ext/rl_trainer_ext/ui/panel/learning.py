# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The sections of the curves: mean reward and episode length, and any other scalar that the library logs."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD
from ...training.snapshot import Snapshot
from ..widgets import style
from ..widgets.plot import SeriesPlot
from ..widgets.section import Section
from ..widgets.settings import Settings
from .scalars import Scalars
from .status import words_without_data

_REWARD = "Mean return of the last finished episodes."
_LENGTH = "Mean length of the last finished episodes [environment steps]."


class LearningCurves:
    """Builds both sections into the current layout.

    Args:
        settings: Where is remembered which scalars are plotted, and what is folded.
        clock: Seconds, as ``time.monotonic``.
        view: The scrolling frame around it.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float], view: ui.ScrollingFrame) -> None:
        self._view = view
        with Section("Learning", "section_learning", settings) as self._section, ui.VStack(height=0, spacing=10):
            first, second = style.CURVE_COLORS[:2]
            self._curves = {
                MEAN_REWARD: SeriesPlot("Mean reward", _REWARD, first, 130, "plot_reward", clock),
                MEAN_EPISODE_LENGTH: SeriesPlot(
                    "Mean episode length", _LENGTH, second, 100, "plot_episode_length", clock
                ),
            }
        self._scalars = Scalars(settings, clock, view)

    def say_without_data(self, snapshot: Snapshot) -> None:
        """Sets the text of curves without points. To be called when the snapshot has changed."""
        for curve in self._curves.values():
            curve.say_without_data(words_without_data(snapshot))

    def update(self, snapshot: Snapshot) -> None:
        """Draws what is new and in sight. Called once a frame."""
        if self._view.visible and not self._section.frame.collapsed:
            for tag, curve in self._curves.items():
                curve.update(snapshot.metrics.get(tag))
        self._scalars.update(snapshot.metrics)
