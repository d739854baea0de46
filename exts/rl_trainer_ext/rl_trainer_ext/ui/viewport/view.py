# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The viewport: the newest picture of a run, as large as its frame, and a camera that follows the mouse."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import omni.ui as ui

from ...frames.sharing import RenderMode
from ...training.commands import TrainerPort
from ...training.snapshot import Snapshot, State
from ...viewport.interface import OffscreenViewport
from ..drive.steering import Steering
from ..panel.run_keys import run_key_pressed
from ..widgets import keys, style
from ..widgets.pending import Pending
from ..widgets.settings import Settings
from .marker_list import MarkerList
from .overlay import Overlay
from .toolbar import HEIGHT as TOOLBAR_HEIGHT
from .toolbar import ViewportToolbar

RESIZE_DELAY = 0.2
"""Seconds that a size has to last before pictures of that size are asked for: a splitter passes hundreds."""

SMALLEST, LARGEST = 48, 2560
"""Sides of a picture [pixels]: less shows nothing, more costs more than it shows."""

PUSH_PIXELS = 150
"""Mouse drag from which on a push has the whole strength."""

ZOOM_PIXELS = 25
"""Mouse drag that moves the camera as far as one notch of the wheel."""

_LEFT, _RIGHT, _MIDDLE = 0, 1, 2
_TEXT_WIDTH = 440
_RUNNING = (State.TRAINING, State.PLAYING)


@dataclass(frozen=True)
class Words:
    """The text over the picture."""

    title: str = ""
    text: str = ""
    dim: bool = True
    """Whether the picture is dimmed: it does not show the present state."""


def words_over(snapshot: Snapshot, has_picture: bool, notice: str = "") -> Words:
    """Returns why the picture does not move, or why there is none.

    Args:
        snapshot: The trainer as it is now.
        has_picture: Whether there is a picture to dim.
        notice: A restriction of the viewport, shown while the picture stands still.
    """
    state = snapshot.state
    if snapshot.viewport_problem:
        return Words("No viewport", snapshot.viewport_problem)
    if state in (State.LOADING, State.LAUNCHING, State.STOPPING):
        return Words(snapshot.activity or f"{state.value.capitalize()}…")
    if state is State.PAUSED:
        return Words("Paused", notice)
    if state in _RUNNING:
        if snapshot.render_mode is RenderMode.NO_RENDERING:
            return Words("No rendering: press V")
        return Words(dim=False) if has_picture else Words("Waiting for the first picture…")
    if has_picture:
        return Words("Not running", notice)
    return Words("Nothing to show yet", "Choose a task in the panel and click Train. The environments appear here.")


def picture_size(width: float, height: float) -> tuple[int, int] | None:
    """Returns the size of the pictures for a frame of this size [pixels], or None where the frame is a sliver."""
    if not min(width, height) >= SMALLEST:
        return None
    scale = min(1.0, LARGEST / max(width, height))
    return max(SMALLEST, round(width * scale)), max(SMALLEST, round(height * scale))


@dataclass
class _Drag:
    """A mouse button held down over the viewport."""

    button: int
    alt: bool
    x: float
    y: float
    pushed: tuple[float, float] | None = None
    """How far the mouse has gone, while the drag is to push the robot [pixels]; None for a drag of the camera."""


