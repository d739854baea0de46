# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The toolbar of the viewport: the followed environment, the number of drawn ones, and the camera."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from ...errors import UserError
from ...run_config import MAX_NUM_ENVS
from ...viewport.interface import OffscreenViewport
from ..widgets import keys
from ..widgets.fields import Dropdown, TextField
from ..widgets.settings import Settings
from ..widgets.text import parse_integer

HEIGHT = 32
"""Height of the bar, including its distance from the edge [pixels]."""

COUNTS = (1, 4, 16, 64, 256, 1024)
"""The numbers of drawn environments to choose from, besides all."""

DEFAULT_COUNT = 1024
"""The default: with more, each is a dot, and a picture takes too long."""

_ROOMY = 400
"""Width of the viewport from which on there is room for captions [pixels]."""

_FOLLOW = "The environment that the camera follows, counted from 0; empty for none."


class ViewportToolbar:
    """Built into the current layout, at its top left corner. The choices are remembered, and made again in every run.

    Args:
        viewport: The viewport that is controlled.
        settings: Where they are remembered.
        toggle_curve: Shows or hides the reward curve in the viewport; None where there is none.
        toggle_markers: Shows or hides the list of markers.
    """

    def __init__(
        self,
        viewport: OffscreenViewport,
        settings: Settings,
        toggle_curve: Callable[[], None] | None,
        toggle_markers: Callable[[], None],
    ) -> None:
        self._viewport, self._settings = viewport, settings
        followed, shown = settings.get("viewport_follow", None), settings.get("viewport_show", DEFAULT_COUNT)
        self._followed: int | None = followed if isinstance(followed, int) and 0 <= followed < MAX_NUM_ENVS else None
        self._shown: int = shown if shown in (0, *COUNTS) else DEFAULT_COUNT
        self._num_envs: int | None = None
        self._captions: list[ui.Label] = []
        self.hovered = False
        """Whether the mouse is over the bar."""
        with ui.VStack(), ui.HStack(height=HEIGHT):
            ui.Spacer(width=4)
            with ui.VStack(width=0):
                ui.Spacer(height=4)
                with ui.ZStack(width=0, mouse_hovered_fn=self._hovered, identifier="viewport_toolbar"):
                    ui.Rectangle(name="translucent")
                    self._build(toggle_curve, toggle_markers)
            ui.Spacer()

    def _build(self, toggle_curve: Callable[[], None] | None, toggle_markers: Callable[[], None]) -> None:
        with ui.HStack(width=0, spacing=3):
            ui.Spacer(width=2)
            self._caption("Follow", _FOLLOW)
            self._button("<", "viewport_follow_previous", "Follow the one before.", lambda: self._step(-1), 16)
            with ui.VStack(width=40):
                ui.Spacer(height=2)
                self._field = TextField("viewport_follow", _FOLLOW, "none", self._typed)
                ui.Spacer(height=2)
            self._button(">", "viewport_follow_next", "Follow the next one.", lambda: self._step(1), 16)
            ui.Spacer(width=1)
            tooltip = "Draw at most this many environments; fewer take less time."
            self._caption("Show", tooltip)
            with ui.VStack(width=62):
                ui.Spacer(height=2)
                self._counts = Dropdown("viewport_show", tooltip, self._picked)
                ui.Spacer(height=2)
            ui.Spacer(width=1)
            tooltip = "Move the camera so that the nearest environments fill the viewport (F)."
            self._button("Frame", "viewport_frame", tooltip, self._viewport.frame, 42)
            if toggle_curve is not None:
                tooltip = "Show or hide the reward curve in the viewport (H)."
                self._button("Curve", "viewport_curve", tooltip, toggle_curve, 42)
            tooltip = "Choose what is drawn besides the robots: command arrows, goals, contacts, collision shapes."
            self._button("Markers", "viewport_markers", tooltip, toggle_markers, 52)
            ui.Spacer(width=2)

    def _caption(self, text: str, tooltip: str) -> None:
        self._captions.append(ui.Label(text, name="dim", width=0, tooltip=tooltip))

    def _button(self, text: str, identifier: str, tooltip: str, clicked: Callable[[], None], width: int) -> None:
        with ui.VStack(width=width):
            ui.Spacer(height=2)
            ui.Button(text, identifier=identifier, tooltip=tooltip, clicked_fn=clicked, name="on_picture")
            ui.Spacer(height=2)

    def _hovered(self, hovered: bool) -> None:
        self.hovered = hovered

    def update(self, num_envs: int, width: float) -> None:
        """Once a frame: follows the number of environments that there are, and the width of the viewport [pixels]."""
        roomy = width >= _ROOMY
        if roomy != self._captions[0].visible:
            for caption in self._captions:
                caption.visible = roomy
        if num_envs != self._num_envs:
            self._num_envs = num_envs
            counts = [count for count in COUNTS if not num_envs or count < num_envs]
            shown = self._shown if self._shown in counts else 0
            self._counts.set_options([("0", "All"), *((str(n), str(n)) for n in counts)], str(shown))
            self._tell()
        if not keys.has_keyboard(self._field):
            # what was typed and is no environment is taken back when the field is left
            self._field.value = "" if self._followed is None else str(self._followed)

    def _tell(self) -> None:
        self._viewport.show(self._shown)
        out_of_reach = self._followed is not None and self._num_envs and self._followed >= self._num_envs
        self._viewport.follow(None if out_of_reach else self._followed)

    def _picked(self) -> None:
        self._shown = int(self._counts.value)
        self._settings.set("viewport_show", self._shown)
        self._viewport.show(self._shown)

    def _step(self, by: int) -> None:
        # none comes before the first and after the last
        places = (self._num_envs or 0) + 1
        at = 0 if self._followed is None else min(self._followed + 1, places - 1)
        at = (at + by) % places
        self._follow(None if at == 0 else at - 1)

    def _typed(self) -> None:
        try:
            number = parse_integer("", self._field.value)
        except UserError:
            return
        if number is None or 0 <= number < (self._num_envs or number + 1):
            self._follow(number)

    def _follow(self, env_index: int | None) -> None:
        self._followed = env_index
        self._settings.set("viewport_follow", env_index)
        self._viewport.follow(env_index)
