# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the extension's icon and preview for Kit's extension window, from the real application while it trains.

python tools/extension_pictures.py
"""

from __future__ import annotations

from pathlib import Path

from application import Application
from PIL import Image
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train

DATA = Path(__file__).parents[1] / "exts" / "rl_trainer_ext" / "data"

SIZE = (1440, 900)
"""Width and height of the window [pixels]."""

POLE = (400, 425, 700, 725)
"""Where a cartpole is in it: left, top, right, bottom."""

CURVE = (14, 784, 252, 854)
"""Where the reward's curve is."""

ITERATIONS, TAKEN_AT = 100, 80
"""Iterations of the training, and the one at which the pictures are taken."""


def main() -> None:
    """Trains, and writes both pictures."""
    with Application(SIZE) as application:
        app = application.app
        application.until_ready()
        config = RunConfig("Isaac-Cartpole-Direct", "rsl_rl", 64, ITERATIONS, device="cpu")
        config = config.replace(log_root=str(application.log_root))
        app.panel.set_config(config)
        app.trainer.request(Train(config))
        application.until(lambda snapshot: snapshot.iteration >= TAKEN_AT)
        app.show()
        application.run(0.5)
        picture = application.seen()
    picture.resize((720, 450), Image.Resampling.LANCZOS).save(DATA / "preview.png", optimize=True)
    icon = picture.crop(POLE).resize((256, 256), Image.Resampling.LANCZOS)
    icon.paste(picture.crop(CURVE).resize((256, 75), Image.Resampling.LANCZOS), (0, 181))
    icon.save(DATA / "icon.png", optimize=True)


if __name__ == "__main__":
    main()
