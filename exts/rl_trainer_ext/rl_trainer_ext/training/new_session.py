# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the session of a command: a training, a playback, a preview or a replay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..run_config import RunConfig
from ..viewport.interface import Viewport
from .commands import Evaluate, Export, Film, Load, Play, Replay, Train
from .periodic_evaluation import StartEvaluation
from .playback_session import PlaybackSession
from .previewing import PreviewSession
from .replaying import ReplaySession
from .session import Session
from .training_session import TrainingSession


def new_session(
    command: Train | Play | Load,
    config: RunConfig,
    viewport: Viewport | None,
    admit: Callable[[Any], None] | None,
    huge_pages: bool,
    start_evaluation: StartEvaluation | None,
) -> Session:
    """Returns the session of a command.

    Args:
        command: What was asked for.
        config: Its configuration, completed.
        viewport: As for :class:`Session`, like the others.
        admit: Checks Isaac Lab's configuration.
        huge_pages: Whether to move the memory of the process into huge pages before a training.
        start_evaluation: Starts the evaluations of a training.
    """
    if isinstance(command, Replay):
        return ReplaySession(config, command, viewport, admit)
    if isinstance(command, Load):
        return PreviewSession(config, command, viewport, admit)
    if isinstance(command, Play):
        purpose = command if isinstance(command, (Evaluate, Export, Film)) else None
        return PlaybackSession(config, purpose=purpose, viewport=viewport, admit=admit)
    return TrainingSession(
        config, viewport=viewport, admit=admit, huge_pages=huge_pages, start_evaluation=start_evaluation
    )
