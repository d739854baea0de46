# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""How the trials of a sweep stand, in files below the log root, so that each program with it finds them.

``<log_root>/.sweeps/<time>/`` holds the specification, ``sweep.json``, which the program that runs the sweep writes,
and ``trials/<id>.json``, which the process of each trial writes.
"""

from __future__ import annotations

import dataclasses
import enum
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...runs.jobs import read_json
from ...runs.process import Process
from ...system.atomic_files import atomic_write_text

SWEEPS_FOLDER = ".sweeps"
"""The folder in a log root that holds the folders of sweeps."""

SPEC, STATE, TRIALS, OUTPUT = "sweep.yaml", "sweep.json", "trials", "output.txt"
FOLDER_FORMAT = "%Y-%m-%d_%H-%M-%S"
"""The names of the folders of sweeps: the time of the start."""

VERSION = 1


class TrialState(enum.StrEnum):
    """How a trial stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED_EARLY = "stopped early"
    """The scheduler stopped it, because others are better."""
    STOPPED = "stopped"
    """The user stopped it, or the sweep."""
    FAILED = "failed"


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Args:
        name: Its id, unique in the sweep.
        number: Its number, from 1.
        parameters: The values that differ from those of other trials; the seed too if there are several.
        state: How it stands.
        value: The last value of the metric; None while there is none.
        best: The best value of the metric so far; None while there is none.
        iterations: Finished iterations.
        run_dir: The folder of its run; empty while there is none.
        checkpoint: Its last checkpoint; empty while it runs.
        problem: Why it failed, in one sentence.
    """

    name: str
    number: int
    parameters: Mapping[str, Any]
    state: TrialState = TrialState.WAITING
    value: float | None = None
    best: float | None = None
    iterations: int = 0
    run_dir: str = ""
    checkpoint: str = ""
    problem: str = ""

    def replace(self, **changes: Any) -> Trial:
        """A copy with some values changed."""
        return dataclasses.replace(self, **changes)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Trial:
        """Returns the inverse of ``dataclasses.asdict``.

        Raises:
            TypeError: When it has other keys; likewise KeyError and ValueError.
        """
        return cls(**{**values, "state": TrialState(values["state"])})


@dataclass(frozen=True)
class SweepView:
    """How a sweep stands.

    Args:
        folder: Its folder.
        state: ``starting`` (the panel has started its program), ``running``, ``finished``, ``stopped`` or ``failed``.
        metric: What is compared.
        mode: ``max`` or ``min``.
        total: Number of trials that it will have.
        trials: Those that it has, in the order of their numbers.
        problem: Why it failed, in one sentence.
        process: The process that runs it; None if unknown.
    """

    folder: Path
    state: str
    metric: str
    mode: str
    total: int
    trials: tuple[Trial, ...] = ()
    problem: str = ""
    process: Process | None = field(default=None, compare=False)

    @property
    def active(self) -> bool:
        """Whether a program runs it."""
        return self.state in ("starting", "running")

    @property
    def can_resume(self) -> bool:
        """Whether it was interrupted, and has trials that can continue."""
        return self.state in ("stopped", "failed") and bool(self.trials)

    @property
    def best(self) -> Trial | None:
        """The best trial; None while none has a value."""
        return best_of(self.trials, self.mode)


def best_of(trials: Iterable[Trial], mode: str) -> Trial | None:
    """Returns the trial with the best last value of the metric; None when none has one."""
    valued = [each for each in trials if each.value is not None and math.isfinite(each.value)]
    sign = 1.0 if mode == "max" else -1.0
    return max(valued, key=lambda each: sign * (each.value or 0.0), default=None)


def better(one: float | None, other: float | None, mode: str) -> float | None:
    """Returns the better of two values of the metric; None when there is none."""
    values = [each for each in (one, other) if each is not None and math.isfinite(each)]
    return (max if mode == "max" else min)(values, default=None)


def write_view(view: SweepView) -> None:
    """Writes how a sweep stands.

    Raises:
        OSError: When it cannot be written.
    """
    values = {
        "version": VERSION,
        "state": view.state,
        "metric": view.metric,
        "mode": view.mode,
        "total": view.total,
        "trials": [dataclasses.asdict(each) for each in view.trials],
        "problem": view.problem,
        "process": None if view.process is None else dataclasses.asdict(view.process),
    }
    atomic_write_text(view.folder / STATE, json.dumps(values), durable=False)


def read_view(folder: Path) -> SweepView | None:
    """Returns how a sweep stands; None when its folder has no state that can be used."""
    values = read_json(folder / STATE)
    try:
        if values.get("version") != VERSION:
            return None
        process = values["process"]
        found = SweepView(
            folder,
            str(values["state"]),
            str(values["metric"]),
            str(values["mode"]),
            int(values["total"]),
            tuple(Trial.from_dict(each) for each in values["trials"]),
            str(values["problem"]),
            None if process is None else Process.from_dict(process),
        )
    except (KeyError, TypeError, ValueError):
        return None
    gone = found.active and found.process is not None and found.process.is_alive() is False
    if gone and found.state == "starting" and not found.trials:
        problem = f"The program of the sweep ended before the first trial: its output is in {folder / OUTPUT}."
        return dataclasses.replace(found, state="failed", problem=problem)
    if gone:
        # its program was killed, and its trials with it
        over = (
            each.replace(state=TrialState.STOPPED) if each.state is TrialState.RUNNING else each
            for each in found.trials
        )
        return dataclasses.replace(found, state="stopped", trials=tuple(over))
    return found


def list_sweeps(log_root: Path) -> list[Path]:
    """Returns the folders of the sweeps of a log root, the newest first."""
    folder = log_root.expanduser().absolute() / SWEEPS_FOLDER
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:  # there has been no sweep
        return []
    return [folder / name for name in names if (folder / name / STATE).is_file()]
