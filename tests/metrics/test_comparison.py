# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Curves of several runs: axes, joined resumes, smoothing, mean and band, and what is written of them."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.learners.formats import Pace
from rl_trainer_ext.metrics import (
    Axis,
    Curve,
    Series,
    Trace,
    joined,
    mean_and_band,
    smoothed,
    trace,
    write_csv,
    write_png,
)


def rsl_rl(iterations: range, begun: float = 1000.0, steps_per_iteration: int | None = 100) -> Trace:
    """A point every ten seconds; the value of iteration i is i."""
    series = Series("tag", "iterations")
    for count, iteration in enumerate(iterations, 1):
        series.append(iteration, iteration, begun + 10 * count)
    return trace(series, Pace(1, steps_per_iteration), begun)


def sb3(steps: range, steps_per_iteration: int | None = 100) -> Trace:
    series = Series("tag", "environment steps")
    for step in steps:
        series.append(step, step, 1000.0 + step)
    return trace(series, Pace(steps_per_iteration, steps_per_iteration), 1000.0)


SKRL = Pace(25, 100)


def skrl(steps: range, pace: Pace = SKRL) -> Trace:
    """skrl counts the steps of each environment: four environments make 25 in an iteration of 100 environment steps."""
    series = Series("tag", "steps of each environment")
    for step in steps:
        series.append(step, step, 1000.0 + step)
    return trace(series, pace, 1000.0)


def test_all_libraries_lie_on_the_same_axes():
    one = rsl_rl(range(3))
    for other in (sb3(range(100, 400, 100)), skrl(range(25, 100, 25))):
        for axis in (Axis.ITERATION, Axis.STEPS):
            assert one.x(axis).tolist() == other.x(axis).tolist()
    assert one.steps.tolist() == [100, 200, 300]
    assert one.seconds.tolist() == [10, 20, 30]
    assert one.wall_times.tolist() == [1010, 1020, 1030]


def test_a_library_that_counts_from_one_and_in_two_units_lies_on_them_too():
    """RL-Games logs some curves by its iterations, others by the environment steps."""
    one, pace = rsl_rl(range(3)), Pace(1, 100, first=1)
    for unit, steps in (("iterations", (1, 2, 3)), ("environment steps", (100, 200, 300))):
        series = Series("tag", unit)
        for step in steps:
            series.append(step, step, 1000.0 + step)
        for axis in (Axis.ITERATION, Axis.STEPS):
            assert trace(series, pace, 1000.0).x(axis).tolist() == one.x(axis).tolist()


def test_what_cannot_be_known_is_none():
    assert rsl_rl(range(3), steps_per_iteration=None).steps is None
    assert sb3(range(100, 300, 100), steps_per_iteration=None).iterations is None
    assert skrl(range(25, 75, 25), Pace()).iterations is None
    assert skrl(range(25, 75, 25), Pace(25)).steps is None
    series = Series("tag/time", "seconds")
    series.append(3.0, 1.0, 1003.0)
    pace = Pace(1, 100)
    assert (trace(series, pace).iterations, trace(series, pace).steps) == (None, None)
    assert trace(series, pace).seconds.tolist() == [0.0]
    assert len(trace(Series("empty"), pace)) == 0


def test_a_training_begun_again_in_the_same_files_replaces_what_it_repeats():
    series = Series("tag", "iterations")
    for second, (iteration, value) in enumerate([(0, 1.0), (1, 2.0), (2, 3.0), (1, 20.0), (2, 30.0), (2, 31.0)]):
        series.append(iteration, value, second)
    assert trace(series).iterations.tolist() == [0, 1, 2]
    assert trace(series).values.tolist() == [1.0, 20.0, 31.0]


def logged(*points: tuple[float, float]) -> Trace:
    """Points of (iteration, wall time), in the order of the files; the value is the number of the point."""
    series = Series("tag", "iterations")
    for number, (iteration, wall_time) in enumerate(points):
        series.append(iteration, number, wall_time)
    return trace(series)


