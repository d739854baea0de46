# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tests how a frame's time is shared, on a simulated clock."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from rl_trainer_ext.frames.sharing import ACTIVE_FRAME, LONGEST_WAIT, QUIET_FRAME, FrameSharing, RenderMode
from rl_trainer_ext.frames.statistics import GAPS_KEPT, FrameFigures, FrameStatistics

FULL, PARTIAL, NO = RenderMode.FULL_RENDERING, RenderMode.PARTIAL_RENDERING, RenderMode.NO_RENDERING
INACTIVE, ACTIVE = -math.inf, math.inf
STEP = 0.005
"""Length of an environment step in the simulated runs [s]."""
COLLECTING = 0.001
"""How long fetching a picture takes that was drawn during the training [s]."""


@dataclass
class Run:
    """A host on a simulated clock: trains, draws if it may, draws the user interface, and repeats."""

    cost: Callable[[int], float]
    """Of the n-th picture [s]."""
    mode: RenderMode = PARTIAL
    share: float = 0.1
    interface: float = 0.003
    card: float = 0.0
    """How long a graphics card draws a picture during the training; it is fetched in the next frame [s]."""
    last_input: float = INACTIVE
    sharing: FrameSharing = field(default_factory=FrameSharing)
    now: float = 1000.0
    pictures: list[float] = field(default_factory=list)
    drawing: float = 0.0
    frames: int = 0
    trained: float = 0.0
    pending: bool = False

    def advance(self, seconds: float, idle: float = 0.0) -> None:
        """Runs for a time. Each slice ends with a whole step, after which the run is idle for ``idle`` seconds."""
        end = self.now + seconds
        while self.now < end:
            self.frames += 1
            length = self.sharing.training_slice(self.now, self.mode, self.share, self.last_input)
            assert length > 0
            length = math.ceil(length / STEP) * STEP
            self.now += length
            self.trained += length
            self.sharing.trained(self.now)
            if self.pending:
                self.now += COLLECTING
                self.sharing.collected(COLLECTING, self.card)
                self.drawing += COLLECTING
            drawn = self.sharing.draw_due(self.now, self.mode, self.share, self.now + idle)
            if drawn:
                start = self.now
                self.now += self.cost(len(self.pictures))
                self.sharing.drew(start, self.now)
                self.pictures.append(start)
                self.drawing += self.now - start
            self.pending = drawn and self.card > 0
            self.now += self.interface

    def share_used(self, seconds: float) -> float:
        """Share of the next seconds that pictures take."""
        before, start = self.drawing, self.now
        self.advance(seconds)
        return (self.drawing - before) / (self.now - start)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("cost", [0.005, 0.033, 0.200])
def test_pictures_keep_their_share_of_a_long_run(cost, share):
    run, undrawn = Run(lambda _: cost, share=share), Run(lambda _: cost, mode=NO)
    assert run.share_used(300.0) <= share * 1.01 + cost / 300.0  # the first one is not waited for
    # the training also loses the user interface's time in early frames, and the rest of each slice's last step
    undrawn.advance(300.0)
    used = 1.0 - run.trained / undrawn.trained
    assert used <= share * 1.05 + cost / 300.0
    # there are at most 30 pictures a second, however cheap
    assert used >= 0.75 * min(share, 30 * cost)


@pytest.mark.parametrize("cost", [0.005, 0.033, 0.200])
def test_the_share_holds_over_any_stretch_of_ten_seconds(cost):
    run = Run(lambda _: cost)
    for _ in range(30):
        assert run.share_used(10.0) <= 0.1 + cost / 10.0


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_drawing_on_a_graphics_card_during_the_training_is_charged(share):
    run = Run(lambda _: 0.006, share=share, card=0.017)
    run.advance(300.0)
    cost = 1.5 * (0.006 + COLLECTING + 0.017)
    assert 0.75 * min(share, 30 * cost) <= len(run.pictures) * cost / 300.0 <= share * 1.02
    assert run.drawing / 300.0 <= share / 3


