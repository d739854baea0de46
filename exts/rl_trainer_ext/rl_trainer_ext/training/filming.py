# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Plays the checkpoints of a run one after another, and records all of them as one film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from .. import runs
from ..errors import UserError
from ..learners.base import Job, Playback
from ..runs.model import Checkpoint, CheckpointKind
from .checkpoint_choice import CheckpointChoice
from .commands import Film
from .video import ClipRecorder

_CAPTION_HEIGHT = 24
"""Pictures have captions of one line in this part of their height."""


def checkpoints_in_order(run_dir: Path) -> list[Checkpoint]:
    """Returns the checkpoints of a run in the order in which they were learned, without the best, which is one of them.

    Raises:
        UserError: When there are none, or the folder cannot be read.
    """
    listed = [one for one in runs.list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST]
    if not listed:
        raise UserError(f"{run_dir} has no checkpoints to film: choose another run.")
    return sorted(listed, key=lambda one: (one.iteration if one.iteration is not None else 0, one.modified))


def record_film(
    playback: Playback,
    job: Job,
    choice: CheckpointChoice,
    recorder: ClipRecorder,
    film: Film,
    say: Callable[[str], None],
) -> str:
    """Records the film. Blocks; to be called inside a cooperative task whose environment steps are recorded.

    Args:
        playback: The library's playback of the first checkpoint.
        job: What it was started with.
        choice: Prepares the other checkpoints.
        recorder: Takes a picture after each step.
        film: What to record.
        say: Shows which checkpoint plays.

    Returns:
        What was left out and why, in sentences; empty for nothing.

    Raises:
        UserError: When there is no film.
    """
    left_out = []
    recorder.begin(film.output)
    for number, checkpoint in enumerate(film.checkpoints):
        if number:
            try:
                job, _ = choice.prepare(checkpoint.path, job)
                playback.load(job)
            except UserError as error:
                left_out.append(f"{checkpoint.path.name} was left out: {error}")
                continue
        count = "" if checkpoint.iteration is None else f"  ·  iteration {checkpoint.iteration:,}"
        caption = f"{checkpoint.path.name}{count}"
        say(f"Filming {caption}…")
        recorder.change_picture = lambda picture, caption=caption: with_caption(picture, caption)
        for _ in range(film.steps):
            playback.step()
            if recorder.view().problem:
                raise UserError(recorder.view().problem)
    recorder.end()
    if recorder.view().problem:
        raise UserError(recorder.view().problem)
    return " ".join(left_out)


def with_caption(picture: np.ndarray, caption: str) -> np.ndarray:
    """Returns a picture with a line of text at its lower left.

    Args:
        picture: uint8 of shape (height, width, 3 or 4).
        caption: The text.
    """
    image = Image.fromarray(np.ascontiguousarray(picture[..., :3]))
    size = max(10, image.height // _CAPTION_HEIGHT)
    font = ImageFont.load_default(size)
    draw = ImageDraw.Draw(image, "RGBA")
    at = (size, image.height - 2 * size)
    left, top, right, bottom = draw.textbbox(at, caption, font)
    pad = size // 3
    draw.rectangle((left - pad, top - pad, right + pad, bottom + pad), fill=(0, 0, 0, 150))
    draw.text(at, caption, font=font, fill=(255, 255, 255))
    return np.asarray(image)
