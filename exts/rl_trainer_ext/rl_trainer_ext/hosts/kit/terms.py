# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the terms in Kit."""

from __future__ import annotations

import omni.ui as ui

from ...training.commands import TrainerPort
from ...ui.terms.pane import TermsPane
from ...ui.widgets.settings import Settings
from .names import TERMS_TITLE
from .windows import DockedWindow


class TermsWindow(DockedWindow):
    """Shows the terms of one environment.

    Args:
        trainer: The trainer whose run is read.
        settings: Where is remembered which kinds are folded.
    """

    def __init__(self, trainer: TrainerPort, settings: Settings) -> None:
        self._trainer, self._settings = trainer, settings
        super().__init__(TERMS_TITLE)

    def _create(self, frame: ui.Frame) -> TermsPane:
        self._pane = TermsPane(frame, self._trainer, self._settings)
        return self._pane

    def update(self) -> None:
        """Updates the content while it can be seen; otherwise the terms are not read. Called once a frame."""
        if self.in_sight:
            self._shown().update()
        elif self._content is not None:
            self._pane.sleep()
