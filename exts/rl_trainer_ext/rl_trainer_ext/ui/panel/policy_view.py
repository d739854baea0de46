# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the policy sees: the cameras of a task that has some, several environments in one picture."""

from __future__ import annotations

import omni.ui as ui

from ...runs import as_text
from ...viewport.interface import CameraPictures
from ..widgets import style
from ..widgets.fields import Dropdown
from ..widgets.section import Section
from ..widgets.settings import Settings, remembered_text

_TOOLTIP = (
    "The camera and the kind of its output. It is drawn as often as the viewport, in the viewport's share of the time."
)


class PolicyView:
    """A section in the current layout, hidden for tasks without cameras; folded, it takes no pictures.

    Args:
        cameras: Takes the pictures.
        settings: Where the user's choices are remembered.
    """

    def __init__(self, cameras: CameraPictures, settings: Settings) -> None:
        self._cameras, self._settings = cameras, settings
        self._serial = -1
        self._sources: tuple[str, ...] = ()
        with (
            Section("What the policy sees", "section_cameras", settings) as self._section,
            ui.VStack(height=0, spacing=style.SPACING),
        ):
            self._source = Dropdown("camera", _TOOLTIP, self._chosen)
            self._text = ui.Label("", name="dim", word_wrap=True, identifier="camera_text")
            self._provider = ui.ByteImageProvider()
            self._image = ui.ImageWithProvider(
                self._provider,
                fill_policy=ui.IwpFillPolicy.IWP_PRESERVE_ASPECT_FIT,
                identifier="camera_picture",
                height=0,
                visible=False,
            )
        self._section.frame.visible = False

    def _chosen(self) -> None:
        self._settings.set("camera", self._source.value)

    def update(self) -> None:
        """Once a frame, and after each picture: shows the newest, and asks for the next."""
        cameras = self._cameras
        if cameras.sources != self._sources:
            self._offer(cameras.sources)
        if not self._sources or self._section.frame.collapsed:
            return
        cameras.ask(self._source.value)
        picture = cameras.picture
        words = "" if picture is not None else cameras.problem or "No picture yet."
        self._text.text, self._text.visible = as_text(words), bool(words)
        self._image.visible = picture is not None
        if picture is None:
            return
        height, width = picture.shape[:2]
        if cameras.serial != self._serial:
            self._serial = cameras.serial
            self._provider.set_data_array(picture, [width, height])
        self._image.height = ui.Pixel(round(self._image.computed_width * height / width))

    def _offer(self, sources: tuple[str, ...]) -> None:
        self._sources = sources
        self._section.frame.visible = bool(sources)
        if sources:
            chosen = remembered_text(self._settings, "camera")
            self._source.set_options([(each, each) for each in sources], chosen if chosen in sources else sources[0])
