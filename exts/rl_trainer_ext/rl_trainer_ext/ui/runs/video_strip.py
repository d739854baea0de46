# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows the newest videos of a run as pictures; a click plays one in the user's player."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import omni.ui as ui

from ...runs import as_text, list_videos
from ..widgets import style

SHOWN = 3
"""The number of videos that are shown, the newest first; the file manager has all of them."""

HEIGHT = 48
PICTURE_WIDTH = 84
"""Size of a picture [pixels]."""

CHECK_INTERVAL = 1.0
"""Time between two looks for new videos [s]."""

Thumbnail = Callable[[Path, int], Callable[[], np.ndarray | None]]
"""Begins to read a picture of a video with this width; the returned function returns it once it is read, RGBA."""


@dataclass
class _Tile:
    root: ui.ZStack
    image: ui.ImageWithProvider
    provider: ui.ByteImageProvider
    button: ui.InvisibleButton
    path: Path | None = None
    read: Callable[[], np.ndarray | None] | None = None


class VideoStrip:
    """A row in the current layout, hidden for a run without videos.

    Args:
        play: Called with the video to play, within omni.ui's callbacks.
        thumbnail: Reads the pictures.
        now: Returns the time [s].
    """

    def __init__(self, play: Callable[[Path], None], thumbnail: Thumbnail, now: Callable[[], float]) -> None:
        self._play, self._thumbnail, self._now = play, thumbnail, now
        self._run_dir: Path | None = None
        self._videos: tuple[Path, ...] = ()
        self._looked = float("-inf")
        self._root = ui.HStack(height=HEIGHT, spacing=4, visible=False)
        with self._root:
            self._tiles = [self._tile(index) for index in range(SHOWN)]
            self._more = ui.Label("", name="dim", width=0, identifier="videos_more")
            ui.Spacer()

    def _tile(self, index: int) -> _Tile:
        root = ui.ZStack(width=PICTURE_WIDTH, visible=False)
        with root:
            ui.Rectangle(name="plot")
            provider = ui.ByteImageProvider()
            image = ui.ImageWithProvider(provider, fill_policy=ui.IwpFillPolicy.IWP_PRESERVE_ASPECT_FIT, visible=False)
            with ui.VStack():
                ui.Spacer()
                ui.Label("Play", name="over_picture", alignment=ui.Alignment.CENTER, height=style.ROW_HEIGHT)
            button = ui.InvisibleButton(identifier=f"video_{index}", clicked_fn=lambda: self._clicked(index))
        return _Tile(root, image, provider, button)

    def _clicked(self, index: int) -> None:
        path = self._tiles[index].path
        if path is not None:
            self._play(path)

    def show(self, run_dir: Path) -> None:
        """Shows the videos of a run."""
        self._run_dir, self._looked = run_dir, float("-inf")

    def update(self) -> None:
        """Once a frame: looks for new videos, and shows the pictures that were read."""
        now = self._now()
        if self._run_dir is not None and now - self._looked >= CHECK_INTERVAL:
            self._looked = now
            videos = list_videos(self._run_dir)
            if videos != self._videos:
                self._videos = videos
                self._fill()
        for tile in self._tiles:
            picture = None if tile.read is None else tile.read()
            if picture is not None:
                height, width = picture.shape[:2]
                tile.provider.set_data_array(picture, [width, height])
                tile.image.visible, tile.read = True, None

    def _fill(self) -> None:
        self._root.visible = bool(self._videos)
        for index, tile in enumerate(self._tiles):
            path = self._videos[index] if index < len(self._videos) else None
            tile.root.visible = path is not None
            if path is not None and path != tile.path:
                tile.image.visible = False
                tile.read = self._thumbnail(path, 2 * PICTURE_WIDTH)
                tile.button.set_tooltip(f"Play {as_text(path.name)}")
            tile.path = path
        others = len(self._videos) - SHOWN
        self._more.text = f"+{others}" if others > 0 else ""
        self._more.set_tooltip(f"{others} older videos are in the run's folder: click Files." if others > 0 else "")
