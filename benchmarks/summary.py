# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Figures out of measurements: medians over the rounds, ratios within each. Pure."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rl_trainer_ext.frames.statistics import FrameFigures

from .plan import Program
from .turns import relative_error, relative_error_of_rounds


@dataclass(frozen=True)
class Measurement:
    """One run of one program."""

    program: Program
    round: int
    """Counts from 0; programs are compared within a round."""
    steps_per_second: float
    first_iteration: float
    """Extension: from the first click in the process to its first iteration; command: from the process's start [s]."""
    peak_memory: int
    """Largest resident set of the process [bytes]."""
    peak_gpu_memory: int | None = None
    """Most memory in use on the device above what was before [bytes]."""
    weights: str = ""
    """Fingerprint of the final weights; empty where they cannot be compared, after fewer iterations."""
    ready: float | None = None
    """Extension: from the start of the process to the panel that can be clicked [s]."""
    second_first_iteration: float | None = None
    """Extension: from the second click in the process to its first iteration [s]."""
    figures: FrameFigures | None = None
    """Extension: what its frames were like while its speed was measured."""
    figures_in_use: FrameFigures | None = None
    """Extension: its frames while the mouse was in use."""
    speeds: tuple[float | None, ...] = ()
    """Environment steps a second in each turn; None in those that are not measured. Empty without turns."""


@dataclass(frozen=True)
class Row:
    """One program over all rounds; medians where nothing else is said. None is what does not apply."""

    program: Program
    note: str = ""
    """Why there are no figures, or what is particular about them."""
    rounds: int = 0
    steps_per_second: float | None = None
    steps_per_second_lowest: float | None = None
    steps_per_second_highest: float | None = None
    ratio_to_headless: float | None = None
    ratio_to_headless_error: float | None = None
    """Its standard error. The turns tell what the machine did to one program and not to the other, the rounds also what
    makes one process faster than an equal one; the larger of the two."""
    ratio_to_viewer: float | None = None
    training_share: float | None = None
    """Share of the time that the training had: what its process lost to watching, whatever else the machine does."""
    pictures_per_second: float | None = None
    """Drawn pictures of the viewport a second."""
    frames_per_second: float | None = None
    """Frames of the user interface a second."""
    frames_per_second_in_use: float | None = None
    """The same while the mouse is in use."""
    gap_p50: float | None = None
    """Time from frame to frame while the mouse is in use [s]."""
    gap_p99: float | None = None
    gap_max: float | None = None
    """The longest of all rounds [s]."""
    gap_p99_less_drawing: float | None = None
    """With the viewport's own drawing taken out [s]."""
    ready: float | None = None
    """From the start of the process to the panel that can be clicked [s]."""
    first_iteration: float | None = None
    """From the first click, or the start of the command's process, to the first iteration [s]."""
    second_first_iteration: float | None = None
    """From the second click in the process to its first iteration [s]."""
    second_start_ratio: float | None = None
    """That time as a share of the headless command's start."""
    peak_memory: int | None = None
    """The largest of all rounds [bytes]."""
    peak_gpu_memory: int | None = None
    weights_equal: bool | None = None
    """Whether the final weights equal the headless command's in every round, to the bit; for the command itself,
    whether its rounds equal each other."""

    def to_dict(self) -> dict[str, Any]:
        """The values as plain JSON types."""
        return dataclasses.asdict(self) | {"program": self.program.value, "label": self.program.label}


