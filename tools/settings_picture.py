# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the settings' tree beside a preview of the sample project's rover, from the real application.

PYTHONPATH=examples/rover_tasks/src python tools/settings_picture.py docs/images/settings.png
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.hosts.standalone.settings import FileSettings
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, PreviewActions

SIZE = (1100, 640)
LIMIT = 400.0
"""Seconds after which something that does not happen is given up."""


class Application:
    """The application, drawn offscreen, and what drives it.

    Args:
        ui: The module ``omni.ui``.
        app: The application.
    """

    def __init__(self, ui: Any, app: StandaloneApp) -> None:
        from omni.ui import testing

        self._ui, self._testing, self.app = ui, testing, app

    def act(self, actions: Coroutine[Any, Any, Any]) -> None:
        """Input, each step of which is a frame of the application."""
        while True:
            self.app.frame()
            try:
                actions.send(None)
            except StopIteration:
                return

    def until(self, reached: Callable[[], bool]) -> None:
        """Lets the application run until something is reached."""
        end = time.monotonic() + LIMIT
        while not reached():
            self.act(self._testing.wait_frames(1))
            failure = self.app.trainer.snapshot().failure
            if failure is not None or time.monotonic() > end:
                raise SystemExit(f"The picture: {'took too long' if failure is None else failure.message}")

    def find(self, identifier: str, window: Any = None) -> Any:
        """Returns a widget of a window, by default of the panel."""

        def walk(widget: Any) -> Any:
            for child in self._ui.Inspector.get_children(widget):
                if child.identifier == identifier:
                    return child
                found = walk(child)
                if found is not None:
                    return found
            return None

        return walk((window or self.app.window).frame)

    def click(self, identifier: str, window: Any = None) -> None:
        """Scrolls a widget into sight and clicks it."""
        widget = self.find(identifier, window)
        widget.scroll_here_y(0.5)
        self.act(self._testing.wait_frames(4))
        x = widget.screen_position_x + widget.computed_width / 2
        y = widget.screen_position_y + widget.computed_height / 2
        self.act(self._testing.mouse_move(x, y))
        self.act(self._testing.wait_frames(3))
        self.act(self._testing.mouse_click(x, y))
        self.act(self._testing.wait_frames(5))

    def write(self, path: Path) -> None:
        """Writes what is on the screen."""
        self.act(self._testing.wait_frames(20))
        if not self._testing.capture_screenshot(str(path)):
            raise SystemExit(f"The picture {path} cannot be written.")


class Picture(Application):
    """The panel with the settings of the rover.

    Args:
        ui: The module ``omni.ui``.
        folder: Where runs and settings go.
    """

    def __init__(self, ui: Any, folder: Path) -> None:
        settings = FileSettings(folder / "settings.json")
        settings.set("section_advanced", False)
        super().__init__(ui, StandaloneApp(settings, log_root=str(folder), external=["rover_tasks.tasks"]))
        config = RunConfig("Rover-Velocity", "rsl_rl", num_envs=8, seed=1, device="cpu", log_root=str(folder))
        self.app.panel.set_config(config.replace(overrides=("env.rewards.action_rate.weight=-0.02",)))
        self._config = config

    def make(self, path: Path) -> None:
        """Previews the rover, searches its settings, and writes what is on the screen."""
        trainer = self.app.trainer
        self.until(lambda: trainer.snapshot().can_start and trainer.snapshot().details is not None)
        self.click("settings")
        self.act(self._testing.type_text("weight"))
        trainer.request(Load(self._config, PreviewActions.RANDOM))
        self.until(lambda: trainer.snapshot().steps > 8 * 60)
        self.write(path)


def main(path: Path) -> None:
    """Writes the picture."""
    ui, _ = load_omni_ui(TITLE, *SIZE, offscreen=True)
    with tempfile.TemporaryDirectory() as folder:
        picture = Picture(ui, Path(folder))
        picture.make(path.absolute())
        picture.app.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
