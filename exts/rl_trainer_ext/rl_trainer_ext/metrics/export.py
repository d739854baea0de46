# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Curves for elsewhere: a tidy table (CSV) and a picture (PNG)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from .comparison import Trace

COLUMNS = ("run", "tag", "iteration", "steps", "wall_time", "value")

PICTURE = (1600, 900)
"""Width and height of a picture [pixels]."""

_DPI = 160


@dataclass(frozen=True)
class Drawn:
    """One curve of a picture. Arrays of shape (n,).

    Args:
        label: Its name in the legend.
        x: Places on the axis.
        y: Values.
        low: Lower edge of a band around it; None for no band.
        high: Upper edge.
        raw: What was smoothed, drawn faintly behind; None for nothing.
        color: ``#rrggbb``; empty for the next of Matplotlib's colours.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    raw: np.ndarray | None = None
    color: str = ""


def write_csv(path: Path, curves: Iterable[tuple[str, str, Trace]]) -> None:
    """Writes a tidy table: a line for each point, its columns :data:`COLUMNS`.

    Wall times are seconds since the epoch. What is unknown is an empty cell, and a value that is no number is ``nan``.

    Args:
        path: The file; replaced when it is there.
        curves: Name of the run, tag and points of each curve.

    Raises:
        UserError: When the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            for run, tag, trace in curves:
                columns = (trace.iterations, trace.steps, trace.wall_times, trace.values)
                cells = [[""] * len(trace) if column is None else map(_cell, column.tolist()) for column in columns]
                table.writerows([run, tag, *row] for row in zip(*cells, strict=True))
    except OSError as error:
        raise _cannot_be_written(path, error) from error


def write_png(path: Path, curves: Sequence[Drawn], x_label: str, y_label: str, title: str = "") -> None:
    """Draws curves over each other into a picture of :data:`PICTURE` pixels, on white.

    Args:
        path: The file; replaced when it is there.
        curves: What to draw, the first one lowest.
        x_label: Caption of the axis, with its unit.
        y_label: Caption of the values.
        title: Above the picture.

    Raises:
        UserError: When the file cannot be written.
    """
    # imported here as it takes a second; not pyplot, which would choose a window system and keep figures
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import EngFormatter

    figure = Figure(figsize=(PICTURE[0] / _DPI, PICTURE[1] / _DPI), dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for index, curve in enumerate(curves):
        color = curve.color or f"C{index % 10}"
        dashes = "-" if curve.color else ("-", "--", ":")[index // 10 % 3]  # Matplotlib has ten colours
        # the points themselves where there are few: a line would hide how often a curve was measured
        marker = "o" if len(curve.x) <= 2 else ""
        if curve.raw is not None:
            axes.plot(curve.x, curve.raw, color=color, linewidth=0.8, alpha=0.25)
        if curve.low is not None and curve.high is not None:
            axes.fill_between(curve.x, curve.low, curve.high, color=color, alpha=0.18, linewidth=0)
        style: dict[str, Any] = {
            "color": color,
            "linestyle": dashes,
            "linewidth": 1.6,
            "marker": marker,
            "markersize": 4,
        }
        axes.plot(curve.x, curve.y, label=_plain(curve.label), **style)
    axes.set_xlabel(_plain(x_label))
    axes.set_ylabel(_plain(y_label))
    if title:
        axes.set_title(_plain(title), loc="left", fontsize=11)
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
    # whole numbers without a point: steps are counted
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def _plain(text: str) -> str:
    """Text that Matplotlib shows as it is: a dollar sign would begin a formula."""
    return text.replace("$", r"\$")


def _cannot_be_written(path: Path, error: OSError) -> UserError:
    return UserError(f"{path} cannot be written ({error.strerror}): choose another folder.")