def summarize(program: Program, measurements: Sequence[Measurement], note: str = "") -> Row:
    """The row of one program.

    Args:
        program: Whose row.
        measurements: Those of all programs, whatever their order.
        note: What to say about it.
    """
    own = [measurement for measurement in measurements if measurement.program is program]
    if not own:
        return Row(program, note)
    headless, viewer = (
        {measurement.round: measurement for measurement in measurements if measurement.program is other}
        for other in (Program.HEADLESS, Program.VIEWER)
    )
    speeds = [measurement.steps_per_second for measurement in own]
    figures = [measurement.figures for measurement in own]
    in_use = [measurement.figures_in_use for measurement in own]

    def of_frames(
        all_figures: Sequence[FrameFigures | None],
        value: Callable[[FrameFigures], float],
        combine: Callable[[list[float]], float] = statistics.median,
    ) -> float | None:
        # a short training can be over before a frame is: that is not a rate of 0
        values = [value(each) for each in all_figures if each is not None and each.frames]
        return combine(values) if values else None

    median = statistics.median
    ratio = median_ratio(own, headless, lambda each: each.steps_per_second)
    return Row(
        program,
        note,
        rounds=len(own),
        steps_per_second=median(speeds),
        steps_per_second_lowest=min(speeds),
        steps_per_second_highest=max(speeds),
        ratio_to_headless=ratio,
        ratio_to_headless_error=None if ratio is None else _error(ratio, own, headless),
        ratio_to_viewer=median_ratio(own, viewer, lambda each: each.steps_per_second),
        training_share=of_frames(figures, lambda each: each.training_share),
        pictures_per_second=of_frames(figures, lambda each: each.pictures_per_second),
        frames_per_second=of_frames(figures, lambda each: each.frames_per_second),
        frames_per_second_in_use=of_frames(in_use, lambda each: each.frames_per_second),
        gap_p50=of_frames(in_use, lambda each: each.gap_p50),
        gap_p99=of_frames(in_use, lambda each: each.gap_p99),
        gap_max=of_frames(in_use, lambda each: each.gap_max, max),
        gap_p99_less_drawing=of_frames(in_use, lambda each: each.gap_p99_less_drawing),
        ready=_median([measurement.ready for measurement in own]),
        first_iteration=median([measurement.first_iteration for measurement in own]),
        second_first_iteration=_median([measurement.second_first_iteration for measurement in own]),
        second_start_ratio=_second_start_ratio(own, headless),
        peak_memory=max(measurement.peak_memory for measurement in own),
        peak_gpu_memory=max((each.peak_gpu_memory for each in own if each.peak_gpu_memory is not None), default=None),
        weights_equal=weights_equal(own, headless),
    )


def median_ratio(
    own: Sequence[Measurement], reference: dict[int, Measurement], value: Callable[[Measurement], float]
) -> float | None:
    """The median of the ratios of each round: what slows a whole round down slows both programs."""
    return _median([value(each) / value(reference[each.round]) if each.round in reference else None for each in own])


def _error(ratio: float, own: Sequence[Measurement], reference: dict[int, Measurement]) -> float | None:
    if own[0].program is Program.HEADLESS:
        return None
    pairs = [(each, reference[each.round]) for each in own if each.round in reference]
    of_turns = relative_error([one.speeds for one, _ in pairs], [other.speeds for _, other in pairs])
    of_rounds = relative_error_of_rounds([one.steps_per_second / other.steps_per_second for one, other in pairs])
    errors = [error for error in (of_turns, of_rounds) if error is not None]
    return ratio * max(errors) if errors else None


def weights_equal(own: Sequence[Measurement], headless: dict[int, Measurement]) -> bool | None:
    """Whether weights are equal in every round; None when there is nothing to compare."""
    if own[0].program is Program.HEADLESS:
        fingerprints = {measurement.weights for measurement in own}
        return len(fingerprints) == 1 if len(own) > 1 else None
    pairs = [
        (measurement.weights, headless[measurement.round].weights)
        for measurement in own
        if measurement.weights and measurement.round in headless
    ]
    return all(one == other for one, other in pairs) if pairs else None


def _second_start_ratio(own: Sequence[Measurement], headless: dict[int, Measurement]) -> float | None:
    return _median(
        [
            measurement.second_first_iteration / headless[measurement.round].first_iteration
            for measurement in own
            if measurement.second_first_iteration is not None and measurement.round in headless
        ]
    )


def _median(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None
