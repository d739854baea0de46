# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the sweeps in Kit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import omni.ui as ui

from ...training.commands import TrainerPort
from ...ui.panel.panel import Panel
from ...ui.sweep.pane import SweepPane, SweepServices
from ..processes.sweep_program import SweepProgram
from ..ray.installed import ray_problem
from .names import SWEEP_TITLE
from .windows import DockedWindowWithKeys


class SweepWindow(DockedWindowWithKeys):
    """Shows the sweeps of a log root. Reads nothing while it is hidden.

    Args:
        trainer: The trainer, as the panel uses it.
        panel: The panel that plays runs.
        log_root: Directory whose sweeps are listed.
        show_runs: Shows the curves of runs in the run browser.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        panel: Panel,
        log_root: str,
        show_runs: Callable[[Sequence[Path], bool], None],
    ) -> None:
        self._trainer, self._panel, self._log_root = trainer, panel, Path(log_root)
        self._services = SweepServices(show_runs, SweepProgram(self._log_root), ray_problem("A sweep"))
        super().__init__(SWEEP_TITLE)

    def _create(self, frame: ui.Frame) -> SweepPane:
        return SweepPane(frame, self._trainer, self._panel, self._log_root, self._services)

    def update(self) -> None:
        """Updates the content while it can be seen. Called once a frame."""
        if self.in_sight:
            self._shown().update()
