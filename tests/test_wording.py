# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Numbers, times and sizes read the same in the panel and on the command line."""

from __future__ import annotations

import math

import pytest
from rl_trainer_ext import wording


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (950, "950"),
        (1000, "1k"),
        (1234, "1.2k"),
        (34_000, "34k"),
        (999_600, "1M"),
        (5_650_000, "5.7M"),
        (2e9, "2G"),
    ],
)
def test_counts_are_short(value, words):
    assert wording.short_count(value) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0:00"), (42.9, "0:42"), (727, "12:07"), (10_859, "3:00:59"), (None, "-"), (math.inf, "-")],
)
def test_durations_read_like_a_clock(seconds, words):
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (math.nan, "not a number"),
        (-math.inf, "minus infinite"),
        (0.0, "0"),
        (276.61234, "276.6"),
        (98_234.5, "98,234"),
        (5.11e-4, "5.11e-04"),
        (3e9, "3.00e+09"),
    ],
)
def test_scalars_have_about_four_digits(value, words):
    assert wording.number(value) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (512, "512 B"), (524_288, "524 kB"), (3_249_000, "3.2 MB"), (12e9, "12 GB"), (3.2e12, "3.2 TB")],
)
def test_sizes_count_as_disks_do(size, words):
    assert wording.file_size(size) == words


def test_rates_and_whole_numbers_keep_their_thousands_apart():
    assert (wording.rate(12345.6), wording.rate(None)) == ("12,346 steps/s", "-")
    assert (wording.whole(12345), wording.whole(None)) == ("12,345", "-")
    assert (wording.duration_with_unit(42), wording.duration_with_unit(10_859)) == ("0:42 min", "3:00:59 h")
