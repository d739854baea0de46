# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of a driven playback: the section Drive, and the sample project's rover with its arrows.

    python tools/drive_picture.py docs/images/drive.png

The policy is that of the tests, ``tests/helpers/driven_rover.py``, which turns the command into speeds of the wheels.
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import Application
from rl_trainer_ext.training.commands import Play, SetCommand
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.viewport.interface import MarkerKind

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers.driven_rover import make_driver_policy, rover_config

SIZE = (1120, 700)
"""Width and height of the window [pixels]."""

CHOICES = {"viewport_follow": 0, "overlay_visible": False}
"""The rover is followed, and nothing covers the picture."""

ZOOM = 3
"""Notches of the wheel away from the rover, to the arrows above it."""

DRIVEN = SetCommand("base_velocity", (0.8, None, -0.25), 0)
"""What the rover is told."""


def main(path: Path) -> None:
    """Drives the rover, and writes the picture."""
    with Application(SIZE, settings=CHOICES, rover=True) as application:
        app = application.app
        application.until_ready()
        config = rover_config(application.log_root)
        checkpoint = make_driver_policy(app.trainer, config)
        app.panel.set_config(config.replace(checkpoint=str(checkpoint)))
        app.trainer.request(Play(config.replace(checkpoint=str(checkpoint))))
        application.until(lambda snapshot: snapshot.state is State.PLAYING)
        assert app.viewport is not None
        app.viewport.zoom(-ZOOM)
        app.viewport.show_markers(frozenset({MarkerKind.COMMANDS}))
        app.trainer.request(DRIVEN)
        start = app.trainer.snapshot().steps
        application.until(lambda snapshot: snapshot.steps >= start + config.num_envs * 150)
        application.write(path, colors=256)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
