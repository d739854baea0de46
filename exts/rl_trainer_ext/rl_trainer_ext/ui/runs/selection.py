# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Selects rows of a list, as a file manager does. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class Selection:
    """The selected runs, in the order of their selection; callers pass the rows of the list."""

    def __init__(self) -> None:
        self._selected: dict[Path, None] = {}
        self._anchor: Path | None = None
        self._cursor: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """The directories of the selected runs; the others are compared with the first."""
        return tuple(self._selected)

    @property
    def cursor(self) -> Path | None:
        """The row from which the arrow keys move."""
        return self._cursor

    def __contains__(self, path: Path) -> bool:
        return path in self._selected

    def only(self, path: Path | None) -> None:
        """Selects one run, or none."""
        self._selected = {} if path is None else {path: None}
        self._anchor = self._cursor = path

    def click(self, order: Sequence[Path], path: Path, *, control: bool = False, shift: bool = False) -> None:
        """Handles a click on a row: it selects that run only; Ctrl adds or removes it; Shift selects a range.

        Args:
            order: The listed runs.
            path: The run that was clicked.
        """
        if shift and self._anchor in order:
            self._range(order, path, keep=control)
        elif control:
            if path in self._selected:
                del self._selected[path]
            else:
                self._selected[path] = None
            self._anchor = self._cursor = path
        else:
            self.only(path)

    def move(self, order: Sequence[Path], by: int, *, shift: bool = False) -> None:
        """Handles an arrow key: moves the selection by a number of rows; Shift extends the range."""
        if not order:
            return
        at = order.index(self._cursor) + by if self._cursor in order else 0 if by > 0 else len(order) - 1
        path = order[max(0, min(at, len(order) - 1))]
        if shift and self._anchor in order:
            self._range(order, path, keep=False)
        else:
            self.only(path)

    def all(self, order: Sequence[Path]) -> None:
        """Selects every listed run."""
        self._selected = dict.fromkeys(order)

    def keep(self, present: Sequence[Path]) -> bool:
        """Deselects runs that are gone; returns whether there were any."""
        there = set(present)
        gone = [path for path in self._selected if path not in there]
        for path in gone:
            del self._selected[path]
        if self._anchor not in there:
            self._anchor = None
        if self._cursor not in there:
            self._cursor = None
        return bool(gone)

    def _range(self, order: Sequence[Path], path: Path, *, keep: bool) -> None:
        assert self._anchor is not None
        start, end = order.index(self._anchor), order.index(path)
        chosen = order[start : end + 1] if start <= end else order[end : start + 1][::-1]
        # the anchor stays the first, with which the others are compared
        self._selected = {**(self._selected if keep else {}), **dict.fromkeys(chosen)}
        self._cursor = path
