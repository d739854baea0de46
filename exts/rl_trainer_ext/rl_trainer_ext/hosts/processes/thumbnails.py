# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads pictures of videos in a thread, so that frames do not wait for ffmpeg."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ...viewport.video_file import read_picture


class Thumbnails:
    """Reads one picture of each video that is asked for, one after another. The thread touches nothing but files."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="thumbnails")

    def __call__(self, path: Path, width: int) -> Callable[[], np.ndarray | None]:
        """Begins to read a picture of a video.

        Args:
            path: The video.
            width: Width of the picture [pixels].

        Returns:
            A function that returns the picture, uint8 of shape (height, width, 4), RGBA; None until it is read, and for
            a file that is no whole video.
        """
        future = self._executor.submit(read_picture, path, width)
        return lambda: future.result() if future.done() else None

    def close(self) -> None:
        """Ends the thread."""
        self._executor.shutdown(wait=False, cancel_futures=True)
