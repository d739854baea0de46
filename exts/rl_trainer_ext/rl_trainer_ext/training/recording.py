# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The clips and pictures of one run: those that its configuration asks for, and those that the user does."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from ..frames.cooperative import CooperativeTask
from ..isaac_lab.simulation import SteppedEnv
from ..run_config import VIDEO_INTERVAL, VIDEO_LENGTH, RunConfig
from ..runs.containment import require_inside
from ..runs.videos import FOLDER
from ..viewport.interface import Viewport
from ..viewport.video_file import require_encoder
from .snapshot import Recording
from .video import ClipRecorder


class RunRecording:
    """Records a run while its environment is open.

    Args:
        viewport: Draws the pictures; None for none.
        say: Shows one sentence about what was recorded, or why it was not.
        conclude: Called once at the end with what was recorded and what it cost, if anything was.
    """

    def __init__(self, viewport: Viewport | None, say: Callable[[str], None], conclude: Callable[[str], None]) -> None:
        self._viewport, self._say, self._conclude = viewport, say, conclude
        self.recorder: ClipRecorder | None = None
        """What records; None before the environment is open, and without a viewport."""
        self._run_dir: Path | None = None

    @contextlib.contextmanager
    def clips(self, env: SteppedEnv, config: RunConfig, run_dir: Path, stem: str) -> Iterator[None]:
        """Records the clips of a run within the block, and finishes at its end the one that is not.

        Args:
            env: The environment.
            config: What was asked for.
            run_dir: The run's directory.
            stem: Beginning of the file names.
        """
        if self._viewport is None:
            yield
            return
        self._run_dir = run_dir
        if config.video:
            self._require_own_folder()
        recorder = self.recorder = ClipRecorder(
            self._viewport,
            run_dir / FOLDER,
            stem,
            1.0 / env.unwrapped.step_dt,
            length=config.video_length or VIDEO_LENGTH,
            interval=(config.video_interval or VIDEO_INTERVAL) if config.video else 0,
            say=self._say,
        )
        env.record = recorder.stepped
        try:
            yield
        finally:
            env.record = None
            recorder.end(interrupted=True)
            self._conclude(recorder.summary())

    def view(self) -> Recording | None:
        """Returns what is recorded now."""
        return None if self.recorder is None else self.recorder.view()

    def record(self, on: bool) -> None:
        """Begins a clip, or finishes it.

        Raises:
            UserError: When videos cannot be encoded here, or their folder leads out of the run's.
        """
        if self.recorder is None:
            return
        if on:
            require_encoder()
            self._require_own_folder()
            self.recorder.begin()
        else:
            self.recorder.end()

    def take_picture(self) -> None:
        """Saves a picture into the run's folder, and says where.

        Raises:
            UserError: When there is no picture, or it cannot be written.
        """
        if self.recorder is not None:
            self._require_own_folder()
            self._say(f"Saved {self.recorder.take_picture()}")

    def _require_own_folder(self) -> None:
        """Checks that the folder of the videos, which may be a symbolic link, is in the run's."""
        if self._run_dir is not None:
            require_inside(self._run_dir / FOLDER, self._run_dir)


class StillPicture:
    """Takes a still picture in a task of its own: in Kit the camera waits for frames, in which the run continues."""

    def __init__(self) -> None:
        self._task: CooperativeTask | None = None

    def begin(self, take: Callable[[], None]) -> None:
        """Begins to take one, unless one is being taken.

        Args:
            take: Takes it. It may wait for frames of the host.
        """
        self._task = self._task or CooperativeTask(take)

    def step(self) -> None:
        """Continues with it. To be called once a frame.

        Raises:
            UserError: When there is no picture, or it cannot be written.
        """
        task = self._task
        if task is None or not task.run_slice(0.0):
            return
        self._task = None
        if task.exception is not None:
            raise task.exception

    def close(self, between: Callable[[], None] | None) -> None:
        """Gives up the one that is being taken; see :meth:`CooperativeTask.unwind`."""
        task, self._task = self._task, None
        if task is not None:
            task.unwind(between)
