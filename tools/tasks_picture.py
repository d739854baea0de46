# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the picture of the list of tasks with its filters, in panels of three widths, from the real application.

python tools/tasks_picture.py docs/images/tasks.png
"""

from __future__ import annotations

import sys
from pathlib import Path

from application import Application
from PIL import Image
from rl_trainer_ext.run_config import RunConfig

WIDTHS = (320, 480, 700)
"""Widths of the panels [pixels]."""

HEIGHT = 700
"""Height of the picture [pixels]."""

GAP = 8
"""Distance between the panels [pixels]."""


def panel(width: int) -> Image.Image:
    """Returns the picture of a panel whose list of tasks is open and filtered."""
    with Application((2 * width, HEIGHT), settings={"panel_width": width}) as application:
        app = application.app
        application.until_ready()
        app.panel.set_config(RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 64))
        application.run(1.0)
        application.click("task")
        application.act(application.testing.type_text("cart"))
        application.click("task_filters")
        application.until(lambda _: not application.find("task_progress").visible)
        application.point_at(100, HEIGHT - 100)  # no tooltip over the panel
        application.run(0.5)
        return application.seen(app.windows.panel)


def main(path: Path) -> None:
    """Puts the panels beside each other and writes them."""
    panels = [panel(width) for width in WIDTHS]
    joined = Image.new("RGB", (sum(each.width + GAP for each in panels) - GAP, HEIGHT), "white")
    left = 0
    for each in panels:
        joined.paste(each, (left, 0))
        left += each.width + GAP
    joined.quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
