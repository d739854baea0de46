# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A user who clicks and types in the stand-alone application, and waits for what follows."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from rl_trainer_ext.training.snapshot import Snapshot, State

from .driver import Driver

LIMIT = 240.0


class Person:
    """A user of the stand-alone application."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.driver = Driver(app.window.frame, app.frame)

    def wait(self, reached: Callable[[Snapshot], bool]) -> Snapshot:
        """Lets frames pass until the windows are docked and the trainer is where it should be."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            self.driver.tick(1)
            snapshot = self.app.trainer.snapshot()
            if self.app.windows.arranged and reached(snapshot):
                self.driver.tick(3)
                return snapshot
        raise AssertionError(f"not reached within {LIMIT:.0f} s: {self.app.trainer.snapshot()}")

    def wait_for(self, state: State) -> Snapshot:
        """Lets frames pass until the trainer is in a state."""
        return self.wait(lambda snapshot: snapshot.state is state)

    def enabled(self) -> set[str]:
        """The buttons that can be pressed."""
        return {name for name in ("train", "pause", "stop", "play") if self.driver.find(name).enabled}
