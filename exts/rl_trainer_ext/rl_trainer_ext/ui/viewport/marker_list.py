# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of the markers that can be drawn in the viewport. What the user checks is remembered for all tasks."""

from __future__ import annotations

import functools

import omni.ui as ui

from ...viewport.interface import MarkerKind, OffscreenViewport
from ..widgets.fields import LabelledCheckBox
from ..widgets.settings import Settings, remembered_texts

_KEY = "viewport_markers"
_ROW = 22


class MarkerList:
    """Built into the current layout, at its top right corner below the toolbar; hidden until :meth:`toggle`.

    Args:
        viewport: The viewport that draws them.
        settings: Where the choices are remembered.
        top: Distance from the upper edge [pixels].
    """

    def __init__(self, viewport: OffscreenViewport, settings: Settings, top: int) -> None:
        self._viewport, self._settings = viewport, settings
        self._wanted = {name for name in remembered_texts(settings, _KEY) if name in MarkerKind.__members__}
        self._kinds: frozenset[MarkerKind] | None = None
        self._told = False
        self._boxes: dict[MarkerKind, LabelledCheckBox] = {}
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
                        self._body = ui.VStack(width=0, height=0)
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
        if not self._told:
            self._told = True
            if self._wanted:
                self._tell()
        kinds = self._viewport.markers
        if kinds == self._kinds or not self._root.visible:
            return
        self._kinds, self._boxes = kinds, {}
        self._body.clear()
        with self._body:
            ui.Spacer(height=4)
            for kind in MarkerKind:
                if kind in kinds:
                    with ui.HStack(width=0, height=_ROW):
                        change = functools.partial(self._changed, kind)
                        box = LabelledCheckBox(kind.value, f"marker:{kind.name}", _TOOLTIPS[kind], change)
                    box.value = kind.name in self._wanted
                    self._boxes[kind] = box
            if not kinds:
                ui.Label("A run shows what its task has.", name="dim", height=_ROW)
            ui.Spacer(height=4)

    def _changed(self, kind: MarkerKind) -> None:
        (self._wanted.add if self._boxes[kind].value else self._wanted.discard)(kind.name)
        self._settings.set(_KEY, sorted(self._wanted))
        self._tell()

    def _tell(self) -> None:
        self._viewport.show_markers(frozenset(MarkerKind[name] for name in self._wanted))


_TOOLTIPS = {
    MarkerKind.COMMANDS: "Arrows, goals and poses of the commands, as the task draws them.",
    MarkerKind.ACTIONS: "What the action terms draw, such as the wanted pose of a hand.",
    MarkerKind.RAY_HITS: "Where the rays of height scanners and lidars hit.",
    MarkerKind.CONTACT_SENSORS: "The bodies of contact sensors, and which of them touch something.",
    MarkerKind.FRAMES: "The frames of the frame transformers.",
    MarkerKind.SENSORS: "What the other sensors draw.",
    MarkerKind.TASK: "What the task itself draws, such as a goal.",
    MarkerKind.CONTACTS: "The contacts that the physics has found, with their normals.",
    MarkerKind.JOINTS: "The axes of the joints.",
    MarkerKind.CENTRES_OF_MASS: "The centre of mass of each body.",
    MarkerKind.COLLISION_SHAPES: "The shapes that collide, in place of those that are usually seen.",
}
