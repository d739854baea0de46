# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the pictures of docs/see-why.md from the real application, drawn offscreen: command arrows, and live terms.

    python tools/see_why_pictures.py docs/images

A preview of the sample project's rover with random actions: ``arrows.png`` is the viewport with the markers of its
command, ``terms.png`` the window of its terms.
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import Application
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, SetCommand, SetRenderMode
from rl_trainer_ext.training.snapshot import PreviewActions, State
from rl_trainer_ext.viewport.interface import MarkerKind

SIZE = (1180, 640)
"""Width and height of the window [pixels]."""

ENVIRONMENTS = 4
ZOOM = 3
"""Notches of the wheel away from the rover, to the arrows above it."""

DRIVEN = SetCommand("base_velocity", (0.8, None, 0.6), 0)
"""What the rover is told; with random actions it does something else, so that both arrows are seen."""


def shoot(application: Application, folder: Path) -> None:
    """Previews the rover and takes the pictures."""
    app = application.app
    config = RunConfig("Rover-Velocity", "", ENVIRONMENTS, seed=1, device="cpu", speed=0.0)
    application.until_ready()
    app.trainer.request(SetRenderMode(RenderMode.FULL_RENDERING))
    app.trainer.request(Load(config.replace(log_root=str(application.log_root)), PreviewActions.RANDOM))
    application.until(lambda snapshot: snapshot.state is State.PLAYING)
    assert app.viewport is not None
    app.viewport.follow(0)
    app.viewport.zoom(-ZOOM)
    app.viewport.show_markers(frozenset({MarkerKind.COMMANDS}))
    app.trainer.request(DRIVEN)
    application.until(lambda snapshot: snapshot.steps >= ENVIRONMENTS * 60)
    application.write(folder / "arrows.png", app.windows.viewport, colors=256)
    app.windows.terms.focus()
    first = app.trainer.snapshot().steps
    application.until(lambda snapshot: snapshot.steps >= first + ENVIRONMENTS * 120)
    application.write(folder / "terms.png", app.windows.terms, colors=256)


def main(folder: Path) -> None:
    """Makes the pictures."""
    with Application(SIZE, settings={"section_terms_observation": True}, rover=True) as application:
        shoot(application, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