def test_varying_costs_are_charged_in_full():
    run = Run(lambda picture: (0.010, 0.030, 0.090)[picture % 3])
    assert 0.08 <= run.share_used(300.0) <= 0.101


def test_cheap_pictures_are_drawn_thirty_times_a_second_at_most():
    run = Run(lambda _: 0.0005)
    run.advance(10.0)
    assert 25 * 10 <= len(run.pictures) <= 30 * 10 + 1
    assert min(b - a for a, b in zip(run.pictures, run.pictures[1:], strict=False)) >= ACTIVE_FRAME * 0.99


def test_the_first_picture_comes_with_the_first_frame():
    run = Run(lambda _: 0.2)
    run.advance(0.15)
    assert len(run.pictures) == 1


def test_a_first_picture_of_two_seconds_does_not_delay_the_next_for_long():
    run = Run(lambda picture: 2.0 if picture == 0 else 0.033)
    run.advance(8.0)
    first, second = run.pictures[:2]
    assert second - (first + 2.0) < 1.5
    assert run.share_used(60.0) >= 0.075


def test_a_first_picture_that_a_graphics_card_takes_seconds_for_does_not_either():
    run = Run(lambda picture: 2.0 if picture == 0 else 0.006, card=2.0)
    run.advance(8.0)
    first, second = run.pictures[:2]
    assert second - (first + 2.0) < 1.5


@pytest.mark.parametrize("share", [0.01, 0.1])
def test_one_picture_that_took_long_delays_the_next_by_seconds_at_most(share):
    run = Run(lambda picture: 2.0 if picture == 5 else 0.020, share=share)
    run.advance(60.0)
    waits = [b - a for a, b in zip(run.pictures, run.pictures[1:], strict=False)]
    assert len(waits) > 8
    assert max(waits) < 2.0 + LONGEST_WAIT + 0.3


def test_pictures_that_all_take_long_are_not_taken_for_outliers():
    run = Run(lambda _: 1.0, share=0.05)
    run.advance(60.0)
    assert run.share_used(600.0) <= 0.0505 + 1.0 / 600.0


def test_a_new_run_begins_with_a_picture():
    run = Run(lambda _: 1.0)
    run.advance(3.0)
    drawn = len(run.pictures)
    run.advance(0.5)
    assert len(run.pictures) == drawn
    run.sharing.start_run()
    run.advance(0.15)
    assert len(run.pictures) == drawn + 1


def test_a_share_of_nothing_draws_nothing():
    run = Run(lambda _: 0.001, share=0.0)
    run.advance(30.0)
    run.advance(1.0, idle=10.0)
    assert run.pictures == []


def test_without_rendering_nothing_is_drawn():
    run = Run(lambda _: 0.001, mode=NO)
    run.advance(30.0)
    run.advance(1.0, idle=10.0)
    assert run.pictures == []


def test_full_rendering_draws_in_every_frame():
    run = Run(lambda _: 0.2, mode=FULL)
    run.advance(20.0)
    assert len(run.pictures) == run.frames


def test_modes_and_share_take_effect_at_the_next_frame():
    run = Run(lambda _: 0.050)
    for mode, share, low, high in [
        (FULL, 0.1, 0.30, 1.0),
        (NO, 0.1, 0.0, 0.0),
        (PARTIAL, 0.1, 0.07, 0.105),
        (PARTIAL, 0.4, 0.28, 0.41),
        (PARTIAL, 0.0, 0.0, 0.0),
        (PARTIAL, 0.1, 0.07, 0.105),
    ]:
        run.mode, run.share = mode, share
        assert low <= run.share_used(60.0) <= high, (mode, share)


def test_pictures_in_idle_time_are_not_charged():
    run = Run(lambda _: 0.050)
    run.advance(10.0, idle=0.1)
    assert len(run.pictures) == run.frames
    run.advance(20.0, idle=0.0)
    assert 0.07 <= run.share_used(60.0) <= 0.101


