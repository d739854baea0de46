# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The key codes that omni.ui hands to widgets: Kit's are those of carb.input, outside Kit they are GLFW's."""

from __future__ import annotations

from dataclasses import dataclass

import omni.ui as ui


@dataclass(frozen=True)
class Keys:
    """Codes of the keys that the panel listens to."""

    enter: int
    keypad_enter: int
    escape: int
    up: int
    down: int


CARB = Keys(enter=51, keypad_enter=95, escape=49, up=58, down=57)
GLFW = Keys(enter=257, keypad_enter=335, escape=256, up=265, down=264)

KEYS = GLFW if hasattr(ui, "standalone") else CARB
"""Those of the omni.ui at hand; only the one outside Kit has ``ui.standalone``."""
