# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What the curves cost a frame, in milliseconds: prints one line for each length of training.

Each frame is at most 1/30 s of a training that logs one point for each of the curves a frame. ``update`` is what the
panel does to follow and redraw them (ten times a second), ``draw`` what omni.ui does to put the window on the screen.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from rl_trainer_ext.hosts.omni_ui import load_omni_ui
from rl_trainer_ext.metrics import Series

CURVES = 4
FRAMES = 300
LENGTHS = (0, 1_000, 100_000, 1_000_000)
SIZE = (420, 760)


def main() -> None:
    """Measures and prints."""
    ui, _ = load_omni_ui("Curves", *SIZE, offscreen=True)
    from rl_trainer_ext.ui import style
    from rl_trainer_ext.ui.plot import Curve

    window = ui.Window("Curves", width=SIZE[0], height=SIZE[1], position_x=0, position_y=0)
    print(f"{CURVES} curves, {FRAMES} frames\n{'points':>10} {'update':>8} {'slowest':>8} {'draw':>8}  [ms a frame]")
    for length in LENGTHS:
        window.frame.clear()
        with window.frame, ui.ZStack(style=style.STYLE), ui.VStack(height=0):
            curves = [Curve(f"Curve {index}", identifier=f"curve_{index}") for index in range(CURVES)]
        values = np.random.default_rng(0).normal(size=length).cumsum()
        every_series = [series_of(values) for _ in curves]
        updates, draws = measure(curves, every_series)
        print(f"{length:>10,} {updates.mean():8.3f} {updates.max():8.3f} {draws.mean():8.3f}")


def series_of(values: np.ndarray) -> Series:
    """A series that was logged before anybody looked."""
    series = Series("tag")
    for step, value in enumerate(values.tolist()):
        series.append(step, value)
    return series


def measure(curves: list[Any], every_series: list[Series]) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of updating and of drawing, for each frame."""
    from omni.ui.standalone import _tick_one_frame

    updates, draws = np.empty(FRAMES), np.empty(FRAMES)
    for frame in range(FRAMES):
        start = time.perf_counter()
        for curve, series in zip(curves, every_series, strict=True):
            series.append(len(series), float(frame % 7))
            curve.update(series)
        updated = time.perf_counter()
        _tick_one_frame()
        drawn = time.perf_counter()
        updates[frame], draws[frame] = 1e3 * (updated - start), 1e3 * (drawn - updated)
        time.sleep(max(0.0, 1 / 30 - (drawn - start)))
    return updates, draws


if __name__ == "__main__":
    main()
