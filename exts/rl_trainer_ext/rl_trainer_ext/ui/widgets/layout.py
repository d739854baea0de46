# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Small pieces of layout that several widgets need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import omni.ui as ui


@contextmanager
def centred(width: int) -> Iterator[None]:
    """A column in the middle of its row: what the body builds, of a height of its own."""
    with ui.VStack(width=width):
        ui.Spacer()
        yield
        ui.Spacer()


def dot(width: int) -> ui.Circle:
    """A dot in the middle of its row, at the left edge of a column of this width [pixels]."""
    with centred(width):
        return ui.Circle(width=8, height=8)
