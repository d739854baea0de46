# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Every scalar that the library logs, as series; nothing is thrown away."""

from __future__ import annotations

import bisect
import itertools
import time
from array import array
from collections.abc import Iterator

import numpy as np

MEAN_REWARD = "Train/mean_reward"
"""Tag under which every learner files the mean episode return, whatever its library calls it."""

MEAN_EPISODE_LENGTH = "Train/mean_episode_length"
"""Tag under which every learner files the mean episode length [environment steps]."""


CANONICAL_TAGS = {
    "rollout/ep_rew_mean": MEAN_REWARD,
    "rollout/ep_len_mean": MEAN_EPISODE_LENGTH,
    "Reward / Total reward (mean)": MEAN_REWARD,
    "Episode / Total timesteps (mean)": MEAN_EPISODE_LENGTH,
}
"""What Stable-Baselines3 and skrl call the scalars that have a common name here: that of RSL-RL."""


def canonical_tag(tag: str) -> str:
    """The name under which a scalar is filed here, whatever its library calls it."""
    return CANONICAL_TAGS.get(tag, tag)


def step_unit_of(tag: str) -> str:
    """What the steps of a scalar in an event file count, told from the tag that its library gave it."""
    if tag.startswith(("rollout/", "train/", "time/")):
        return "environment steps"  # Stable-Baselines3
    if tag.endswith("/time"):
        return "seconds"  # RSL-RL logs some curves a second time, against the training's seconds
    if " / " in tag:
        return "steps of each environment"  # skrl
    return "iterations"