class ViewportView:
    """Fills a frame with a viewport. Callbacks enqueue actions; :meth:`update` runs them.

    Args:
        frame: What to fill; the host owns its window.
        viewport: What draws, and owns the camera.
        trainer: Whose run is shown.
        settings: Where the user's choices are remembered.
        overlay: The card over a part of the viewport, which has the mouse there.
        steering: Drives the robots of a playback with keys and mouse; None leaves that out.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(
        self,
        frame: ui.Frame,
        viewport: OffscreenViewport,
        trainer: TrainerPort,
        settings: Settings,
        overlay: Overlay | None = None,
        steering: Steering | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._frame, self._viewport, self._trainer = frame, viewport, trainer
        self._overlay, self._steering, self._clock = overlay, steering, clock
        self._serial = -1
        self._size = (0.0, 0.0)
        self._resize_at: float | None = None
        self._drag: _Drag | None = None
        self._pending = Pending()
        self._words: Words | None = None
        frame.clear()
        with frame:
            # unclipped, toolbar and words would be the least size of the frame
            self._root = ui.Frame(style=style.STYLE, **style.CLIPPED)
        with self._root, ui.ZStack():
            # no widget is below the picture or covers it: where omni.ui is drawn in software, each layer of this
            # size costs as much as all of the panel
            self._provider = ui.ByteImageProvider()
            # while a window is being resized the picture is still of its former size: cut off rather than distorted
            self._image = ui.ImageWithProvider(
                self._provider,
                fill_policy=ui.IwpFillPolicy.IWP_PRESERVE_ASPECT_CROP,
                identifier="viewport_picture",
                visible=False,
            )
            self._build_words()
            self._surface = ui.Rectangle(
                name="clear",
                identifier="viewport_surface",
                mouse_pressed_fn=self._pressed,
                mouse_moved_fn=self._moved,
                mouse_released_fn=self._released,
                mouse_wheel_fn=self._wheel,
            )
            self._markers = MarkerList(viewport, settings, TOOLBAR_HEIGHT)
            toggle_curve, toggle_markers = None if overlay is None else overlay.toggle, self._markers.toggle
            self._toolbar = ViewportToolbar(viewport, settings, toggle_curve, self._pending.adding(toggle_markers))

    def _build_words(self) -> None:
        with ui.VStack():
            ui.Spacer()
            with ui.HStack(height=0):
                ui.Spacer()
                self._words_box = ui.VStack(width=_TEXT_WIDTH, height=0, spacing=style.SPACING)
                with self._words_box:
                    centred = {"alignment": ui.Alignment.CENTER, "word_wrap": True, "height": 0}
                    self._title = ui.Label("", name="title", identifier="viewport_title", **centred)
                    self._text = ui.Label("", identifier="viewport_text", **centred)
                ui.Spacer()
            ui.Spacer()

    def update(self) -> None:
        """Shows the newest picture and does what the mouse requested. The host calls it once a frame."""
        snapshot = self._trainer.snapshot()
        if self._steering is not None:
            self._steering.update()
        self._follow_mouse()
        self._fit()
        if self._viewport.serial != self._serial:
            self._serial = self._viewport.serial
            picture = self._viewport.picture
            self._image.visible = picture is not None
            if picture is not None:
                height, width = picture.shape[:2]
                self._provider.set_data_array(picture, [width, height])
        words = self._push_words() or words_over(snapshot, self._image.visible, self._viewport.notice)
        if words != self._words:
            self._words = words
            self._title.text, self._text.text = words.title, words.text
            self._title.visible, self._text.visible = bool(words.title), bool(words.text)
            self._image.name = "dimmed" if words.dim else ""
        self._markers.update()
        self._toolbar.update(self._viewport.num_envs, self._surface.computed_width)

    def _fit(self) -> None:
        """Asks for pictures of the frame's size, once it has lasted."""
        scale = ui.Workspace.get_dpi_scale()
        size = (self._surface.computed_width * scale, self._surface.computed_height * scale)
        now = self._clock()
        if size != self._size:
            self._size, self._resize_at = size, now + RESIZE_DELAY
            self._words_box.width = ui.Pixel(min(_TEXT_WIDTH, max(1.0, self._surface.computed_width - 24)))
        elif self._resize_at is not None and now >= self._resize_at:
            self._resize_at = None
            wanted = picture_size(*size)
            if wanted is not None:
                self._viewport.resize(*wanted)

    def _follow_mouse(self) -> None:
        self._pending.run()

    def _covered(self) -> bool:
        """Whether the mouse is over the toolbar or the card: widgets below others receive the mouse as well."""
        on_bars = self._toolbar.hovered or self._markers.hovered
        return on_bars or (self._overlay is not None and self._overlay.hovered)

    def _pressed(self, x: float, y: float, button: int, modifier: int) -> None:
        def act() -> None:
            if self._drag is None and not self._covered():
                self._drag = _Drag(button, bool(modifier & keys.ALT), x, y)
                steering = self._steering
                if button == _LEFT and modifier & keys.SHIFT and steering is not None and steering.driving is not None:
                    self._drag.pushed = (0.0, 0.0)
                keys.typed()

        self._pending.add(act)

    def _moved(self, x: float, y: float, modifier: int, button: object) -> None:
        def act() -> None:
            drag = self._drag
            if drag is None:
                return
            right, down = x - drag.x, y - drag.y
            drag.x, drag.y = x, y
            if not right and not down:
                return
            if drag.pushed is not None:
                drag.pushed = drag.pushed[0] + right, drag.pushed[1] + down
            elif drag.button == _MIDDLE:
                self._viewport.pan(right, down)
            elif drag.button == _RIGHT and drag.alt:
                self._viewport.zoom((right - down) / ZOOM_PIXELS)
            else:
                self._viewport.orbit(right, down)

        self._pending.add(act)

    def _released(self, x: float, y: float, button: int, modifier: int) -> None:
        def act() -> None:
            if self._drag is not None and self._drag.button == button:
                drag, self._drag = self._drag, None
                if drag.pushed is not None and self._steering is not None:
                    self._steering.push(*self._viewport.on_ground(*drag.pushed), self._push_speed(drag.pushed))

        self._pending.add(act)

    def _push_speed(self, pushed: tuple[float, float]) -> float:
        strength = 0.0 if self._steering is None else self._steering.strength
        return strength * min(1.0, math.hypot(*pushed) / PUSH_PIXELS)

    def _push_words(self) -> Words | None:
        """Says how hard a push will be, while the mouse is dragged for it."""
        pushed = None if self._drag is None else self._drag.pushed
        return None if pushed is None else Words(f"Push: {self._push_speed(pushed):.1f} m/s", dim=False)

    def _wheel(self, x: float, y: float, modifier: int) -> None:
        def act() -> None:
            if y and not self._covered():
                self._viewport.zoom(y)

        self._pending.add(act)

    def key_pressed(self, key: int, modifier: int, pressed: bool) -> None:
        """For the host's ``window.set_key_pressed_fn``."""
        steering, shift = self._steering, bool(modifier & keys.SHIFT)
        drives = steering is not None and keys.is_shortcut(modifier, pressed, allowed=keys.SHIFT)
        if drives and steering is not None and steering.key_pressed(key, shift):
            return
        if not keys.is_shortcut(modifier, pressed):
            return
        if key == keys.KEYS.f:
            self._viewport.frame()
        elif not run_key_pressed(self._trainer, key) and key == keys.KEYS.h and self._overlay is not None:
            self._overlay.toggle()

    def destroy(self) -> None:
        """Clears the frame."""
        keys.typed()
        self._root.destroy()  # drops the callbacks, which hold what made them
        self._frame.clear()
