# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A check box for each kind of marker that a task has. What the user checks is remembered for all tasks."""

from __future__ import annotations

import functools

import omni.ui as ui

from ...viewport.interface import MarkerKind, MarkerSource
from .fields import LabelledCheckBox
from .settings import Settings, remembered_texts

_KEY = "viewport_markers"
_ROW = 22


class MarkerBoxes:
    """Built into the current layout.

    Args:
        source: What draws them. Until the user chooses, it draws what it would without this.
        settings: Where the choices are remembered.
        width: Arguments of its layout.
    """

    def __init__(self, source: MarkerSource, settings: Settings, **width: ui.Length | int) -> None:
        self._source, self._settings = source, settings
        self._chosen: set[str] | None = None
        if settings.get(_KEY, None) is not None:
            self._chosen = {name for name in remembered_texts(settings, _KEY) if name in MarkerKind.__members__}
        self._built: tuple[object, ...] | None = None
        self._told = False
        self._boxes: dict[MarkerKind, LabelledCheckBox] = {}
        self._body = ui.VStack(height=0, **width)

    def tell(self) -> None:
        """Tells what is remembered. Once a frame, also while the boxes are hidden."""
        if not self._told and self._chosen is not None:
            self._source.show_markers(self._wanted)
        self._told = True

    def update(self) -> None:
        """Lists what the task of the run has. Once a frame while the boxes are visible."""
        kinds, missing = self._source.markers, self._source.unavailable_markers
        built = (kinds, tuple(missing))
        if built != self._built:
            self._built = built
            self._build(kinds | missing.keys() if kinds else kinds)
        shown = self._source.shown_markers
        for kind, box in self._boxes.items():
            if box.value is not (kind in shown):
                box.value = kind in shown

    def _build(self, kinds: frozenset[MarkerKind]) -> None:
        missing, self._boxes = self._source.unavailable_markers, {}
        self._body.clear()
        with self._body:
            ui.Spacer(height=4)
            for kind in MarkerKind:
                if kind in kinds:
                    with ui.HStack(width=0, height=_ROW):
                        change = functools.partial(self._changed, kind)
                        tooltip = missing.get(kind, _TOOLTIPS[kind])
                        box = LabelledCheckBox(kind.value, f"marker:{kind.name}", tooltip, change)
                    box.enabled = kind not in missing
                    self._boxes[kind] = box
            if not kinds:
                ui.Label("A run shows what its task has.", name="dim", height=_ROW)
            ui.Spacer(height=4)

    @property
    def _wanted(self) -> frozenset[MarkerKind]:
        return frozenset(MarkerKind[name] for name in self._chosen or ())

    def _changed(self, kind: MarkerKind) -> None:
        if self._chosen is None:
            self._chosen = {each.name for each in self._source.shown_markers}
        (self._chosen.add if self._boxes[kind].value else self._chosen.discard)(kind.name)
        self._settings.set(_KEY, sorted(self._chosen))
        self._source.show_markers(self._wanted)


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