class Series:
    """One scalar over the training: all of its points, in the order in which they were logged.

    Args:
        tag: Its name.
        step_unit: What its steps count, in the plural.
    """

    def __init__(self, tag: str, step_unit: str = "steps") -> None:
        self.tag = tag
        self.step_unit = step_unit
        self._steps = array("d")
        self._values = array("d")
        self._wall_times = array("d")
        self._in_order = True
        self._newest: tuple[int, int] = 0, 0

    def append(self, step: float, value: float, wall_time: float | None = None) -> None:
        """Adds a point.

        Args:
            step: What the library counts by (iterations or environment steps).
            value: The scalar; not-a-number is kept.
            wall_time: When it was logged [s since the epoch]; None for now.
        """
        wall_time = time.time() if wall_time is None else wall_time
        if self._in_order and self._steps:
            last = self._steps[-1]
            self._in_order = step > last or (step == last and wall_time >= self._wall_times[-1])
        self._steps.append(step)
        self._values.append(value)
        self._wall_times.append(wall_time)

    def extend(self, steps: np.ndarray, values: np.ndarray, wall_times: np.ndarray) -> None:
        """Adds many points at once; three arrays of shape (n,)."""
        if not len(steps) == len(values) == len(wall_times):
            raise ValueError(f"{len(steps)} steps, {len(values)} values and {len(wall_times)} times are no points")
        self._in_order = self._in_order and _in_order(
            np.concatenate((self._steps[-1:], steps)), np.concatenate((self._wall_times[-1:], wall_times))
        )
        for column, numbers in ((self._steps, steps), (self._values, values), (self._wall_times, wall_times)):
            column.frombytes(np.asarray(numbers, dtype=np.float64).tobytes())

    def __len__(self) -> int:
        return len(self._values)

    @property
    def last(self) -> float | None:
        """The value at the highest step that counts, see :func:`valid_points`; None before the first."""
        return self._values[self._newest_index()] if self._values else None

    @property
    def span(self) -> tuple[float, float, float] | None:
        """First and last step that count, and when the newest point was logged [s since the epoch]; None before it."""
        if not self._values:
            return None
        if self._in_order:
            return self._steps[0], self._steps[-1], self._wall_times[-1]
        first = valid_points(np.array(self._steps), np.array(self._wall_times))[0]
        return self._steps[first], self._steps[self._newest_index()], max(self._wall_times)

    def _newest_index(self) -> int:
        count = len(self._values)
        if self._in_order:
            return count - 1
        if self._newest[0] != count:
            self._newest = count, int(valid_points(np.array(self._steps), np.array(self._wall_times))[-1])
        return self._newest[1]

    def points(self, start: int = 0, stop: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Steps and values from index ``start`` up to ``stop``, as two float64 copies of shape (n,)."""
        # slices of the array are copied: a NumPy view of it would forbid the next append
        return np.array(self._steps[start:stop]), np.array(self._values[start:stop])

    def wall_times(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """When each point was logged [s since the epoch], as :meth:`points`."""
        return np.array(self._wall_times[start:stop])


def valid_points(counter: np.ndarray, wall_times: np.ndarray) -> np.ndarray:
    """Indices of the points that count, by rising counter. Shape (n,) at most.

    Of a training that was begun again, which repeats some of the steps, the later points replace the earlier ones from
    where it began. Where the counter goes back without a repeated step, several writers log different steps of one
    scalar, each into its own file: all of their points count.
    """
    if (counter[1:] > counter[:-1]).all():
        return np.arange(len(counter))
    order = np.argsort(wall_times, kind="stable")
    logged = counter[order]
    starts = [0, *(np.flatnonzero(logged[1:] <= logged[:-1]) + 1).tolist(), len(logged)]
    steps: list[float] = []
    kept: list[int] = []
    for start, stop in itertools.pairwise(starts):
        part, indices = logged[start:stop].tolist(), order[start:stop].tolist()
        place = bisect.bisect_left(steps, part[0])
        common = part[: bisect.bisect_right(part, steps[-1])] if steps else []
        if any(_contains(steps, step) for step in common):
            del steps[place:], kept[place:]
        if place >= len(steps):
            steps += part
            kept += indices
            continue
        for step, index in zip(part, indices, strict=True):
            place = bisect.bisect_left(steps, step)
            steps.insert(place, step)
            kept.insert(place, index)
    return np.array(kept, dtype=int)


def _contains(rising: list[float], number: float) -> bool:
    place = bisect.bisect_left(rising, number)
    return place < len(rising) and rising[place] == number


def _in_order(steps: np.ndarray, wall_times: np.ndarray) -> bool:
    """Whether each point is of a later step than the one before, or of the same step and logged later."""
    return bool(((steps[1:] > steps[:-1]) | ((steps[1:] == steps[:-1]) & (wall_times[1:] >= wall_times[:-1]))).all())


class Metrics:
    """The series of one run, by tag."""

    def __init__(self, step_unit: str = "iterations") -> None:
        self._series: dict[str, Series] = {}
        self.step_unit = step_unit
        """What the steps of a series count where nothing else is said."""
        self.version = 0
        """Grows with every point, so that whoever draws can tell whether anything changed."""

    def add(
        self, tag: str, value: float, step: float, step_unit: str | None = None, wall_time: float | None = None
    ) -> None:
        """Files one scalar. Not-a-number is kept as it is: a curve that breaks off says so.

        Args:
            tag: Its name, see :func:`canonical_tag`.
            value: The scalar.
            step: What the library counts by.
            step_unit: What the steps count, in the plural; None for :attr:`step_unit`.
            wall_time: When it was logged [s since the epoch]; None for now.
        """
        self.series(tag, step_unit).append(step, float(value), wall_time)
        self.version += 1

    def extend(
        self,
        tag: str,
        steps: np.ndarray,
        values: np.ndarray,
        wall_times: np.ndarray,
        step_unit: str | None = None,
    ) -> None:
        """Files many points of one scalar at once; three arrays of shape (n,)."""
        self.series(tag, step_unit).extend(steps, values, wall_times)
        self.version += len(steps)

    def series(self, tag: str, step_unit: str | None = None) -> Series:
        """The series of a tag, made when there is none yet."""
        series = self._series.get(tag)
        if series is None:
            series = self._series[tag] = Series(tag, step_unit or self.step_unit)
        return series

    def get(self, tag: str) -> Series | None:
        """The series of a tag, or None when nothing was logged under it."""
        return self._series.get(tag)

    def last(self, tag: str) -> float | None:
        """The newest value of a tag, or None."""
        series = self._series.get(tag)
        return None if series is None else series.last

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags, in the order in which they first appeared."""
        return tuple(self._series)

    def __len__(self) -> int:
        return len(self._series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self._series.values())
