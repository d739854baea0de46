# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writes curves to a table (CSV) and to a picture (PNG)."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from ..errors import UserError
from .comparison import Curve

COLUMNS = ("run", "tag", "iteration", "steps", "wall_time", "value")

PICTURE = (1600, 900)
"""The width and the height of a picture [pixels]."""

_DPI = 160


def write_csv(path: Path, curves: Sequence[Curve], tag: str) -> None:
    """Writes the logged points of every run to a table with the columns :data:`COLUMNS`, a line for each point.

    Wall times are in seconds since the epoch. An unknown value is an empty cell.

    Args:
        path: The file, which is replaced if it exists.
        curves: The curves.
        tag: The name of the scalar.

    Raises:
        UserError: When the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for run, trace in (each for curve in curves for each in curve.traces):
                columns = (trace.iterations, trace.steps, trace.wall_times, trace.values)
                cells = [[""] * len(trace) if column is None else map(_cell, column.tolist()) for column in columns]
                table.writerows([run, tag, *row] for row in zip(*cells, strict=True))
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def write_png(path: Path, curves: Sequence[Curve], x_label: str, y_label: str) -> None:
    """Draws curves into a picture of :data:`PICTURE` pixels, on white.

    Args:
        path: The file, which is replaced if it exists.
        curves: The curves; later ones are drawn over earlier ones.
        x_label: The title of the x axis, with its unit.
        y_label: The title of the y axis.

    Raises:
        UserError: When the file cannot be written.
    """
    # the import takes a second; pyplot would choose a window system and keep figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=(PICTURE[0] / _DPI, PICTURE[1] / _DPI), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for curve in curves:
        color = f"#{curve.color & 0xFF:02x}{curve.color >> 8 & 0xFF:02x}{curve.color >> 16 & 0xFF:02x}"
        # one or two points make no line that could be seen
        marker = "o" if len(curve.x) <= 2 else ""
        if curve.raw is not None:
            axes.plot(curve.x, curve.raw, color=color, linewidth=0.8, alpha=0.25)
        if curve.low is not None and curve.high is not None:
            axes.fill_between(curve.x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)
        axes.plot(curve.x, curve.y, label=_plain(curve.label), color=color, linewidth=1.6, marker=marker, markersize=4)
    axes.set_xlabel(_plain(x_label))
    axes.set_ylabel(_plain(y_label))
    axes.grid(color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.01)
    axes.xaxis.set_major_formatter(EngFormatter(sep=""))
    if curves:
        beside = len(curves) > 6
        axes.legend(
            loc="center left" if beside else "best",
            bbox_to_anchor=(1.0, 0.5) if beside else None,
            frameon=not beside,
            framealpha=0.9,
            edgecolor="0.9",
            fontsize=8 if beside else 9,
        )
    else:
        axes.text(0.5, 0.5, "No points", transform=axes.transAxes, ha="center", va="center", color="0.5")
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def _cell(number: float) -> str:
    # steps are whole numbers, written without a decimal point
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def _plain(text: str) -> str:
    """Returns a text that Matplotlib shows as it is: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")


def _cannot_be_written(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written ({error.strerror}): choose another folder.")
