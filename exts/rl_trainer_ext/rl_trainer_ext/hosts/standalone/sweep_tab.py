# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The tab of the sweeps. Its content is created when it is first in front, and reads nothing while it is not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...training.commands import TrainerPort
from ..processes.sweep_program import SweepProgram
from ..ray.installed import ray_problem
from .main_window import MainWindow
from .omni_ui import mouse_position

if TYPE_CHECKING:
    from ...ui.panel.panel import Panel
    from ...ui.sweep.pane import SweepPane


class SweepTab:
    """Shows the sweeps of a log root.

    Args:
        windows: The windows of the program.
        trainer: The trainer that plays.
        panel: The panel that plays runs.
        log_root: The directory whose sweeps are listed.
        show_runs: Shows the curves of runs in the run browser.
    """

    def __init__(
        self,
        windows: MainWindow,
        trainer: TrainerPort,
        panel: Panel,
        log_root: Path,
        show_runs: Callable[[Sequence[Path], bool], None],
    ) -> None:
        self._windows, self._trainer, self._panel = windows, trainer, panel
        self._log_root, self._show_runs = log_root, show_runs
        self.pane: SweepPane | None = None
        """The content; None before it is first in front."""
        if windows.sweep is not None:
            windows.on_key(windows.sweep, self._key_pressed)

    def update(self) -> None:
        """Updates the content while it is in front. Called once a frame."""
        if not self._windows.in_sight(self._windows.sweep):
            return
        if self.pane is None:
            self.pane = self._created()
        self.pane.update()

    def _created(self) -> SweepPane:
        from ...ui.sweep.pane import SweepPane, SweepServices

        runner, missing = SweepProgram(self._log_root), ray_problem("A sweep")
        services = SweepServices(self._show_runs, runner, missing, self._windows.viewport.focus, mouse_position)
        return SweepPane(self._windows.sweep.frame, self._trainer, self._panel, self._log_root, services)

    def _key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        if self.pane is not None:
            self.pane.key_pressed(key, modifier, pressed)

    def destroy(self) -> None:
        """Removes the content."""
        if self.pane is not None:
            self.pane.destroy()
