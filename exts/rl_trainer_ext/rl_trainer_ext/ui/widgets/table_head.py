# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The titles of a table's columns: those that fit, and a click on one sorts the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import omni.ui as ui

from .layout import centred
from .pending import Pending
from .table_sizes import DOT, GAP, MARGIN, SCROLL_BAR


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


class TitledColumn(Protocol):
    """What the head of a table needs of a column."""

    @property
    def name(self) -> str:
        """Identifies the column."""
        ...

    @property
    def heading(self) -> str:
        """Its title."""
        ...

    @property
    def explanation(self) -> str:
        """One sentence for the user."""
        ...

    @property
    def descending(self) -> bool:
        """Whether the first click on the title sorts from the highest value down."""
        ...

    @property
    def right_aligned(self) -> bool:
        """Whether the texts are aligned at the right."""
        ...


class TableHead[Column: TitledColumn]:
    """The titles of those columns that fit, in the current layout. A click on one sorts by it.

    Args:
        name: The titles are ``<name>_sort:<column>``.
        height: Height of the row [pixels].
        fitting: Returns the columns that fit into a width [pixels].
        width_of: Returns the width of a column [pixels]; 0 for the space that the others leave.
        on_sort: Called between frames when the user wants another order.
        sorted_by: The column that the table is sorted by at first.
        descending: Whether from the highest value down.
        sortable: Returns whether the table can be sorted by a column.
    """

    def __init__(
        self,
        name: str,
        height: int,
        fitting: Callable[[float], tuple[Column, ...]],
        width_of: Callable[[Column], int],
        on_sort: Callable[[], None],
        sorted_by: str,
        descending: bool,
        sortable: Callable[[Column], bool] = lambda column: True,
    ) -> None:
        self._name, self._fitting, self._width_of = name, fitting, width_of
        self._on_sort, self._sortable = on_sort, sortable
        self.sorted_by, self.descending = sorted_by, descending
        self.columns: tuple[Column, ...] = ()
        """The columns that fit."""
        self._pending = Pending()
        self._width = 0.0
        self._row = ui.HStack(height=height)
        ui.Line(name="separator", height=1)

    def update(self, width: float) -> bool:
        """Follows the width of the table [pixels]; returns whether other columns fit. Called once a frame."""
        self._pending.run()
        if width == self._width or width <= 0:
            return False
        self._width = width
        columns = self._fitting(width - 2 * MARGIN - SCROLL_BAR - DOT)
        if columns == self.columns:
            return False
        self.columns = columns
        self._build()
        return True

    def refit(self) -> None:
        """Looks in the next update which columns fit: there are others now."""
        self._width = 0.0

    def _sort_by(self, column: Column) -> None:
        same = column.name == self.sorted_by
        self.descending = not self.descending if same else column.descending
        self.sorted_by = column.name
        self._on_sort()
        self._build()

    def _sorting(self, column: Column) -> Callable[[], None] | None:
        return self._pending.adding(lambda: self._sort_by(column)) if self._sortable(column) else None

    def _build(self) -> None:
        self._row.clear()
        with self._row:
            ui.Spacer(width=MARGIN + DOT)
            for number, column in enumerate(self.columns):
                if number:
                    ui.Spacer(width=GAP)
                column_title(
                    column.heading,
                    column.explanation,
                    f"{self._name}_sort:{column.name}",
                    width=self._width_of(column),
                    right_aligned=column.right_aligned,
                    sorted_by=column.name == self.sorted_by,
                    descending=self.descending,
                    clicked=self._sorting(column),
                )
            ui.Spacer(width=MARGIN + SCROLL_BAR)