def test_files_that_several_writers_fill_in_turn_lose_no_point():
    # one file with steps 0, 1, 3, another one with 2, 4
    both = logged((0, 10), (1, 11), (3, 13), (2, 12), (4, 14))
    assert both.iterations.tolist() == [0, 1, 2, 3, 4]
    assert both.values.tolist() == [0, 1, 3, 2, 4]
    assert both.seconds.tolist() == [0, 1, 2, 3, 4]
    # the second writer lags behind the first one, or began when that had ended
    late = logged((0, 10), (1, 11), (3, 13), (2, 13.5), (4, 14), (6, 15), (5, 16))
    assert late.iterations.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert (np.diff(late.seconds) >= 0).all()
    # three writers, each of which logs one step of three, one after the other
    three = logged(*((step, 100 * first + step) for first in range(3) for step in range(first, 300, 3)))
    assert three.iterations.tolist() == list(range(300))


def test_a_training_begun_again_in_another_file_ends_the_first_one():
    again = logged(*((step, step) for step in range(10)), *((step, 100 + step) for step in range(4, 7)))
    assert again.iterations.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert again.values.tolist() == [0, 1, 2, 3, 10, 11, 12]
    twice = logged((0, 0), (1, 1), (2, 2), (0, 10), (1, 11), (0, 20))
    assert twice.values.tolist() == [5]


def test_a_resumed_run_goes_on_where_its_parent_was_left():
    whole = joined([rsl_rl(range(10)), rsl_rl(range(6, 12), begun=9000.0)])
    assert whole.iterations.tolist() == list(range(12))
    assert whole.values.tolist() == list(range(12))
    assert whole.steps.tolist() == [100 * (index + 1) for index in range(12)]
    # six points of the parent, then the child's own time, and not the hours between
    assert whole.seconds.tolist() == [10 * (index + 1) for index in range(12)]
    assert whole.wall_times[6] == 9010.0


def test_steps_go_on_when_a_resumed_run_has_more_environments():
    whole = joined([rsl_rl(range(4)), rsl_rl(range(4, 6), steps_per_iteration=1000), rsl_rl(range(6, 7))])
    assert whole.steps.tolist() == [100, 200, 300, 400, 1400, 2400, 2500]
    counted = joined([sb3(range(100, 300, 100)), sb3(range(1200, 3200, 1000), steps_per_iteration=1000)])
    assert counted.iterations.tolist() == [0, 1, 2, 3]
    assert counted.steps.tolist() == [100, 200, 1200, 2200]
    neither = joined([skrl(range(25, 75, 25)), skrl(range(75, 125, 25), pace=Pace(25, 1000))])
    assert neither.iterations.tolist() == [0, 1, 2, 3]
    assert neither.steps.tolist() == [100, 200, 1200, 2200]


def test_joining_what_is_empty_or_unknown_or_replaced():
    alone = rsl_rl(range(3))
    empty = trace(Series("tag"), Pace(1, 100))
    assert joined([alone, empty]).values.tolist() == alone.values.tolist()
    assert len(joined([empty, empty])) == 0
    assert joined([rsl_rl(range(2), steps_per_iteration=None), rsl_rl(range(2, 4))]).steps is None
    assert joined([rsl_rl(range(5, 8)), alone]).values.tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="unpack"):
        joined([])


def test_smoothing_is_that_of_tensorboard():
    # the numbers of TensorBoard's own test of its classicSmoothing
    third = ((0.5 * 0.4 + 0.4 * 1 * 0.6) * 0.6 + 0) / (1 - 0.6**3)
    assert smoothed(np.array([1.0, 0.5, 0.0]), 0.6) == pytest.approx([1.0, 0.6875, third])
    odd = smoothed(np.array([-math.inf, 1.0, math.nan, math.inf, 0.5]), 0.6)
    assert odd == pytest.approx([-math.inf, 1.0, math.nan, math.inf, 0.6875], nan_ok=True)
    assert smoothed(np.full(3, 0.3), 0.1).tolist() == [0.3, 0.3, 0.3]
    assert smoothed(np.array([1.0, 0.5]), 0.0).tolist() == [1.0, 0.5]
    assert len(smoothed(np.empty(0), 0.9)) == 0


