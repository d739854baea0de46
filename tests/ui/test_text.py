# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The ticks of an axis, and what is read of text fields."""

from __future__ import annotations

import pytest
from rl_trainer_ext.errors import UserError


@pytest.fixture(autouse=True)
def text(omni_ui):
    from rl_trainer_ext.ui.widgets import text

    return text


@pytest.mark.parametrize(
    ("lowest", "highest", "labels"),
    [
        (-12, 310, ["0", "100", "200", "300"]),
        (0, 1, ["0.0", "0.5", "1.0"]),
        (-0.013, 0.012, ["-0.010", "-0.005", "0.000", "0.005", "0.010"]),
        (0, 2e6, ["0", "500k", "1M", "1.5M", "2M"]),
        (0, 2e-5, ["0", "5.0e-06", "1.0e-05", "1.5e-05", "2.0e-05"]),
    ],
)
def test_ticks_are_round_and_told_apart(text, lowest, highest, labels):
    ticks = text.nice_ticks(lowest, highest, 5)
    assert text.tick_labels(ticks) == labels


@pytest.mark.parametrize("span", [(0.0, 1e-30), (-1e30, 1e30), (99.999, 100.001), (3.0, 3.0), (1e15, 1e15 + 1)])
def test_ticks_stay_in_the_axis_and_are_few(text, span):
    ticks = text.nice_ticks(*span, 5)
    labels = text.tick_labels(ticks)
    assert 1 <= len(ticks) <= 5
    slack = 1e-6 * (span[1] - span[0])
    assert all(span[0] - slack <= tick <= span[1] + slack for tick in ticks)
    assert len(labels) == len(ticks)


def test_integers_may_be_grouped_and_may_be_left_out(text):
    assert text.parse_integer("Seed", " 4,096 ") == 4096
    assert text.parse_integer("Seed", "1_000") == 1000
    assert text.parse_integer("Seed", "-1") == -1
    assert text.parse_integer("Seed", "  ") is None


@pytest.mark.parametrize("wrong", ["many", "1.5", "1e6", "0x10"])
def test_what_is_no_integer_is_named(text, wrong):
    with pytest.raises(UserError, match=f"Environments must be a whole number, not '{wrong}'"):
        text.parse_integer("Environments", wrong)


def test_overrides_are_split_as_in_a_shell(text):
    assert text.parse_words("Overrides", "env.sim.dt=0.01  'agent.note=a b'") == ("env.sim.dt=0.01", "agent.note=a b")
    assert text.parse_words("Overrides", "") == ()
    with pytest.raises(UserError, match="quote is not closed"):
        text.parse_words("Overrides", "agent.note='a")
