# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives the real application, drawn offscreen, for the tools that make the pictures of the documents."""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Self

from PIL import Image
from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.training.snapshot import Snapshot, State

SIZE = (1100, 640)
"""Usual width and height of the window [pixels]."""

LIMIT = 600.0
"""Seconds after which something that does not happen is given up."""

ROVER = Path(__file__).parents[1] / "examples" / "rover_tasks" / "src"
"""The sources of the sample project."""

ROVER_MODULE = "rover_tasks.tasks"
"""The module that registers its task, Rover-Velocity."""


class Application:
    """The application with settings of its own, which leaves the user's as they are.

    Within the block of ``with`` the application runs, in a temporary folder; afterwards its runs and settings are
    deleted. Paths that are used in the block are absolute.

    Args:
        size: Width and height of the window [pixels].
        log_root: The directory of the runs; None for a temporary one.
        settings: The choices with which it starts.
        rover: Whether it knows the task of the sample project.
    """

    def __init__(
        self,
        size: tuple[int, int] = SIZE,
        log_root: Path | None = None,
        settings: dict[str, Any] | None = None,
        rover: bool = False,
    ) -> None:
        self._ending = contextlib.ExitStack()
        folder = Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="training-")))
        # what is written beside the runs goes there too
        self._ending.enter_context(contextlib.chdir(folder))
        self.log_root = log_root or folder / "logs"
        self._picture = folder / "picture.png"
        self._ui, _ = load_omni_ui(TITLE, *size, offscreen=True)
        self._ending.callback(self._ui.shutdown)
        from omni.ui import testing

        self.testing = testing
        choices = FileSettings(folder / "settings.json")
        for key, value in (settings or {}).items():
            choices.set(key, value)
        if rover:
            sys.path.insert(0, str(ROVER))
        self.app = StandaloneApp(choices, log_root=str(self.log_root), external=[ROVER_MODULE] if rover else [])
        self._ending.callback(self.app.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()

    # What happens

    def act(self, actions: Coroutine[Any, Any, Any]) -> Snapshot:
        """Gives input, each step of which is a frame of the application."""
        while True:
            snapshot = self.app.frame()
            try:
                actions.send(None)
            except StopIteration:
                return snapshot

    def run(self, seconds: float = 0.0) -> Snapshot:
        """Lets the application run, at least for a frame."""
        end = time.monotonic() + seconds
        while True:
            snapshot = self.act(self.testing.wait_frames(1))
            if snapshot.failure is not None:
                raise SystemExit(f"The picture cannot be made: {snapshot.failure.message}")
            if time.monotonic() >= end:
                return snapshot

    def until(
        self, reached: Callable[[Snapshot], bool], every: float = 0.0, waiting: Callable[[], None] | None = None
    ) -> Snapshot:
        """Lets the application run until something is reached.

        Args:
            reached: What to wait for.
            every: Seconds between two looks at it.
            waiting: Called after each look that has not found it.

        Returns:
            The snapshot with which it was reached.
        """
        end = time.monotonic() + LIMIT
        while not reached(snapshot := self.run(every)):
            if waiting is not None:
                waiting()
            if time.monotonic() > end:
                raise SystemExit(f"The picture took longer than {LIMIT:.0f} s: make it when the machine is idle.")
        return snapshot

    def until_ready(self) -> None:
        """Lets the application run until its windows are docked and it could train."""
        self.until(lambda snapshot: snapshot.state is State.IDLE and self.app.windows.arranged)

    # The user's hands

    def widgets(self, window: Any = None) -> Iterator[Any]:
        """Yields the widgets of a window, by default of the panel."""

        def walk(widget: Any) -> Iterator[Any]:
            for child in self._ui.Inspector.get_children(widget):
                yield child
                yield from walk(child)

        return walk((window or self.app.windows.panel).frame)

    def find(self, identifier: str, window: Any = None) -> Any:
        """Returns a widget of a window, by default of the panel; None where there is none."""
        return next((widget for widget in self.widgets(window) if widget.identifier == identifier), None)

    def middle(self, identifier: str, window: Any = None) -> tuple[float, float]:
        """Returns where the middle of a widget is on the screen [pixels]."""
        widget = self.find(identifier, window)
        if widget is None:
            raise SystemExit(f"The picture cannot be made: there is no widget {identifier}.")
        x = widget.screen_position_x + widget.computed_width / 2
        return x, widget.screen_position_y + widget.computed_height / 2

    def point_at(self, x: float, y: float) -> None:
        """Moves the mouse."""
        self.act(self.testing.mouse_move(x, y))
        self.act(self.testing.wait_frames(3))

    def click(self, identifier: str, window: Any = None) -> None:
        """Scrolls a widget into sight and clicks it."""
        widget = self.find(identifier, window)
        if widget is not None:
            widget.scroll_here_y(0.5)
            self.act(self.testing.wait_frames(4))
        x, y = self.middle(identifier, window)
        self.point_at(x, y)
        self.act(self.testing.mouse_click(x, y))
        self.act(self.testing.wait_frames(5))

    def choose(self, identifier: str, label: str, window: Any = None) -> None:
        """Chooses an entry of a combo box through its model: its entries are no widgets that can be clicked."""
        model = self.find(identifier, window).model
        labels = [model.get_item_value_model(item).as_string for item in model.get_item_children()]
        model.get_item_value_model().set_value(labels.index(label))
        self.act(self.testing.wait_frames(3))

    # What is seen

    def seen(self, window: Any = None) -> Image.Image:
        """Returns what is on the screen, or the part of it that a window covers."""
        if not self.testing.capture_screenshot(str(self._picture)):
            raise SystemExit("The picture cannot be made: no screenshot could be taken.")
        with Image.open(self._picture) as screen:
            picture = screen.convert("RGB")
        if window is None:
            return picture
        left, top = int(window.position_x), int(window.position_y)
        return picture.crop((left, top, left + int(window.width), top + int(window.height)))

    def write(self, path: Path, window: Any = None, colors: int | None = None) -> None:
        """Shows the present state, and writes what is on the screen, or in a window.

        Args:
            path: The file.
            window: The window; None for the whole screen.
            colors: The size of the palette; None keeps all colours.
        """
        self.app.show()
        self.run(0.5)
        picture = self.seen(window)
        (picture if colors is None else picture.quantize(colors, kmeans=2)).save(path, optimize=True)