@pytest.mark.parametrize("weight", [1e-300, 0.003, 0.5, 0.97, 0.999])
def test_smoothing_a_long_curve_at_once_is_smoothing_point_by_point(weight):
    values = np.random.default_rng(0).normal(size=3000) * np.geomspace(1e-6, 1e6, 3000)
    last, expected = 0.0, []
    for count, value in enumerate(values, 1):
        last = weight * last + (1 - weight) * value
        expected.append(last / (1 - weight**count))
    assert smoothed(values, weight) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_smoothing_leaves_its_input_and_refuses_other_weights():
    values = np.array([1.0, 5.0])
    smoothed(values, 0.9)
    assert values.tolist() == [1.0, 5.0]
    for weight in (1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="weight"):
            smoothed(values, weight)


def test_seeds_of_different_length_and_places_have_a_mean_and_a_band():
    short = np.array([0.0, 2.0]), np.array([1.0, 3.0])
    long = np.array([0.0, 1.0, 2.0, 3.0]), np.array([3.0, 4.0, 7.0, 9.0])
    band = mean_and_band([short, long])
    assert band.x.tolist() == [0, 1, 2, 3]
    assert band.y.tolist() == [2, 3, 5, 9]
    deviation = [math.sqrt(2), math.sqrt(2), math.sqrt(8), 0.0]
    assert band.high - band.y == pytest.approx(deviation)
    assert band.y - band.low == pytest.approx(deviation)


def test_a_band_of_many_points_is_drawn_on_few_and_skips_what_is_no_number():
    x = np.arange(100_000.0)
    y = x.copy()
    y[500] = math.nan
    band = mean_and_band([(x, y), (x, y + 2)], columns=101)
    assert len(band.x) == 101
    assert band.y == pytest.approx(band.x + 1)
    nothing = np.array([0.0]), np.array([math.nan])
    assert len(mean_and_band([nothing]).x) == len(mean_and_band([]).x) == 0


def test_curves_that_do_not_overlap_leave_a_gap():
    one, other = (np.array([0.0, 1.0]), np.zeros(2)), (np.array([9.0, 10.0]), np.zeros(2))
    band = mean_and_band([one, other], columns=3)
    assert band.x.tolist() == [0.0, 10.0]


def test_the_table_is_tidy_and_exact(tmp_path: Path):
    path = tmp_path / "ünï code, curves.csv"
    one = rsl_rl(range(2))
    odd = Trace(*(np.array([value]) for value in (0.0, math.nan, 1e9 + 0.125, 0.0, 1.0)), steps=None)
    nothing = np.empty(0)
    curves = [Curve(nothing, nothing, traces=(("run, with comma", one), ("other", odd)))]
    write_csv(path, curves, "Train/mean_reward")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [
        ("run, with comma", "Train/mean_reward", "0", "100", "1010", "0"),
        ("run, with comma", "Train/mean_reward", "1", "200", "1020", "1"),
        ("other", "Train/mean_reward", "1", "", "1000000000.125", "nan"),
    ]
    assert list(rows[0]) == ["run", "tag", "iteration", "steps", "wall_time", "value"]


def test_what_cannot_be_written_is_said(tmp_path: Path):
    with pytest.raises(UserError, match="No such file or directory"):
        write_csv(tmp_path / "missing" / "curves.csv", [], "Reward")
    with pytest.raises(UserError, match="Is a directory"):
        write_png(tmp_path, [], "Iteration", "Reward")


def test_the_picture_shows_every_curve_in_its_colour(tmp_path: Path):
    x = np.arange(50.0)
    curves = [
        Curve(x, x, "one $5 run", 0xFF0000FF),
        Curve(x, 50 - x, "seeds", 0xFF00FF00, low=40 - x, high=60 - x),
        Curve(x, np.full(50, 25.0), "smoothed", 0xFFFF0000, raw=25 + 5 * np.sin(x)),
    ]
    write_png(tmp_path / "curves.png", curves, "Iteration", "Train/mean_reward")
    write_png(tmp_path / "empty.png", [], "Iteration", "Train/mean_reward")
    picture = np.asarray(Image.open(tmp_path / "curves.png").convert("RGB")).astype(int)
    assert picture.shape == (900, 1600, 3)
    for channel in range(3):
        pure = (picture[..., channel] > 200) & (np.delete(picture, channel, axis=2) < 60).all(axis=2)
        columns = np.flatnonzero(pure.any(axis=0))
        assert columns[-1] - columns[0] > 1200
    assert Image.open(tmp_path / "empty.png").size == (1600, 900)
