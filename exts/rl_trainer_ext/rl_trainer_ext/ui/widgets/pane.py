# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the contents of the windows beside the viewport have in common: a styled frame with a margin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import omni.ui as ui

from . import keys, style


class PaneFrame:
    """Takes a frame of the host's. It has no background: drawn in software, a layer of this size costs as much as all
    widgets on it.

    Args:
        frame: The frame; the host owns its window.
    """

    def __init__(self, frame: ui.Frame) -> None:
        self._frame = frame
        frame.clear()
        with frame:
            self._root = ui.ZStack(style=style.STYLE_ON_WINDOW)

    @contextmanager
    def content(self, right: int = 8, bottom: int = 4) -> Iterator[None]:
        """Within the block, a column with a margin around it.

        Args:
            right: The margin at the right [pixels]: less beside a scroll bar.
            bottom: That at the bottom [pixels].
        """
        with self._root, ui.HStack():
            ui.Spacer(width=8)
            with ui.VStack(spacing=4):
                ui.Spacer(height=2)
                yield
                ui.Spacer(height=bottom)
            ui.Spacer(width=right)

    def destroy(self) -> None:
        """Clears the frame."""
        keys.typed()
        self._root.destroy()  # frees the callbacks and the objects that they refer to
        self._frame.clear()
