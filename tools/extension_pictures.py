# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the extension's icon and preview for Kit's extension window, from the real application while it trains.

python tools/extension_pictures.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from application import Application
from PIL import Image
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Train

DATA = Path(__file__).parents[1] / "exts" / "rl_trainer_ext" / "data"

SIZE = (1440, 900)
"""Width and height of the window [pixels]."""

POLE = (300, 185, 115)
"""What the icon shows of a cartpole: its size, and how much is above and below the foot of the cart [pixels]."""

VIEWPORT = (0, 60, 1000, 770)
"""Where only the scene is in it: left, top, right, bottom."""

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
    icon = picture.crop(nearest_cartpole(picture)).resize((256, 256), Image.Resampling.LANCZOS)
    icon.paste(picture.crop(CURVE).resize((256, 75), Image.Resampling.LANCZOS), (0, 181))
    icon.save(DATA / "icon.png", optimize=True)


def nearest_cartpole(picture: Image.Image) -> tuple[int, int, int, int]:
    """Returns left, top, right and bottom of the cartpole that is nearest to the camera, whose cart is orange."""
    left, top, *_ = VIEWPORT
    red, green, blue = np.moveaxis(np.asarray(picture.crop(VIEWPORT).convert("RGB")).astype(int), 2, 0)
    rows, columns = np.nonzero((red > 200) & (green < 130) & (blue < 80))
    foot, middle = top + int(rows.max()), left + int(columns[rows.argmax()])
    size, above, below = POLE
    return middle - size // 2, foot - above, middle + size // 2, foot + below


if __name__ == "__main__":
    main()
