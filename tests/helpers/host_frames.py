# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The frames of a host without a window: a trainer, what draws its runs, and a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.standalone.frames import FrameLoop
from rl_trainer_ext.training.commands import Command, SetRenderMode, SetViewportShare, Stop
from rl_trainer_ext.training.snapshot import Snapshot
from rl_trainer_ext.training.trainer import Trainer
from rl_trainer_ext.viewport.newton.viewport import NewtonViewport

from helpers.runs_made_here import LIMIT, idle

SIZE = (160, 90)
"""Of the pictures [pixels]."""


class Application:
    """A trainer, its viewport and the frames of a host.

    Args:
        viewport: What draws; the real one when there is none.
    """

    def __init__(self, viewport: Any = None) -> None:
        self.viewport = viewport or NewtonViewport()
        self.trainer = Trainer(self.viewport)
        self.frames = FrameLoop(self.trainer, self.viewport)

    def frames_until(self, reached: Callable[[Snapshot], bool]) -> Snapshot:
        """Frame after frame until a snapshot satisfies ``reached``; fails when that never happens."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            self.frames.run_frame(time.perf_counter())
            snapshot = self.trainer.snapshot()
            if reached(snapshot):
                return snapshot
        raise AssertionError(f"not reached within {LIMIT:.0f} s; the trainer stands at {self.trainer.snapshot()}")

    def do(self, command: Command, reached: Callable[[Snapshot], bool] = idle) -> Snapshot:
        """Does one thing."""
        self.trainer.request(command)
        self.frames.run_frame(time.perf_counter())
        return self.frames_until(reached)

    def start_over(self) -> None:
        """Idle, small pictures, the default mode and share."""
        self.do(Stop())
        self.viewport.resize(*SIZE)
        self.viewport.follow(None)
        self.viewport.show(0)
        self.do(SetRenderMode(RenderMode.PARTIAL_RENDERING))
        self.do(SetViewportShare(0.1))
        self.frames.statistics.reset()
