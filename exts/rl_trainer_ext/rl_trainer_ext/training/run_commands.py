# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The commands for the run in progress: pausing and steps, the playback's speed and checkpoint, rewards, recording."""

from __future__ import annotations

from .commands import (
    Command,
    Follow,
    Pause,
    Push,
    Record,
    ReleaseCommand,
    Reset,
    SetActions,
    SetCommand,
    SetRewardWeight,
    SetSpeed,
    ShowStep,
    Step,
    SwapCheckpoint,
    Unpause,
)
from .previewing import PreviewSession
from .replaying import ReplaySession
from .session import Session
from .snapshot import State

RUNNING = (State.TRAINING, State.PLAYING)


def obey_run(session: Session, state: State, command: Command) -> None:
    """Carries out a command for a run; one that does not apply to it, or to its present state, is ignored.

    Args:
        session: The run, or the last one.
        state: What the trainer does; idle once the run has ended.
        command: The command.

    Raises:
        UserError: When the run cannot do it; the run continues as it is.
    """
    going = state is not State.IDLE
    preview = session if isinstance(session, PreviewSession) and going and state is not State.STOPPING else None
    match command:
        case SetActions(actions) if preview is not None:
            preview.previewing.actions = actions
        case Reset(None) if preview is not None:
            preview.previewing.reset()
            if state is State.PAUSED:
                _step(preview)
        case ShowStep(index) if isinstance(preview, ReplaySession):
            preview.replaying.seek(index)
            if state is State.PAUSED:
                _step(preview)
        case SetCommand() | ReleaseCommand() | Push() | Reset() if session.playing is not None:
            try:
                session.playing.driving.obey(command)
            finally:
                if isinstance(command, Reset) and state is State.PAUSED:
                    _step(session)
        case Pause() if state in RUNNING:
            session.lifecycle.pause()
        case Unpause() if state is State.PAUSED:
            session.lifecycle.unpause()
        case Step() if state in (State.PLAYING, State.PAUSED):
            _step(session)
        case SetSpeed(speed) if session.playing is not None:
            session.playing.speed = speed
        case SwapCheckpoint(path) if session.playing is not None and going:
            session.playing.swap(path)
        case Follow(run_dir) if session.playing is not None and going:
            session.playing.follow(run_dir)
        case Record(on) if state in RUNNING:
            session.recording.record(on)
        case SetRewardWeight(term, weight) if going:
            session.rewards.change(session.config.task, term, weight)


def _step(session: Session) -> None:
    """Has a playback make one step, after which it pauses."""
    if session.playing is not None:
        session.playing.step()
        session.lifecycle.unpause()
