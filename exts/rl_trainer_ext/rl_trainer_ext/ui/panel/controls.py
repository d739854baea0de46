# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The buttons Train, Load, Pause, Stop and Play, and the states in which each is enabled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...training.snapshot import State

_RUNNING = (State.TRAINING, State.PLAYING, State.PAUSED)

_LOAD = (
    "Open the task in the viewport without training it (L).\n"
    "Train then starts in that environment, as in a new one, if its settings are the same."
)
_PAUSE = "Pause the run, or continue it (Space). In a playback, the period or right arrow key plays one step."


@dataclass(frozen=True)
class Enabled:
    """Which buttons are enabled."""

    train: bool
    load: bool
    pause: bool
    """Pause, or Continue while paused."""
    stop: bool
    play: bool


def enabled(state: State, ready: bool, has_task: bool, can_start: bool, can_pause: bool = True) -> Enabled:
    """Returns which buttons are enabled.

    Args:
        state: State of the trainer.
        ready: Whether a task and a library that can train it are chosen.
        has_task: Whether a task is chosen, which is all that a preview needs.
        can_start: Whether nothing runs but a preview, or a run elsewhere.
        can_pause: Whether the shown run can be paused.
    """
    running = state in _RUNNING
    return Enabled(
        train=can_start and ready,
        load=can_start and has_task,
        pause=running and can_pause,
        stop=running or state is State.LAUNCHING,
        play=can_start and ready,
    )


class Controls:
    """The row of buttons."""

    def __init__(
        self,
        train: Callable[[], object],
        load: Callable[[], object],
        pause: Callable[[], object],
        stop: Callable[[], object],
        play: Callable[[], object],
    ) -> None:
        self._shown: tuple[Enabled, bool] | None = None

        def button(text: str, tooltip: str, pressed: Callable[[], object], name: str = "") -> ui.Button:
            return ui.Button(
                text, identifier=text.lower(), name=name, tooltip=tooltip, clicked_fn=pressed, width=ui.Fraction(1)
            )

        with ui.HStack(height=30, spacing=4):
            self._train = button("Train", "Train the task with the settings below.", train, "primary")
            self._load = button("Load", _LOAD, load)
            self._pause = button("Pause", _PAUSE, pause)
            self._stop = button("Stop", "End the run and save what it learned.", stop)
            self._play = button("Play", "Play the checkpoint below in the viewport.", play)

    def update(self, state: State, can: Enabled) -> None:
        """Enables the buttons that can be used now."""
        now = (can, state is State.PAUSED)
        if now == self._shown:
            return
        self._shown = now
        self._train.enabled, self._load.enabled, self._pause.enabled = can.train, can.load, can.pause
        self._stop.enabled, self._play.enabled = can.stop, can.play
        self._pause.text = "Continue" if state is State.PAUSED else "Pause"
