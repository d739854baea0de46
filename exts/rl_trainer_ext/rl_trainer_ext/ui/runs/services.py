# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The interfaces of the host and the panel that the run browser uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...run_config import RunConfig
from .video_strip import Thumbnail


class Desktop(Protocol):
    """The desktop around the windows."""

    def reveal(self, path: Path) -> None:
        """Shows a file or folder in the file manager.

        Raises:
            UserError: When there is none; likewise in the next method.
        """
        ...

    def open_file(self, path: Path) -> None:
        """Opens a file with the program that the desktop has for its kind."""
        ...

    def open_link(self, link: str) -> None:
        """Opens a link in the browser."""
        ...

    def copy(self, text: str) -> None:
        """Puts text on the clipboard."""
        ...


class TensorBoardPort(Protocol):
    """TensorBoard for the log root, in a child process."""

    url: str
    """Its link; empty while it does not answer."""
    problem: str
    """Why it does not run, in one sentence; empty if nothing is wrong."""

    @property
    def starting(self) -> bool:
        """Whether it has been started and does not answer yet."""
        ...

    @property
    def running_elsewhere(self) -> bool:
        """Whether another program started it."""
        ...

    def start(self) -> None:
        """Starts it, if none is running."""
        ...

    def update(self) -> None:
        """Updates its state; once a frame."""
        ...

    def stop(self) -> None:
        """Stops it if it was started here."""
        ...


class ChildJob(Protocol):
    """Work on the files of a run, in a child process."""

    subject: str
    """What it does, such as ``Exporting model_2.pt``."""
    problem: str
    """Why it failed, in one sentence; empty if it did not."""
    done: bool
    """Whether the result exists."""
    progress: str
    """The last line that was printed."""

    @property
    def outcome(self) -> str:
        """One sentence about the result."""
        ...

    def update(self) -> None:
        """Updates its state; once a frame, or less often."""
        ...

    def stop(self) -> None:
        """Stops it if it still runs."""
        ...


Export = Callable[[RunConfig], ChildJob]
"""Starts an export of ``config.checkpoint``."""


@dataclass(frozen=True)
class Services:
    """The services of the host; None leaves out their buttons."""

    desktop: Desktop | None = None
    tensorboard: TensorBoardPort | None = None
    export: Export | None = None
    """Writes policy files."""
    leapp: Export | None = None
    """Exports with LEAPP, as Isaac Lab does."""
    film: Callable[[Path], ChildJob] | None = None
    """Records all checkpoints of the run in a folder as one video."""
    evaluate: Callable[[RunConfig, bool], ChildJob] | None = None
    """Evaluates ``config.checkpoint``; all checkpoints of its run, if the second argument is true."""
    thumbnail: Thumbnail | None = None
    """Reads the pictures of videos."""
    mouse: Callable[[], tuple[float, float]] | None = None
    """Returns the mouse's position in the application's window [points]; None if omni.ui reports every mouse move."""
    show_viewport: Callable[[], None] | None = None
    """Brings the viewport to the front when a playback starts."""


class PanelPort(Protocol):
    """The panel; its fields and buttons play and resume runs."""

    @property
    def message(self) -> str:
        """The error in its input."""
        ...

    def set_config(self, config: RunConfig, playing: bool = False) -> None:
        """Writes a configuration into its fields."""
        ...

    def press_train(self) -> bool:
        """Presses Train; returns whether it was accepted."""
        ...

    def press_play(self) -> bool:
        """Presses Play; returns whether it was accepted."""
        ...

    def replay(self, file: Path) -> bool:
        """Replays the steps that a file keeps; returns whether it was accepted."""
        ...
