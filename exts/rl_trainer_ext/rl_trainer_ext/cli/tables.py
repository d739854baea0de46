# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tables on the command line: fitted to a terminal, and with whole texts and no styles anywhere else."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNLIMITED = 100_000
_GAP = 2


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Args:
        heading: Its heading.
        right_aligned: Whether its texts are aligned at the right.
        rank: On a narrow terminal, the columns of the highest ranks are left out; rank 0 always stays.
        least: The column may be cut to this many characters; None to never cut it.
        wraps: Whether long texts continue on the next line instead of being cut.
    """

    heading: str
    right_aligned: bool = False
    rank: int = 0
    least: int | None = None
    wraps: bool = False


def terminal_width() -> int | None:
    """Returns the width of the terminal that stdout is; None where stdout is a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> str:
    """Returns a table as text.

    Args:
        columns: The columns.
        rows: The texts of each row, one for each column.
        width: The width of the terminal [characters]; None for whole texts without styles, for files and pipes.
    """
    cells = [[_printable(text) for text in row] for row in rows]
    widths = [
        max(cell_len(text) for text in (column.heading, *(row[index] for row in cells)))
        for index, column in enumerate(columns)
    ]
    kept = list(range(len(columns)))
    if width is not None:
        kept = _fit(columns, widths, width)
    bold = "" if Console().legacy_windows else "bold"  # older consoles of Windows print the codes of styles
    grid = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style=bold)
    for index in kept:
        column = columns[index]
        grid.add_column(
            Text(column.heading),
            justify="right" if column.right_aligned else "left",
            width=widths[index],
            no_wrap=not column.wraps,
            overflow="fold" if column.wraps else "ellipsis",
        )
    for row in cells:
        grid.add_row(*(Text(row[index]) for index in kept))
    console = Console(
        file=io.StringIO(), width=width or _UNLIMITED, force_terminal=width is not None, legacy_windows=False
    )
    with console.capture() as printed:
        console.print(grid)
    return "\n".join(line.rstrip() for line in printed.get().splitlines())


def _fit(columns: Sequence[Column], widths: list[int], width: int) -> list[int]:
    """Returns the indices of the columns that fit, and changes the widths of those that are cut or wrapped."""
    kept = list(range(len(columns)))
    least = [
        own if column.least is None else min(own, column.least) for column, own in zip(columns, widths, strict=True)
    ]
    for index in sorted(kept, key=lambda index: columns[index].rank, reverse=True):
        if sum(least[each] + _GAP for each in kept) - _GAP <= width or columns[index].rank == 0:
            break
        kept.remove(index)
    for index in kept:
        others = sum(widths[each] + _GAP for each in kept if each != index)
        widths[index] = max(min(widths[index], width - others), least[index])
    return kept


def _printable(text: str) -> str:
    """Returns a text without line breaks and control characters, which could change the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
