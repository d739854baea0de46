# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads videos back."""

from __future__ import annotations

from pathlib import Path

import imageio_ffmpeg
import numpy as np


def read_video(path: Path) -> np.ndarray:
    """Returns the pictures of a video, uint8 of shape (count, height, width, 3)."""
    frames = imageio_ffmpeg.read_frames(path)
    width, height = next(frames)["size"]
    return np.stack([np.frombuffer(frame, np.uint8).reshape(height, width, 3) for frame in frames])


def movement(pictures: np.ndarray) -> float:
    """Returns the mean difference between the first and the last picture, from 0 to 255."""
    return float(np.abs(pictures[0].astype(int) - pictures[-1]).mean())