def test_idle_time_too_short_for_a_picture_is_not_used():
    run = Run(lambda _: 0.050)
    run.advance(5.0)
    before, start = run.drawing, run.now
    run.advance(60.0, idle=0.040)
    assert (run.drawing - before) / (run.now - start) <= 0.101


@pytest.mark.parametrize(("last_input", "rate"), [(ACTIVE, 30), (INACTIVE, 10)])
def test_the_user_interface_is_drawn_faster_while_it_is_used(last_input, rate):
    run = Run(lambda _: 0.0, mode=NO, last_input=last_input)
    run.advance(30.0)
    assert 0.85 * rate <= run.frames / 30.0 <= rate * 1.02


@pytest.mark.parametrize("cost", [0.005, 0.015])
def test_a_picture_is_part_of_the_frame_of_an_active_user(cost):
    run = Run(lambda _: cost, last_input=ACTIVE)
    run.advance(5.0)
    frames, longest = run.frames, 0.0
    while run.frames < frames + 300:
        before = run.now
        run.advance(1e-6)
        longest = max(longest, run.now - before)
    # each slice ends with a whole step
    assert longest <= ACTIVE_FRAME + STEP + 1e-3


def test_the_user_is_active_for_two_seconds_after_an_input():
    sharing = FrameSharing()
    assert sharing.training_slice(101.9, NO, 0.1, 100.0) == pytest.approx(ACTIVE_FRAME)
    assert sharing.training_slice(102.1, NO, 0.1, 100.0) == pytest.approx(QUIET_FRAME)


def test_at_least_half_of_a_frame_belongs_to_the_training():
    run = Run(lambda _: 0.0, mode=NO, interface=0.5)
    run.advance(30.0)
    assert run.trained / run.frames == pytest.approx(QUIET_FRAME / 2, rel=0.05)


def test_a_policy_update_without_anything_new_to_draw_is_not_interrupted_more_often():
    run = Run(lambda _: 0.005)
    run.advance(5.0)
    lengths = []
    for _ in range(5):  # frames without anything new to draw
        lengths.append(run.sharing.training_slice(run.now, PARTIAL, run.share, INACTIVE))
        run.now += lengths[-1]
        run.sharing.trained(run.now)
    assert lengths[-3:] == pytest.approx([QUIET_FRAME] * 3)


def test_the_viewport_does_not_shorten_the_training_of_a_frame():
    sharing = FrameSharing()
    sharing.trained(10.0)
    sharing.drew(10.0, 10.2)
    assert sharing.training_slice(10.2, FULL, 0.1, INACTIVE) == pytest.approx(QUIET_FRAME)


def test_statistics_of_frames_and_pictures():
    statistics = FrameStatistics()
    assert statistics.figures() == FrameFigures()
    now = 100.0
    for frame in range(101):
        statistics.frame(now)
        statistics.trained(0.036)
        if frame % 10 == 0:
            statistics.picture(0.050)
            now += 0.050
        now += 0.040
    figures = statistics.figures()
    assert figures.frames == 100
    assert figures.pictures == 11
    assert figures.seconds == pytest.approx(100 * 0.040 + 10 * 0.050)
    assert figures.training_share == pytest.approx(100 * 0.036 / 4.5)
    assert figures.frames_per_second == pytest.approx(100 / 4.5)
    assert figures.pictures_per_second == pytest.approx(11 / 4.5)
    assert figures.gap_p50 == pytest.approx(0.040)
    assert figures.gap_p99 == figures.gap_max == pytest.approx(0.090)
    assert figures.gap_p99_less_drawing == pytest.approx(0.040)
    statistics.reset()
    assert statistics.figures() == FrameFigures()


def test_statistics_keep_a_bounded_number_of_frames():
    statistics = FrameStatistics()
    statistics.frame(0.0)
    statistics.frame(9.0)  # falls out
    for frame in range(GAPS_KEPT):
        statistics.frame(9.0 + (frame + 1) * 0.1)
    figures = statistics.figures()
    assert figures.frames == GAPS_KEPT + 1
    assert figures.gap_max == pytest.approx(0.1)
