# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The charts of a sweep's trials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from helpers.sweep_window import SweepWindow
from helpers.sweeps_on_disk import GAMMA, make_sweep, make_trials
from rl_trainer_ext.training.sweep.trials import SweepView, Trial


def test_the_trials_are_drawn_as_curves_scatter_and_parallel_coordinates(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path
) -> None:
    from rl_trainer_ext.ui.widgets import style

    make_sweep(tmp_path / "logs", trials=make_trials(tmp_path / "logs"))
    shown = show_sweeps()
    driver = shown.driver
    assert not driver.shown("chart")
    driver.click("sweep_charts")
    shown.later()
    charts = shown.pane._charts
    drawn = charts._chart._curves
    assert driver.shown("chart")
    assert driver.text("sweep_chart_words") == "mean reward over iterations"
    # the best over all others
    assert [len(curve.x) for curve in drawn] == [8] * 6
    assert [curve.color for curve in drawn].index(style.ACCENT) == 5
    assert drawn[5].y[-1] == 4
    driver.click("trial_row:0")
    assert [curve.color for curve in charts._chart._curves][4:] == [style.BLUE, style.ACCENT]
    driver.choose("sweep_chart", "over gamma")
    assert driver.text("sweep_chart_words") == f"Last mean reward over {GAMMA}"
    assert {curve.x[0] for curve in charts._chart._curves} == {0.98, 0.99}
    driver.choose("sweep_chart", "Parallel coordinates")
    values = "learning_rate (0.0003 to 0.003), gamma (0.98 to 0.99), mean reward (1.6 to 4)"
    assert driver.text("sweep_chart_words") == f"From the left: {values}"
    assert driver.shown("chart")
    driver.click("sweep_charts")
    assert not driver.shown("chart")


def test_the_values_of_a_parameter_are_placed_as_numbers_logarithms_or_names() -> None:
    from rl_trainer_ext.ui.sweep.plots import parallel, scale_of, scatter

    assert scale_of([0.9, 0.99]).place(0.95) == 0.95
    rates = scale_of([1e-4, 1e-2])
    assert rates.place(1e-3) == pytest.approx(-3)
    assert rates.label([-4.0, -2.0]) == ["0.0001", "0.01"]
    names = scale_of(["elu", "relu", 3])
    assert [names.place(value) for value in (3, "elu", "relu")] == [0, 1, 2]
    assert names.label([0.0, 0.5, 2.0]) == ["3", "", "relu"]
    trials = tuple(
        Trial(str(index), index, {"a.x": 2.0 * index, "a.y": 1}, value=value)
        for index, value in enumerate((3.0, None, 1.0))
    )
    view = SweepView(Path("/s"), "running", "mean_reward", "min", 3, trials)
    assert [(curve.label, list(curve.x), list(curve.y)) for curve in scatter(view, "a.x", None).curves] == [
        ("Trial 0", [0.0], [3.0]),
        ("Trial 2", [4.0], [1.0]),
    ]
    assert [list(curve.y) for curve in parallel(view, ("a.x", "a.y"), None).curves] == [[0, 0.5, 1], [1, 0.5, 0]]
