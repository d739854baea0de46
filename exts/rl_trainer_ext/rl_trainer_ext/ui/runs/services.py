# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The interfaces of the host and the panel that the run browser uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ...run_config import RunConfig


class Desktop(Protocol):
    """The desktop around the windows."""

    def reveal(self, path: Path) -> None:
        """Shows a file or folder in the file manager.

        Raises:
            UserError: When there is none. So does the next one.
        """
        ...

    def open_link(self, link: str) -> None:
        """Opens a link in the browser."""
        ...

    def copy(self, text: str) -> None:
        """Puts text on the clipboard."""
        ...


class TensorBoardPort(Protocol):
    """TensorBoard for the log root, in a process of its own."""

    url: str
    """Where it answers; empty while it does not."""
    problem: str
    """Why it does not run, in one sentence; empty when nothing is wrong."""

    @property
    def starting(self) -> bool:
        """Whether it has been started and does not answer yet."""
        ...

    @property
    def running_elsewhere(self) -> bool:
        """Whether another program started it."""
        ...

    def start(self) -> None:
        """Starts it, unless one is running already."""
        ...

    def update(self) -> None:
        """Updates its state; once a frame."""
        ...

    def stop(self) -> None:
        """Stops it if it was started here."""
        ...


class ExportPort(Protocol):
    """The export of one checkpoint, in a process of its own."""

    checkpoint: Path
    folder: Path
    """Where the result will be."""
    problem: str
    """Why it failed, in one sentence; empty when nothing is wrong."""
    done: bool
    """Whether the result exists."""
    progress: str
    """The last line that was printed."""

    def update(self) -> None:
        """Updates its state; once a frame, or less often."""
        ...

    def stop(self) -> None:
        """Stops it if it still runs."""
        ...


Export = Callable[[RunConfig], ExportPort]
"""Begins the export of ``config.checkpoint``."""


@dataclass(frozen=True)
class Services:
    """The services of the host; None leaves out their buttons."""

    desktop: Desktop | None = None
    tensorboard: TensorBoardPort | None = None
    export: Export | None = None
    mouse: Callable[[], tuple[float, float]] | None = None
    """Where the mouse is in the window of the application [points]; None where omni.ui reports every mouse move."""
    show_viewport: Callable[[], None] | None = None
    """Brings the viewport to the front, when something begins to play."""


class PanelPort(Protocol):
    """The panel, whose fields and buttons play and resume runs."""

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
