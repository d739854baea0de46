# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Draws several curves into a picture with NumPy and Pillow.

omni.ui has no widget for this: its ``Plot`` has one line, points at equal distances and no band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from PIL import Image, ImageDraw

from ...metrics import Curve

_SMOOTH = 2
"""The picture is drawn this many times larger, then reduced, so that lines are smooth."""

_BAND_OPACITY = 0.28
_LINE_WIDTH = 1.6
_FAINT = 0.35
"""The opacity of an unsmoothed curve behind its smoothed one."""


def extent(curves: Sequence[Curve]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Returns the lowest and highest x, and the lowest and highest value, of all finite points; None without points."""
    xs: list[float] = []
    ys: list[float] = []
    for curve in curves:
        for values in (curve.y, curve.raw, curve.low, curve.high):
            if values is None:
                continue
            finite = np.isfinite(values) & np.isfinite(curve.x)
            if finite.any():
                ys += [float(values[finite].min()), float(values[finite].max())]
                xs += [float(curve.x[finite].min()), float(curve.x[finite].max())]
    return ((min(xs), max(xs)), (min(ys), max(ys))) if xs else None


def draw(
    curves: Sequence[Curve],
    width: int,
    height: int,
    x_axis: tuple[float, float],
    y_axis: tuple[float, float],
    background: int,
    grid: int,
    x_ticks: Sequence[float] = (),
    y_ticks: Sequence[float] = (),
) -> np.ndarray:
    """Returns the picture: RGBA, uint8 of shape (height, width, 4), opaque.

    Args:
        curves: The curves; later ones are drawn over earlier ones.
        width: The width [pixels].
        height: The height [pixels].
        x_axis: The x at the left edge and at the right edge.
        y_axis: The values at the lower edge and at the upper edge.
        background: 0xAABBGGRR.
        grid: The colour of the lines at the ticks, 0xAABBGGRR.
        x_ticks: The x of the vertical lines.
        y_ticks: The values of the horizontal lines.
    """
    size = (width * _SMOOTH, height * _SMOOTH)
    # a margin of a pixel, so that a line along an edge is complete
    to_x = (size[0] - 2 * _SMOOTH) / (x_axis[1] - x_axis[0])
    to_y = (size[1] - 2 * _SMOOTH) / (y_axis[1] - y_axis[0])

    def place(xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
        return np.stack(((xs - x_axis[0]) * to_x + _SMOOTH, size[1] - _SMOOTH - (ys - y_axis[0]) * to_y), axis=1)

    def draw_line(
        xs: np.ndarray, ys: np.ndarray, color: tuple[int, int, int], thickness: int, dot: float = 0.0
    ) -> None:
        for piece in _pieces(xs, ys):
            points = place(*decimated(*piece, x_axis, width))
            if len(points) == 1:
                (x, y), r = points[0], max(thickness, dot * _SMOOTH)
                pen.ellipse((x - r, y - r, x + r, y + r), color)
            else:
                pen.line(points.ravel().tolist(), color, thickness, joint="curve" if len(points) < 400 else None)

    image = Image.new("RGB", size, _rgb(background))
    pen = ImageDraw.Draw(image)
    for tick in x_ticks:
        x = (tick - x_axis[0]) * to_x + _SMOOTH
        pen.line((x, 0, x, size[1]), _rgb(grid), _SMOOTH)
    for tick in y_ticks:
        y = size[1] - _SMOOTH - (tick - y_axis[0]) * to_y
        pen.line((0, y, size[0], y), _rgb(grid), _SMOOTH)
    for curve in curves:
        if curve.low is not None and curve.high is not None:
            image = _with_band(image, curve, place)
    pen = ImageDraw.Draw(image)
    for curve in curves:
        if curve.raw is not None:
            draw_line(curve.x, curve.raw, _mixed(curve.color, background, _FAINT), _SMOOTH)
    for curve in curves:
        draw_line(curve.x, curve.y, _rgb(curve.color), round(_LINE_WIDTH * _SMOOTH), curve.dot)
    picture: np.ndarray = np.empty((height, width, 4), np.uint8)
    picture[..., :3] = np.asarray(image.reduce(_SMOOTH))
    picture[..., 3] = 255
    return picture


def decimated(
    xs: np.ndarray, ys: np.ndarray, x_axis: tuple[float, float], columns: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns at most four points a column: its first, lowest, highest and last value, so that no spike is lost.

    Args:
        xs: The places, rising; float64 of shape (n,).
        ys: The finite values, of the same shape.
        x_axis: The first and the last place of the columns.
        columns: The number of columns.
    """
    if len(xs) <= 4 * columns:
        return xs, ys
    column = np.clip((xs - x_axis[0]) / (x_axis[1] - x_axis[0]) * columns, 0, columns - 1).astype(int)
    starts = np.flatnonzero(np.r_[True, np.diff(column) != 0])
    ends = np.r_[starts[1:], len(xs)] - 1
    middle = (xs[starts] + xs[ends]) / 2
    lowest, highest = np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)
    return (
        np.stack((xs[starts], middle, middle, xs[ends]), axis=1).ravel(),
        np.stack((ys[starts], lowest, highest, ys[ends]), axis=1).ravel(),
    )


def _pieces(xs: np.ndarray, ys: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    finite = np.isfinite(xs) & np.isfinite(ys)
    edges = np.flatnonzero(np.diff(np.r_[False, finite, False].astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield xs[start:end], ys[start:end]


def _with_band(image: Image.Image, curve: Curve, place: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Image.Image:
    assert curve.low is not None
    assert curve.high is not None
    finite = np.isfinite(curve.low) & np.isfinite(curve.high)
    xs, low, high = curve.x[finite], curve.low[finite], curve.high[finite]
    if len(xs) < 2:
        return image
    edge = np.concatenate((place(xs, high), place(xs[::-1], low[::-1])))
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).polygon(edge.ravel().tolist(), fill=round(255 * _BAND_OPACITY))
    image.paste(_rgb(curve.color), (0, 0, *image.size), mask)
    return image


def _rgb(color: int) -> tuple[int, int, int]:
    return color & 0xFF, color >> 8 & 0xFF, color >> 16 & 0xFF


def _mixed(color: int, background: int, share: float) -> tuple[int, int, int]:
    red, green, blue = (round(share * a + (1 - share) * b) for a, b in zip(_rgb(color), _rgb(background), strict=True))
    return red, green, blue
