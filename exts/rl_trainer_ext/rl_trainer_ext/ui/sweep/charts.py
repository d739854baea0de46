# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The charts of a sweep: curves of all trials, a scatter over a parameter, parallel coordinates."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable
from pathlib import Path

import omni.ui as ui

from ...errors import UserError
from ...metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, EventReaders
from ...runs import Run, as_text, read_run
from ...training.sweep.trials import SweepView, Trial, TrialState
from ..runs.curve_set import CurveOptions, CurveSet
from ..widgets import style
from ..widgets.chart import Chart, Mouse
from ..widgets.fields import Dropdown
from .columns import differing, metric_words, short_names
from .plots import Plot, color_of, in_front, parallel, scatter

MOST_TRIALS = 200
"""The most trials whose curves are drawn."""

READING_SLICE = 0.004
"""The time for reading events in each frame [s]."""

REDRAW_INTERVAL = 0.5
"""The time between two drawings of curves that grow [s]."""

_CURVES, _PARALLEL = "curves", "parallel"
_SHOWN = "The curves of all trials; the last value over one parameter; or a line for each trial over all parameters."
_LEGEND = "Green: the best trial. Blue: the selected one."


class SweepCharts:
    """Built into the current layout.

    Args:
        mouse: The host's mouse, see :class:`Chart`.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(self, mouse: Mouse | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._set = CurveSet(EventReaders(), clock, MOST_TRIALS)
        self._view: SweepView | None = None
        self._selected: str | None = None
        self._runs: dict[str, tuple[TrialState, Run]] = {}
        self._drawn: tuple[int, float] = (-1, 0.0)
        self._stale = True
        with ui.VStack(spacing=4):
            with ui.HStack(height=style.ROW_HEIGHT, spacing=style.SPACING):
                self._choice = Dropdown("sweep_chart", _SHOWN, self._changed)
                ui.Label(_LEGEND, name="dim", elided_text=True, tooltip=_LEGEND)
            self._chart = Chart(mouse)
            self._words = ui.Label("", name="caption", height=14, elided_text=True, identifier="sweep_chart_words")

    def show(self, view: SweepView | None, selected: Trial | None) -> None:
        """Sets the sweep that is drawn, as it stands now, and the selected trial. To be called between frames."""
        name = None if selected is None else selected.name
        if view is self._view and name == self._selected:
            return
        self._view, self._selected, self._stale = view, name, True
        keys = () if view is None else differing(view.trials)
        names = short_names(keys)
        options = [(_CURVES, "Curves"), *((f"={key}", f"over {names[key]}") for key in keys)]
        self._choice.set_options([*options, (_PARALLEL, "Parallel coordinates")], self._choice.value or _CURVES)

    def update(self) -> None:
        """Reads more of the curves and draws what changed. Called once a frame while visible."""
        view = self._view
        if view is not None and self._choice.value == _CURVES:
            self._read(view)
            grown = self._set.version != self._drawn[0] and self._clock() - self._drawn[1] >= REDRAW_INTERVAL
            self._stale = self._stale or grown
        if self._stale:
            self._stale = False
            self._drawn = self._set.version, self._clock()
            self._draw()
        self._chart.update()

    def _changed(self) -> None:
        self._stale = True

    def _read(self, view: SweepView) -> None:
        """Reads one run that is not known yet, or has ended since, and more of the events."""
        trials = [trial for trial in view.trials if trial.run_dir][:MOST_TRIALS]
        unknown = (trial for trial in trials if self._runs.get(trial.run_dir, (None,))[0] is not trial.state)
        trial = next(unknown, None)
        if trial is not None:
            with contextlib.suppress(UserError):  # the user has deleted it
                self._runs[trial.run_dir] = trial.state, read_run(Path(trial.run_dir))
            runs = [self._runs[each.run_dir][1] for each in trials if each.run_dir in self._runs]
            self._set.select(runs, {run.path: run for run in runs})
        self._set.read(READING_SLICE)

    def _draw(self) -> None:
        view, choice = self._view, self._choice.value
        if view is None:
            return
        if choice == _PARALLEL:
            plot = parallel(view, differing(view.trials), self._selected)
        elif choice.startswith("="):
            plot = scatter(view, choice[1:], self._selected)
        else:
            plot = self._curves(view)
        self._words.text = self._words.tooltip = as_text(plot.words) if plot.curves else ""
        nothing = f"No trial has logged {metric_words(view.metric)} yet."
        self._chart.show(plot.curves, nothing, plot.x_label, plot.y_label)

    def _curves(self, view: SweepView) -> Plot:
        tags = {"mean_reward": MEAN_REWARD, "mean_episode_length": MEAN_EPISODE_LENGTH}
        found = self._set.by_run(CurveOptions(tags.get(view.metric, view.metric)))
        drawn = (trial for trial in in_front(view, self._selected) if Path(trial.run_dir) in found)
        return Plot(
            tuple(
                dataclasses.replace(found[Path(trial.run_dir)], color=color_of(trial, view, self._selected))
                for trial in drawn
            ),
            f"{metric_words(view.metric)} over iterations",
        )
