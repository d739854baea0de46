# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lists the videos of a run."""

from __future__ import annotations

from pathlib import Path

FOLDER = "videos"
"""Folder of the videos in the run's; Isaac Lab's command has folders for training and playback in it."""

UNFINISHED = ".unfinished"
"""Before the ending of the name of a video that will replace another when it is whole."""

_PATTERNS = ("*.mp4", "train/*.mp4", "play/*.mp4")


def list_videos(run_dir: Path) -> tuple[Path, ...]:
    """Returns the videos of a run, the newest first, those of ``isaaclab train --video`` too."""
    found = []
    for pattern in _PATTERNS:
        for path in (run_dir / FOLDER).glob(pattern):
            if path.stem.endswith(UNFINISHED):
                continue
            try:
                found.append((path.stat().st_mtime, path))
            except OSError:
                continue  # deleted meanwhile
    return tuple(path for _, path in sorted(found, reverse=True))
