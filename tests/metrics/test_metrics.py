# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Series keep every point; the envelope follows them at a constant cost and loses no spike."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rl_trainer_ext.metrics import Envelope, Metrics, Series


def series_of(values: list[float], steps: list[float] | None = None) -> Series:
    series = Series("tag")
    for step, value in zip(steps or range(len(values)), values, strict=True):
        series.append(step, value)
    return series


def test_a_series_gives_its_points_back_in_order():
    series = series_of([3.0, 1.0, 2.0], [10, 20, 30])
    steps, values = series.points(1)
    assert steps.tolist() == [20, 30]
    assert values.tolist() == [1.0, 2.0]
    assert series.points(0, 2)[1].tolist() == [3.0, 1.0]
    assert series.last == 2.0


def test_points_are_copies_that_do_not_hinder_the_next_append():
    series = series_of([1.0])
    kept = series.points()
    series.append(1, 2.0)
    assert len(series) == 2
    assert kept[1].tolist() == [1.0]


def test_metrics_list_tags_in_the_order_of_their_first_point():
    metrics = Metrics()
    for tag in ("b", "a", "b"):
        metrics.add(tag, 1.0, 0)
    assert metrics.tags == ("b", "a")
    assert len(metrics) == 2
    assert metrics.version == 3
    assert metrics.last("missing") is None


def test_a_short_series_is_drawn_point_by_point():
    envelope = Envelope(8)
    envelope.follow(series_of([1.0, 3.0, 2.0]))
    assert envelope.polyline().tolist() == [1.0, 3.0, 2.0]
    assert envelope.steps == (0, 2)
    assert envelope.range == (1.0, 3.0)


def test_a_column_shows_its_lowest_and_its_highest_value_on_the_side_that_the_curve_comes_from():
    envelope = Envelope(2)
    envelope.follow(series_of([0.0, 1.0, 2.0, 3.0]))
    assert envelope.polyline().tolist() == [0.0, 1.0, 2.0, 3.0]
    envelope.follow(series_of([3.0, 2.0, 1.0, 0.0]))
    assert envelope.polyline().tolist() == [3.0, 2.0, 1.0, 0.0]


def test_no_spike_of_a_million_points_is_lost():
    values = np.sin(np.arange(1_000_000) / 40_000)
    values[123_456], values[777_777] = 50.0, -60.0
    series = Series("tag")
    envelope = Envelope(256)
    for step, value in enumerate(values):
        series.append(step, value)
        if step % 10_007 == 0:
            envelope.follow(series)
    envelope.follow(series)
    line = envelope.polyline()
    assert len(line) <= 512
    assert envelope.range == (-60.0, 50.0)
    width = 4096  # the first power of two of which 256 cover a million
    assert line.argmax() // 2 == 123_456 // width
    assert line.argmin() // 2 == 777_777 // width


def test_following_in_pieces_gives_the_same_as_at_once():
    rng = np.random.default_rng(1)
    series = series_of(rng.normal(size=5000).tolist())
    once, pieces = Envelope(64), Envelope(64)
    once.follow(series)
    while True:
        pieces.follow(series, limit=37)
        if not pieces.behind:
            break
    assert np.array_equal(once.polyline(), pieces.polyline())


def test_nothing_new_is_no_change():
    envelope, series = Envelope(8), series_of([1.0])
    assert envelope.follow(series)
    assert not envelope.follow(series)
    assert not envelope.behind
    series.append(1, 2.0)
    assert envelope.behind
    assert envelope.follow(series)


def test_another_series_starts_over():
    envelope = Envelope(8)
    envelope.follow(series_of([100.0, 200.0]))
    assert envelope.follow(series_of([1.0]))
    assert envelope.range == (1.0, 1.0)
    assert envelope.follow(None)
    assert envelope.range is None
    assert len(envelope.polyline()) == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_hide_no_others(bad: float):
    envelope = Envelope(2)
    envelope.follow(series_of([bad, 1.0, 2.0, bad, 3.0, bad, 4.0, bad]))
    assert envelope.range == (1.0, 4.0)
    assert np.isfinite(envelope.polyline()).all()


def test_only_nan_is_nothing_to_draw():
    envelope = Envelope(4)
    envelope.follow(series_of([math.nan, math.nan]))
    assert envelope.range is None
    assert len(envelope.polyline()) == 0


def test_columns_without_points_lie_between_their_neighbours():
    envelope = Envelope(8)
    envelope.follow(series_of([0.0, 4.0], [0, 4]))
    assert envelope.polyline().tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_large_environment_steps_are_followed():
    envelope = Envelope(16)
    envelope.follow(series_of([1.0, 2.0, 3.0], [1e9, 1.5e9, 2e9]))
    assert envelope.steps == (1e9, 2e9)
    assert 8 <= len(envelope.polyline()) <= 32


def test_columns_have_to_be_even():
    with pytest.raises(ValueError, match="even"):
        Envelope(3)
