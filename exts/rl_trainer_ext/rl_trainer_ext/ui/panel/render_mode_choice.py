# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The choice of how much of a run is drawn, also while it runs."""

from __future__ import annotations

import omni.ui as ui

from ...frames.sharing import DEFAULT_SHARE, MAX_SHARE, RenderMode
from ...training.commands import SetRenderMode, SetViewportShare, TrainerPort
from ...training.snapshot import Snapshot
from ..widgets.fields import Dropdown, row
from ..widgets.settings import Settings
from ..widgets.weak import weak_callback

_TOOLTIP = (
    "How much of the run the viewport draws; V changes it. Takes effect at once.\n"
    "Full rendering: every environment step.\n"
    "Partial rendering: as often as the viewport share allows.\n"
    "No rendering: the viewport stops; panel and curves stay live."
)
_SHARE_TOOLTIP = "The largest share of time that the viewport may use in partial rendering [%]."


def next_render_mode(mode: RenderMode) -> RenderMode:
    """Returns the next mode in the order of the list."""
    modes = list(RenderMode)
    return modes[(modes.index(mode) + 1) % len(modes)]


def cycle_render_mode(trainer: TrainerPort) -> None:
    """Changes to the next render mode, as the key V does."""
    trainer.request(SetRenderMode(next_render_mode(trainer.snapshot().render_mode)))


class RenderModeChoice:
    """Two rows in the current layout. Requests the remembered choice at once, then follows the trainer."""

    def __init__(self, trainer: TrainerPort, settings: Settings) -> None:
        self._trainer, self._settings = trainer, settings
        snapshot = trainer.snapshot()
        self._mode, self._share = snapshot.render_mode, snapshot.viewport_share
        with row("Render mode", _TOOLTIP):
            self._choice = Dropdown("render_mode", _TOOLTIP, self._picked)
            self._choice.set_options([(mode.name, mode.value) for mode in RenderMode], self._mode.name)
        # a row of its own: beside the choice it would leave too little room for the names of the modes in a dock.
        # Always there: what is below would otherwise move with the mode
        with row("Viewport share", _SHARE_TOOLTIP):
            self._slider = ui.IntSlider(
                min=0, max=round(100 * MAX_SHARE), identifier="viewport_share", tooltip=_SHARE_TOOLTIP
            )
            ui.Label("% time", name="dim", width=0, tooltip=_SHARE_TOOLTIP)
        self._slider.model.set_value(round(100 * self._share))
        self._subscription = self._slider.model.subscribe_value_changed_fn(weak_callback(self._slid))
        self._slider.enabled = self._mode is RenderMode.PARTIAL_RENDERING
        self._restore()

    def _restore(self) -> None:
        mode = str(self._settings.get("render_mode", self._mode.name))
        if mode != self._mode.name and mode in RenderMode.__members__:
            self._trainer.request(SetRenderMode(RenderMode[mode]))
        share = self._settings.get("viewport_share", DEFAULT_SHARE)
        if isinstance(share, float | int) and share != self._share and 0 <= share <= MAX_SHARE:
            self._trainer.request(SetViewportShare(float(share)))

    def update(self, snapshot: Snapshot) -> None:
        """Follows the trainer: keys and other panels change the mode as well."""
        if snapshot.render_mode is not self._mode:
            self._mode = snapshot.render_mode
            self._choice.set_options([(mode.name, mode.value) for mode in RenderMode], self._mode.name)
            self._slider.enabled = self._mode is RenderMode.PARTIAL_RENDERING
            self._settings.set("render_mode", self._mode.name)
        if snapshot.viewport_share != self._share:
            self._share = snapshot.viewport_share
            self._slider.model.set_value(round(100 * self._share))
            self._settings.set("viewport_share", self._share)

    def _picked(self) -> None:
        self._trainer.request(SetRenderMode(RenderMode[self._choice.value]))

    def _slid(self, model: ui.AbstractValueModel) -> None:
        share = min(max(model.as_int / 100, 0.0), MAX_SHARE)
        if share != self._share:
            self._trainer.request(SetViewportShare(share))
