# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The reward in the viewport: a small card with the live curve, which can be moved and hidden."""

from __future__ import annotations

import time
from collections.abc import Callable

import omni.ui as ui

from ... import wording
from ...metrics import MEAN_REWARD
from ...training.commands import TrainerPort
from ...training.snapshot import Snapshot
from ..panel.status import progress, words_without_data
from ..widgets import style
from ..widgets.plot import SeriesLine
from ..widgets.settings import Settings
from ..widgets.weak import weak_callback

WIDTH, HEIGHT = 244, 128
"""Of the card [pixels]."""

_MARGIN = 10
_CORNER = (0.0, 1.0)
"""The first place of the card: the bottom left corner."""


class Overlay:
    """Shows the card over a frame; elsewhere the mouse belongs to the widgets below.

    Args:
        frame: What to fill, as large as the viewport and over it.
        trainer: Whose reward is shown.
        settings: Where its place is remembered, and whether it is shown.
        top: Height at the top of the frame that stays free [pixels].
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        frame: ui.Frame,
        trainer: TrainerPort,
        settings: Settings,
        *,
        top: float = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._frame, self._trainer, self._settings, self._top = frame, trainer, settings, top
        self._place = _remembered_place(settings)
        self._wanted = bool(settings.get("overlay_visible", True))
        self._mouse_over = False
        self._offset = (-1.0, -1.0)
        self._grip: tuple[float, float] | None = None
        self._dragged_to: tuple[float, float] | None = None
        self._shown: Snapshot | None = None
        frame.clear()
        with frame:
            # unclipped, the place of the card would be the least size of the frame
            self._root = ui.Frame(style=style.STYLE, **style.CLIPPED)
        with self._root:
            # a placer that is draggable cannot be dragged by a plot in it
            self._placer = ui.Placer(visible=False)
            with self._placer:
                card = ui.ZStack(
                    width=WIDTH,
                    height=HEIGHT,
                    identifier="overlay",
                    mouse_hovered_fn=weak_callback(self._hovered),
                    mouse_pressed_fn=weak_callback(self._pressed),
                    mouse_moved_fn=weak_callback(self._dragged),
                    mouse_released_fn=weak_callback(self._released),
                )
                with card:
                    ui.Rectangle(name="translucent")
                    with ui.HStack():
                        ui.Spacer(width=8)
                        self._build(clock)
                        ui.Spacer(width=6)

    def _build(self, clock: Callable[[], float]) -> None:
        with ui.VStack(spacing=2):
            ui.Spacer(height=2)
            with ui.HStack(height=20, spacing=style.SPACING):
                ui.Label("Mean reward", name="dim", tooltip="Mean return of the last finished episodes.")
                self._value = ui.Label(wording.UNKNOWN, width=0, name="over_picture", identifier="overlay_value")
                ui.Button(
                    "x",
                    width=18,
                    name="on_picture",
                    identifier="overlay_hide",
                    tooltip="Hide the curve. H shows it again.",
                    clicked_fn=weak_callback(self.toggle),
                )
            with ui.ZStack():
                self._line = SeriesLine(style.ACCENT, "overlay", clock)
                # without one of its own a plot names the index of the point under the mouse, which is none of the run's
                self._line.plot.set_tooltip("Mean return of the last finished episodes.")
            with ui.HStack(height=15):
                self._progress = ui.Label("", name="caption", elided_text=True, identifier="overlay_progress")
                self._rate = ui.Label("", name="caption", width=0, identifier="overlay_rate")
            with ui.HStack(height=15):
                self._mode = ui.Label(
                    "", name="caption", identifier="overlay_mode", tooltip="The render mode. V changes it."
                )
            ui.Spacer(height=2)

    def update(self) -> None:
        """Shows the run as it is now. The host calls it once a frame."""
        snapshot = self._trainer.snapshot()
        self._lay()
        if not self.visible:
            return
        self._line.update(snapshot.metrics.get(MEAN_REWARD))
        if snapshot != self._shown:
            self._shown = snapshot
            self._line.empty.text = words_without_data(snapshot)
            self._value.text = wording.number(snapshot.mean_reward)
            self._progress.text = progress(snapshot)[1].capitalize()
            rate = snapshot.counts.steps_per_second
            self._rate.text = "" if rate is None else wording.rate(rate)
            self._mode.text = snapshot.render_mode.value

    def _lay(self) -> None:
        """Places the card in a frame of any size, or where the user drags it."""
        free_x = self._root.computed_width - WIDTH - 2 * _MARGIN
        free_y = self._root.computed_height - self._top - HEIGHT - 2 * _MARGIN
        has_run = self._trainer.snapshot().config is not None
        visible = self._wanted and has_run and free_x >= 0 and free_y >= 0
        if visible != self._placer.visible:
            self._placer.visible = visible
            # what is hidden does not hear that the mouse leaves it
            self._mouse_over, self._grip = False, None
        if not visible:
            return
        if self._dragged_to is not None:
            x, y = self._dragged_to
            self._dragged_to = None
            self._place = _share(x - _MARGIN, free_x), _share(y - _MARGIN - self._top, free_y)
        offset = (_MARGIN + self._place[0] * free_x, _MARGIN + self._top + self._place[1] * free_y)
        if offset != self._offset:
            self._offset = offset
            self._placer.offset_x, self._placer.offset_y = (ui.Pixel(round(each)) for each in offset)

    def _pressed(self, x: float, y: float, button: int, modifier: int) -> None:
        self._grip = (self._offset[0] - x, self._offset[1] - y) if button == 0 else None

    def _dragged(self, x: float, y: float, modifier: int, button: object) -> None:
        if self._grip is not None:
            self._dragged_to = (self._grip[0] + x, self._grip[1] + y)

    def _released(self, x: float, y: float, button: int, modifier: int) -> None:
        if self._grip is not None:
            self._grip = None
            self._lay()
            self._settings.set("overlay_place", list(self._place))

    def _hovered(self, hovered: bool) -> None:
        self._mouse_over = hovered

    @property
    def visible(self) -> bool:
        """Whether the card is visible: the user wants it, there is a run, and it fits."""
        return self._placer.visible

    @property
    def hovered(self) -> bool:
        """Whether the mouse is over the card, and belongs to it."""
        return self._mouse_over

    def toggle(self) -> None:
        """Hides the card, or shows it again."""
        self._wanted = not self._wanted
        self._settings.set("overlay_visible", self._wanted)

    def destroy(self) -> None:
        """Takes everything out of the frame."""
        self._root.destroy()
        self._frame.clear()


def _share(distance: float, room: float) -> float:
    """Returns a distance as a share of the available space, from 0 to 1."""
    return min(1.0, max(0.0, distance / room)) if room > 0 else 0.0


def _remembered_place(settings: Settings) -> tuple[float, float]:
    place = settings.get("overlay_place", None)
    try:
        x, y = (min(1.0, max(0.0, float(share))) for share in place)
    except (TypeError, ValueError):
        return _CORNER
    return x, y
