# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of the markers that can be drawn in the viewport, over its picture."""

from __future__ import annotations

import omni.ui as ui

from ...viewport.interface import OffscreenViewport
from ..widgets.marker_boxes import MarkerBoxes
from ..widgets.settings import Settings


class MarkerList:
    """Built into the current layout, at its top right corner below the toolbar; hidden until :meth:`toggle`.

    Args:
        viewport: The viewport that draws them.
        settings: Where the choices are remembered.
        top: Distance from the upper edge [pixels].
    """

    def __init__(self, viewport: OffscreenViewport, settings: Settings, top: int) -> None:
        self.hovered = False
        """Whether the mouse is over the list."""
        self._root = ui.VStack(visible=False)
        with self._root:
            ui.Spacer(height=top)
            with ui.HStack(height=0):
                ui.Spacer()
                with ui.ZStack(width=0, height=0, mouse_hovered_fn=self._hover, identifier="viewport_markers_list"):
                    ui.Rectangle(name="translucent")
                    with ui.HStack(width=0, height=0):
                        ui.Spacer(width=6)
                        self._boxes = MarkerBoxes(viewport, settings, width=0)
                        ui.Spacer(width=8)
                ui.Spacer(width=4)
            ui.Spacer()

    def _hover(self, hovered: bool) -> None:
        self.hovered = hovered and self._root.visible

    def toggle(self) -> None:
        """Shows or hides the list; the markers stay."""
        self._root.visible = not self._root.visible
        self.hovered = self.hovered and self._root.visible

    def update(self) -> None:
        """Once a frame: lists what the task of the run has."""
        self._boxes.tell()
        if self._root.visible:
            self._boxes.update()
