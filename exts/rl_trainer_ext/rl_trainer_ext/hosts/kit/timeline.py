# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Connects Kit's toolbar and the run: Stop, Pause and Play act on the run, and follow the panel's buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import carb.eventdispatcher

from ...training.commands import Pause, Stop, TrainerPort, Unpause
from ...training.snapshot import State
from .names import EXTENSION, optional

_STEPPING = (State.TRAINING, State.PLAYING)


class TimelineLink:
    """Connects a trainer to Kit's timeline, if there is one.

    Isaac Lab itself plays and stops the timeline when it opens and closes an environment, while nothing is stepped.
    While the environment is stepped, play, pause and stop come from the user, even if the task waits inside
    ``update()``, as a task with cameras does in nearly every frame.

    Args:
        trainer: Receives the requests to pause, continue and stop.
        played_again: Called when the timeline plays again after a pause, before the task continues.
    """

    def __init__(self, trainer: TrainerPort, played_again: Callable[[], None]) -> None:
        self._trainer, self._played_again = trainer, played_again
        self._state = State.IDLE
        self._paused_next: bool | None = None
        self._timeline: Any = None
        self._observers: list[Any] = []
        module = optional("omni.timeline")
        if module is None:
            return
        self._timeline = module.get_timeline_interface()
        self._last = self._position()
        for event, handle in (
            (module.GLOBAL_EVENT_PLAY, self._played),
            (module.GLOBAL_EVENT_PAUSE, self._paused),
            (module.GLOBAL_EVENT_STOP, self._stopped),
        ):
            self._observers.append(
                carb.eventdispatcher.get_eventdispatcher().observe_event(
                    event_name=event, on_event=handle, observer_name=f"{EXTENSION}.timeline"
                )
            )

    def update(self, state: State) -> None:
        """Makes the toolbar follow the panel's buttons. Called once a frame."""
        before, self._state = self._state, state
        self._paused_next = None
        if self._timeline is None or before is state:
            return
        if state is State.PAUSED and self._timeline.is_playing():
            self._timeline.pause()
        elif before is State.PAUSED and state in _STEPPING and not any(self._position()):
            # only a paused timeline, which PhysX waits for. A stopped one was never played, as in a run on Newton
            # that Isaac Lab's visualizer for Kit does not show; with a window that visualizer plays it for Newton too
            self._timeline.play()

    def close(self) -> None:
        """Releases the timeline."""
        self._observers.clear()
        self._timeline = None

    def _position(self) -> tuple[bool, bool]:
        """Returns whether the timeline plays, and whether it is stopped; paused is neither."""
        return bool(self._timeline.is_playing()), bool(self._timeline.is_stopped())

    def _moved(self) -> bool:
        """Returns whether an event concerns this timeline: all timelines of Kit send events of the same names."""
        before, self._last = self._last, self._position()
        return before != self._last

    def _is_paused(self) -> bool:
        """Returns whether the run is paused after the toolbar's requests of this frame."""
        if self._paused_next is not None:
            return self._paused_next
        return self._trainer.snapshot().state is State.PAUSED

    def _runs(self) -> bool:
        return self._trainer.snapshot().state in (*_STEPPING, State.PAUSED)

    def _played(self, event: Any) -> None:
        if self._moved() and self._runs() and self._is_paused():
            self._paused_next = False
            self._trainer.request(Unpause())
            self._played_again()

    def _paused(self, event: Any) -> None:
        if self._moved() and self._runs() and not self._is_paused():
            self._paused_next = True
            self._trainer.request(Pause())

    def _stopped(self, event: Any) -> None:
        if self._moved() and self._runs():
            self._trainer.request(Stop())
