# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Records clips of the viewport while a run steps: a picture of every step of a clip, and none in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from ..errors import UserError
from ..run_config import VIDEO_LENGTH
from ..runs.videos import UNFINISHED
from ..system.disk import is_full
from ..viewport.video_file import VideoFile
from ..wording import duration_with_unit
from .snapshot import Recording


class Camera(Protocol):
    """What takes the pictures."""

    def capture(self) -> np.ndarray | None:
        """Draws the environment as it is now; uint8 of shape (height, width, 3 or 4), or None where it cannot."""
        ...


class ClipRecorder:
    """Takes a picture after each step of a clip. The clips begin by themselves, or when the user asks for one.

    A problem with a file or the camera ends the recording, not the run.

    Args:
        camera: Takes the pictures.
        folder: Where the clips go; made when the first one begins.
        stem: Beginning of their file names.
        rate: Steps per second in real time.
        length: Steps of a clip that begins by itself.
        interval: Steps from the beginning of one to the next; 0 for none that begins by itself.
        say: Called with one sentence when a clip is whole, or cannot be recorded.
        clock: Returns the time [s].
    """

    def __init__(
        self,
        camera: Camera,
        folder: Path,
        stem: str,
        rate: float,
        *,
        length: int = VIDEO_LENGTH,
        interval: int = 0,
        say: Callable[[str], None] = lambda sentence: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._camera, self._folder, self._stem, self._rate = camera, folder, stem, rate
        self._length, self._interval, self._say, self._clock = length, interval, say, clock
        self._step = 0
        self._file: VideoFile | None = None
        self._replaced: Path | None = None
        """What the clip replaces once it is whole; None for a clip with a name of its own."""
        self._until: int | None = None
        self._clips: list[Path] = []
        self._seconds = 0.0
        self._problem = ""
        self.change_picture: Callable[[np.ndarray], np.ndarray] | None = None
        """Changes each picture before it is written, such as by a caption."""

    def view(self) -> Recording:
        """Returns what is recorded now."""
        file = self._file
        path, pictures = (None, 0) if file is None else (self._replaced or file.path, file.pictures)
        return Recording(path, pictures, self._rate, tuple(self._clips), self._seconds, self._problem)

    def summary(self) -> str:
        """Returns what was recorded, what it cost, and why it ended early; empty where nothing was."""
        told = ""
        if self._clips:
            clips = "1 clip" if len(self._clips) == 1 else f"{len(self._clips)} clips"
            told = f"Recorded {clips} to {self._folder}, which took {duration_with_unit(self._seconds)}."
        return " ".join(filter(None, (told, self._problem)))

    def begin(self, path: Path | None = None) -> None:
        """Begins a clip that lasts until :meth:`end`. An unfinished one continues until then.

        Args:
            path: Its file, which is replaced when the clip is whole; None for a new one in the folder.
        """
        self._problem, self._until = "", None
        if self._file is None:
            self._replaced = path
            self._file = VideoFile(self._unused_path() if path is None else unfinished(path), self._rate)

    def end(self, interrupted: bool = False) -> None:
        """Finishes the clip, if there is one.

        Args:
            interrupted: Whether it is shorter than was asked for. It then does not replace an earlier one.
        """
        file, self._file = self._file, None
        if file is None:
            return
        replaced, self._replaced = self._replaced, None
        start = self._clock()
        try:
            file.close()
            path = file.path if replaced is None else self._give_name(file, replaced, interrupted)
        except OSError as error:
            self._fail(replaced or file.path, error)
        else:
            if file.pictures and path is not None:
                self._clips.append(path)
                self._say(f"Recorded {path}")
        self._seconds += self._clock() - start

    def _give_name(self, file: VideoFile, path: Path, interrupted: bool) -> Path | None:
        """Gives a whole clip the name of the one that it replaces; returns None if it does not."""
        if not file.pictures:
            return None
        if interrupted and path.exists():
            file.path.unlink()
            self._problem = self._problem or f"The recording was interrupted: {path} is the earlier one."
            return None
        file.path.replace(path)
        return path

    def take_picture(self) -> Path:
        """Saves a still picture beside the clips, and returns its path.

        Raises:
            UserError: When there is no picture, or it cannot be written.
        """
        picture = self._camera.capture()
        if picture is None:
            raise UserError("There is no picture to save: the viewport draws none.")
        from PIL import Image

        path = self._unused_path(".png")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture[..., :3]).save(path)
        except OSError as error:
            raise UserError(f"The picture was not saved: {describe_unwritable(path.parent, error)}.") from error
        return path

    def stepped(self) -> None:
        """Adds a step to the clip that is recorded, and begins or ends one that is due. Called after each step."""
        due = self._interval and self._step % self._interval == 0 and self._file is None and not self._problem
        if due:
            self.begin()
            self._until = self._step + self._length
        self._step += 1
        if self._file is None:
            return
        start = self._clock()
        self._take_picture(self._file)
        self._seconds += self._clock() - start
        if self._until is not None and self._step >= self._until:
            self.end()

    def _take_picture(self, file: VideoFile) -> None:
        why = "the viewport draws no pictures."
        try:
            picture = self._camera.capture()
        except UserError as error:
            picture, why = None, str(error)
        if self._file is not file:
            return  # the user has ended the clip while the camera waited for a frame of Kit
        if picture is None:
            self.end(interrupted=True)
            self._problem = self._problem or f"The recording ended: {why}"
            self._say(self._problem)
            return
        try:
            file.add(picture if self.change_picture is None else self.change_picture(picture))
        except OSError as error:
            path, self._file, self._replaced = self._replaced or file.path, None, None
            self._fail(path, error)

    def _fail(self, path: Path, error: OSError) -> None:
        self._problem = f"The recording of {path.name} ended, because {describe_unwritable(path.parent, error)}."
        self._say(self._problem)

    def _unused_path(self, ending: str = ".mp4") -> Path:
        name = f"{self._stem}-step-{self._step}"
        paths = (self._folder / f"{name}{again}{ending}" for again in ("", *(f"-{n}" for n in range(2, 10_000))))
        return next(path for path in paths if not path.exists())


def unfinished(path: Path) -> Path:
    """Returns the name of a video until it is whole and replaces another."""
    return path.with_name(f"{path.stem}{UNFINISHED}{path.suffix}")


def describe_unwritable(folder: Path, error: OSError) -> str:
    """Returns why a video could not be written into a folder."""
    if is_full(error):
        return f"the disk of {folder} is full"
    if isinstance(error, FileNotFoundError):
        return f"{folder} is no longer there"
    return f"{folder} cannot be written ({error.strerror})" if error.strerror else f"ffmpeg could not write to {folder}"
