# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The host without a window: runs one command with a progress bar. Imports no ``omni.ui``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...training.commands import Film, Load, Play, Stop, Train
from ...training.snapshot import Snapshot, State
from ...training.trainer import Trainer
from ...ui.widgets.settings import task_modules
from ..console import captured_console
from ..processes.own_command import begin_periodic_evaluation
from .progress import ProgressDisplay
from .settings import FileSettings
from .signals import interruptible

if TYPE_CHECKING:  # a run without a video needs no OpenGL
    from ...viewport.newton.viewport import NewtonViewport

SLICE = 0.2
"""Seconds between two checks of progress and Ctrl+C."""

VIDEO_SIZE = (1280, 720)
"""Width and height of videos [pixels]; with a window they have the viewport's."""


def run(command: Train | Play | Load, *, verbose: bool) -> tuple[Snapshot, bool]:
    """Trains, plays or previews to the end.

    Args:
        command: The command to run.
        verbose: Whether to show the output of the libraries; otherwise it is written to the run's folder.

    Returns:
        The last snapshot, and whether a signal requested the end.
    """
    viewport = camera() if command.config.video or isinstance(command, Film) else None
    trainer = Trainer(
        viewport,
        huge_pages=True,
        task_modules=task_modules(FileSettings(remember=False)),
        start_evaluation=begin_periodic_evaluation,
    )
    with captured_console(not verbose) as log, interruptible() as interrupt, ProgressDisplay() as progress:
        try:
            trainer.request(command)
            stopping = False
            while True:
                interrupt.immediate = trainer.snapshot().state is State.LOADING
                trainer.tick(SLICE)
                interrupt.immediate = False
                snapshot = trainer.snapshot()
                progress.show(snapshot)
                if log is not None and not snapshot.playing:
                    log.attach(snapshot.run_dir)
                if snapshot.state is State.IDLE and (snapshot.status not in ("", "running") or snapshot.failure):
                    if log is not None:
                        log.note_failure(snapshot.failure)
                    return snapshot, interrupt.requested
                if interrupt.requested and not stopping:
                    stopping = True
                    if snapshot.state is State.LOADING:
                        return snapshot, True
                    trainer.request(Stop())
                # a playback in real time is idle most of the time
                idle = min(trainer.idle_until - time.perf_counter(), SLICE)
                if idle > 0:
                    time.sleep(idle)
        finally:
            trainer.close()
            if viewport is not None:
                viewport.close()


def camera() -> NewtonViewport:
    """Returns a viewport that draws nothing but the pictures of videos."""
    from ...viewport.newton.viewport import NewtonViewport

    viewport = NewtonViewport()
    viewport.resize(*VIDEO_SIZE)
    return viewport
