# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The title of a column, which sorts its table."""

from __future__ import annotations

from collections.abc import Callable

import omni.ui as ui

from .layout import centred


def column_title(
    heading: str,
    explanation: str,
    identifier: str,
    *,
    width: int,
    right_aligned: bool,
    sorted_by: bool,
    descending: bool,
    clicked: Callable[[], object] | None,
) -> None:
    """Builds a title into the current row.

    Args:
        heading: Its text.
        explanation: Its tooltip.
        identifier: Of what is clicked.
        width: The width of the column [pixels]; 0 for the space that the others leave.
        right_aligned: Whether the texts of the column are aligned at the right.
        sorted_by: Whether the table is sorted by this column.
        descending: Whether from the highest value down.
        clicked: The callback for a click; None where the column cannot be sorted by.
    """
    with ui.ZStack(**({"width": width} if width else {})):
        tooltip = f"{explanation}\nClick to sort." if clicked is not None else explanation
        rectangle = ui.Rectangle(name="row", identifier=identifier, tooltip=tooltip)
        if clicked is not None:
            rectangle.set_mouse_pressed_fn(lambda x, y, button, modifier: clicked())
        with ui.HStack(spacing=3):
            name = "caption" if not sorted_by else "sorted"
            if right_aligned:
                ui.Label(heading, name=name, alignment=ui.Alignment.RIGHT_CENTER, elided_text=True)
            else:
                ui.Label(heading, name=name, width=0)
            if sorted_by:
                with centred(7):
                    pointing = ui.Alignment.CENTER_BOTTOM if descending else ui.Alignment.CENTER_TOP
                    ui.Triangle(width=7, height=6, name="arrow", alignment=pointing)
            if not right_aligned:
                ui.Spacer()
