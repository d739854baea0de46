# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the pictures of docs/see-why.md from the real application, drawn offscreen: command arrows, and live terms.

    python tools/see_why_pictures.py docs/images

A preview of the sample project's rover with random actions: ``arrows.png`` is the viewport with the markers of its
command, ``terms.png`` the window of its terms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.hosts.standalone.host import StandaloneApp
from rl_trainer_ext.hosts.standalone.main_window import TITLE
from rl_trainer_ext.hosts.standalone.omni_ui import load_omni_ui
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, SetCommand, SetRenderMode
from rl_trainer_ext.training.snapshot import PreviewActions, Snapshot, State
from rl_trainer_ext.viewport.interface import MarkerKind

SIZE = (1180, 640)
"""Width and height of the window [pixels]."""

EXAMPLES = Path(__file__).parents[1] / "examples" / "rover_tasks" / "src"
ENVIRONMENTS = 4
ZOOM = 3
"""Notches of the wheel away from the rover, to the arrows above it."""

DRIVEN = SetCommand("base_velocity", (0.8, None, 0.6), 0)
"""What the rover is told; with random actions it does something else, so that both arrows are seen."""

LIMIT = 600.0
"""Seconds after which something that does not happen is given up."""


class _InMemory:
    """Settings of this program alone: the user's stay as they are."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def get(self, key: str, default: Any) -> Any:
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self._values[key] = value


class Application:
    """The application, and what lets it run."""

    def __init__(self, log_root: str) -> None:
        from omni.ui import testing

        self._testing = testing
        settings = _InMemory(section_terms_observation=True)
        self.app = StandaloneApp(settings, log_root=log_root, external=("rover_tasks.tasks",))

    def _frame(self) -> Snapshot:
        waiting = self._testing.wait_frames(1)
        while True:
            snapshot = self.app.frame()
            try:
                waiting.send(None)
            except StopIteration:
                return snapshot

    def run_until(self, reached: Callable[[Snapshot], bool]) -> None:
        """Lets the application run until something is reached."""
        end = time.perf_counter() + LIMIT
        while True:
            snapshot = self._frame()
            if snapshot.failure is not None:
                raise SystemExit(f"see_why_pictures: {snapshot.failure.message}")
            if reached(snapshot):
                return
            if time.perf_counter() > end:
                raise SystemExit("see_why_pictures: something took too long; is the machine busy?")

    def take(self, window: Any, path: Path) -> None:
        """Saves the picture of a window."""
        self.app.show()
        self.run_until(_after(0.5))
        if not self._testing.capture_screenshot(str(path)):
            raise SystemExit("see_why_pictures: no screenshot could be taken")
        x, y = window.position_x, window.position_y
        with Image.open(path) as shot:
            picture = shot.convert("RGB").crop((int(x), int(y), int(x + window.width), int(y + window.height)))
        picture.quantize(256).save(path, optimize=True)


def _after(seconds: float) -> Callable[[Snapshot], bool]:
    end = time.perf_counter() + seconds
    return lambda snapshot: time.perf_counter() > end


def shoot(application: Application, config: RunConfig, folder: Path) -> None:
    """Previews the rover and takes the pictures."""
    app = application.app
    application.run_until(lambda snapshot: snapshot.state is State.IDLE)
    app.trainer.request(SetRenderMode(RenderMode.FULL_RENDERING))
    app.trainer.request(Load(config, PreviewActions.RANDOM))
    application.run_until(lambda snapshot: snapshot.state is State.PLAYING)
    assert app.viewport is not None
    app.viewport.follow(0)
    app.viewport.zoom(-ZOOM)
    app.viewport.show_markers(frozenset({MarkerKind.COMMANDS}))
    app.trainer.request(DRIVEN)
    application.run_until(lambda snapshot: snapshot.steps >= ENVIRONMENTS * 60)
    application.take(app.windows.viewport, folder / "arrows.png")
    app.windows.terms.focus()
    first = app.trainer.snapshot().steps
    application.run_until(lambda snapshot: snapshot.steps >= first + ENVIRONMENTS * 120)
    application.take(app.windows.terms, folder / "terms.png")


def main() -> None:
    """Makes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="where the pictures are written")
    folder = parser.parse_args().folder.absolute()
    sys.path.insert(0, str(EXAMPLES))
    ui, _ = load_omni_ui(TITLE, *SIZE, offscreen=True)
    with tempfile.TemporaryDirectory() as log_root:
        application = Application(log_root)
        try:
            config = RunConfig("Rover-Velocity", "", ENVIRONMENTS, seed=1, device="cpu", log_root=log_root, speed=0.0)
            shoot(application, config, folder)
        finally:
            application.app.close()
            ui.shutdown()


if __name__ == "__main__":
    main()
