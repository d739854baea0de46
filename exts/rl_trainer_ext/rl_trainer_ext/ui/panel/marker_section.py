# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The markers of a viewport that is not our own, such as that of Isaac Sim."""

from __future__ import annotations

from ...viewport.interface import MarkerSource
from ..widgets.marker_boxes import MarkerBoxes
from ..widgets.section import Section
from ..widgets.settings import Settings


class MarkerSection:
    """A section in the current layout.

    Args:
        source: What draws the markers.
        settings: Where the user's choices are remembered.
    """

    def __init__(self, source: MarkerSource, settings: Settings) -> None:
        with Section("Markers", "section_markers", settings, collapsed=True) as self._section:
            self._boxes = MarkerBoxes(source, settings)

    def update(self) -> None:
        """Shows what the task of the run has. Called once a frame."""
        self._boxes.tell()
        if not self._section.frame.collapsed:
            self._boxes.update()
