# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Makes the extension's icon and preview for Kit's extension window: tools/extension_pictures.py SCREENSHOT

The screenshot is one of the application while it trains Isaac-Cartpole-Direct, 1440 pixels wide and 900 high, such as
:meth:`omni.ui.testing.capture_screenshot` takes it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY / "exts" / "rl_trainer_ext" / "data"

POLE = (400, 425, 700, 725)
"""Where a cartpole is in the screenshot [pixels]: left, top, right, bottom."""

CURVE = (1078, 627, 1425, 756)
"""Where the reward's curve is."""


def main(screenshot: Path) -> None:
    """Writes both pictures."""
    picture = Image.open(screenshot).convert("RGB")
    DATA.mkdir(parents=True, exist_ok=True)
    picture.resize((720, 450), Image.Resampling.LANCZOS).save(DATA / "preview.png", optimize=True)
    icon = picture.crop(POLE).resize((256, 256), Image.Resampling.LANCZOS)
    curve = picture.crop(CURVE).resize((256, 94), Image.Resampling.LANCZOS)
    icon.paste(curve, (0, 162))
    icon.save(DATA / "icon.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
