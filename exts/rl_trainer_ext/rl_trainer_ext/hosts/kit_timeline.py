# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The buttons of Kit's toolbar: Stop stops the run, Pause pauses it, Play goes on; and they follow the panel's."""

from __future__ import annotations

from typing import Any

import carb.eventdispatcher

from ..snapshot import Pause, Resume, State, Stop, TrainerPort
from .kit_names import EXTENSION, optional
from .kit_updates import Updates

_STEPPING = (State.TRAINING, State.PLAYING)


class TimelineLink:
    """Ties a trainer to Kit's timeline, where there is one.

    Isaac Lab plays and stops the timeline itself when it opens and closes an environment. Those events come while the
    task waits inside ``update()``, or while nothing is being stepped yet or any more, and are not the user's.

    Args:
        trainer: What is asked to pause, go on and stop.
        updates: Says whether the task waits inside ``update()``.
    """

    def __init__(self, trainer: TrainerPort, updates: Updates) -> None:
        self._trainer, self._updates = trainer, updates
        self._state = State.IDLE
        self._timeline: Any = None
        self._observers: list[Any] = []
        module = optional("omni.timeline")
        if module is None:
            return
        self._timeline = module.get_timeline_interface()
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
        """Once a frame: the toolbar shows what the panel's buttons did."""
        before, self._state = self._state, state
        if self._timeline is None or before is state:
            return
        if state is State.PAUSED and self._timeline.is_playing():
            self._timeline.pause()
        elif before is State.PAUSED and state in _STEPPING and not self._playing_or_stopped():
            # PhysX waits for it; one that is stopped was never started: the run is on Newton
            self._timeline.play()

    def close(self) -> None:
        """Lets go of the timeline."""
        self._observers.clear()
        self._timeline = None

    def _playing_or_stopped(self) -> bool:
        return bool(self._timeline.is_playing() or self._timeline.is_stopped())

    def _played(self, event: Any) -> None:
        if self._now() is State.PAUSED:
            self._trainer.request(Resume())

    def _paused(self, event: Any) -> None:
        if self._now() in _STEPPING:
            self._trainer.request(Pause())

    def _stopped(self, event: Any) -> None:
        if self._now() in (*_STEPPING, State.PAUSED):
            self._trainer.request(Stop())

    def _now(self) -> State | None:
        """Where the trainer stands, or None while what happens is Isaac Lab's doing."""
        return None if self._updates.waiting else self._trainer.snapshot().state
