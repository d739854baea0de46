# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The selected trial: its parameters, why it failed, and what can be done with its run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...runs import as_text
from ...training.sweep.trials import Trial
from ..widgets import style
from .columns import parameter_words

_PLAY = "Play the best checkpoint of the trial, as the run browser does (Enter)."
_SHOW = "Show the run of the trial in the run browser, with its curves, checkpoints and parameters."
_SHOW_ALL = "Show the runs of all trials in the run browser, with their curves."


@dataclass(frozen=True)
class TrialCommands:
    """The callbacks of the buttons."""

    play: Callable[[], None]
    show: Callable[[], None]
    show_all: Callable[[], None]


class TrialDetails:
    """Built into the current layout; hidden while no trial is selected."""

    def __init__(self, commands: TrialCommands) -> None:
        self._shown: Trial | None = None
        self._root = ui.VStack(height=0, spacing=4, visible=False)
        with self._root:
            self._words = ui.Label("", word_wrap=True, identifier="trial_words")
            self._problem = ui.Label("", name="warning", word_wrap=True, visible=False, identifier="trial_problem")
            with ui.HStack(height=style.ROW_HEIGHT, spacing=4):
                self._play = ui.Button(
                    "Play", name="primary", identifier="trial_play", tooltip=_PLAY, clicked_fn=commands.play
                )
                self._show = ui.Button("Show run", identifier="trial_show", tooltip=_SHOW, clicked_fn=commands.show)
                ui.Button("Show all", identifier="trial_show_all", tooltip=_SHOW_ALL, clicked_fn=commands.show_all)

    def show(self, trial: Trial | None) -> None:
        """Shows a trial; None hides everything. To be called between frames."""
        if trial == self._shown:
            return
        self._shown = trial
        self._root.visible = trial is not None
        if trial is None:
            return
        self._words.text = as_text(f"Trial {trial.number}, {trial.state.value}: {parameter_words(trial.parameters)}")
        self._words.set_tooltip(as_text(trial.run_dir))
        self._problem.text, self._problem.visible = as_text(trial.problem), bool(trial.problem)
        self._play.enabled = self._show.enabled = bool(trial.run_dir)
