# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes pictures as a video that a browser plays, MP4 or GIF; ffmpeg encodes it in a process of its own."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..system.disk import free_bytes
from ..system.installation import pip_line

ENCODER = "imageio-ffmpeg"
"""The package that brings ffmpeg."""

QUALITY = 7
"""From 1 to 10, as imageio-ffmpeg counts it."""


def require_encoder() -> None:
    """Checks that a video can be written here.

    Raises:
        UserError: When ffmpeg is not installed.
    """
    if not _has_encoder():
        raise UserError(f"Videos are encoded with {ENCODER}, which is not installed: run {pip_line(ENCODER)}")


def _has_encoder() -> bool:
    return importlib.util.find_spec(ENCODER.replace("-", "_")) is not None


ENDINGS = (".mp4", ".gif")
"""Endings of the files that can be written."""

_MP4 = {
    "codec": "libx264",
    "quality": QUALITY,
    # the index comes first, so that a browser can begin before it has the whole file
    "output_params": ["-preset", "veryfast", "-movflags", "+faststart"],
}
_GIF_FILTERS = (
    "fps=15,scale='min(480,iw)':-2:flags=lanczos,split[a][b];"
    "[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=none"
)
_GIF = {
    # one palette of all pictures, and neither more of them nor larger ones than a page needs
    "codec": "gif",
    "pix_fmt_out": "pal8",
    "output_params": ["-filter_complex", _GIF_FILTERS, "-loop", "0"],
}

_FULL = 1_000_000
"""A disk with less space counts as full [bytes]."""


class VideoFile:
    """One file: MP4 (H.264), or GIF, for pages of repositories, at most 480 pixels wide and in 15 pictures a second.

    When this process is killed, ffmpeg finishes the file with the pictures that it has.

    Args:
        path: The file, with one of :data:`ENDINGS`; an existing one is replaced.
        rate: Pictures per second.
    """

    def __init__(self, path: Path, rate: float) -> None:
        self.path, self.rate = path, rate
        self.pictures = 0
        """Number of pictures so far."""
        self._size = (0, 0)
        self._frames: Generator[None, Any, None] | None = None

    def add(self, picture: np.ndarray) -> None:
        """Adds a picture. All get the size of the first.

        Args:
            picture: uint8 of shape (height, width, 3 or 4), top row first; its transparency is ignored.

        Raises:
            OSError: When the file cannot be written; it is deleted.
        """
        try:
            if self._frames is None:
                self._open(picture)
            assert self._frames is not None
            self._frames.send(self._fitted(picture))
        except OSError as error:
            problem = error if error.strerror else self._problem()
            with contextlib.suppress(OSError):
                self.discard()
            raise problem from error
        self.pictures += 1

    def close(self) -> None:
        """Finishes the file. Without a picture there is none.

        Raises:
            OSError: When the file is not whole; it is deleted.
        """
        if self._frames is None:
            return
        self._frames.close()
        self._frames = None
        if not self._is_whole():
            problem = self._problem()
            with contextlib.suppress(OSError):
                self.discard()
            raise problem

    def discard(self) -> None:
        """Ends the encoder and deletes the file.

        Raises:
            OSError: When it cannot be deleted.
        """
        frames, self._frames = self._frames, None
        if frames is not None:
            frames.close()
        self.path.unlink(missing_ok=True)

    def _open(self, picture: np.ndarray) -> None:
        from imageio_ffmpeg import write_frames

        height, width = picture.shape[:2]
        self._size = (width - width % 2, height - height % 2)  # the colours of four pixels are stored as one
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._frames = write_frames(
            self.path,
            self._size,
            fps=self.rate,
            macro_block_size=1,
            ffmpeg_log_level="fatal",
            **(_GIF if self._is_gif else _MP4),
        )
        self._frames.send(None)

    def _fitted(self, picture: np.ndarray) -> np.ndarray:
        """Returns the colours of a picture in the size of the video."""
        width, height = self._size
        if picture.shape[0] - picture.shape[0] % 2 == height and picture.shape[1] - picture.shape[1] % 2 == width:
            return np.ascontiguousarray(picture[:height, :width, :3])
        from PIL import Image

        return np.asarray(Image.fromarray(picture[..., :3]).resize(self._size))

    def _problem(self) -> OSError:
        """Returns why the file cannot be written, before it is deleted; ffmpeg itself only says that it ended."""
        folder = self.path.parent
        if not folder.is_dir():
            return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(folder))
        if free_bytes(folder) < _FULL:
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        return OSError(f"ffmpeg could not write {self.path}")

    @property
    def _is_gif(self) -> bool:
        return self.path.suffix.lower() == ".gif"

    def _is_whole(self) -> bool:
        size = read_size(self.path)
        return size is not None if self._is_gif else size == self._size


def read_picture(path: Path, width: int) -> np.ndarray | None:
    """Returns the first picture of a video, reduced.

    Args:
        path: The video.
        width: Width of the picture [pixels].

    Returns:
        uint8 of shape (height, width, 4), RGBA; None where the file is no whole video, or ffmpeg is not installed.
    """
    if not _has_encoder():
        return None
    from imageio_ffmpeg import read_frames
    from PIL import Image

    try:
        frames = read_frames(path)
        size = next(frames)["size"]
        first = Image.frombytes("RGB", size, next(frames))
        frames.close()
    except (OSError, RuntimeError, StopIteration):  # it may just have been renamed
        return None
    return np.asarray(first.resize((width, round(width * size[1] / size[0]))).convert("RGBA")).copy()


def read_size(path: Path) -> tuple[int, int] | None:
    """Returns width and height of a video [pixels]; None where the file is no whole video."""
    from imageio_ffmpeg import read_frames

    try:
        frames = read_frames(path)
        described = next(frames)
        frames.close()
    except (OSError, RuntimeError, StopIteration):
        return None
    return tuple(described["size"])
