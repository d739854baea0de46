# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How a frame's time is shared between training, viewport and user interface. Pure: no clock inside."""

from __future__ import annotations

import enum


class RenderMode(enum.Enum):
    """What of a run is drawn in the viewport; the names are Isaac Lab's."""

    FULL_RENDERING = "Full rendering"
    """Every environment step is drawn."""
    PARTIAL_RENDERING = "Partial rendering"
    """The viewport is drawn as often as its share of the time allows, at most 30 times a second."""
    NO_RENDERING = "No rendering"
    """The viewport stands still; panel and curves stay live."""


DEFAULT_SHARE = 0.10
"""Share of the time that the viewport may cost in partial rendering."""

MAX_SHARE = 0.50
