# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a resumed training takes from the run of its checkpoint, besides the checkpoint itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import runs
from ..errors import UserError
from ..frames.cooperative import turn
from ..metrics.reading import EventReader
from ..run_config import RunConfig
from ..runs.checkpoints import checkpoint_number, list_checkpoints, run_dir_of
from ..runs.parameters import Difference, compare, read_parameters
from ..runs.record import Best
from .formats import ENVIRONMENT_STEPS, ITERATIONS, SECONDS, all_formats, format_of

_SLICE = 0.02
"""Seconds of reading between two turns of the frame loop."""


@dataclass(frozen=True)
class Progress:
    """How far a training has come, from its first start: the runs that it resumed are included.

    Args:
        iterations: Finished iterations.
        steps: Environment steps over all parallel environments.
        seconds: Training time, pauses left out [s].
    """

    iterations: int = 0
    steps: int = 0
    seconds: float = 0.0


@dataclass
class Resumed:
    """The state of a training in a checkpoint; None for values that the checkpoint does not have.

    Args:
        iterations: Finished iterations.
        steps: Environment steps over all parallel environments.
        seconds: Training time [s].
        random: States of the random generators; None where the user asks for another seed, and so for other numbers.
    """

    iterations: int
    steps: int | None = None
    seconds: float | None = None
    random: dict[str, Any] | None = None


def totals(checkpoint: Path, resumed: Resumed, library: str) -> Progress:
    """Returns the progress at which a resumed training starts to count.

    Values that a checkpoint of ``isaaclab train`` does not have are taken from the files of its run, or are 0.

    Args:
        checkpoint: The file that was resumed.
        resumed: Its state.
        library: Isaac Lab's name of its library.
    """
    steps, seconds = resumed.steps, resumed.seconds
    if steps is None:
        steps = _steps_behind(checkpoint, library)
    if seconds is None:
        seconds = _seconds_behind(checkpoint, resumed.iterations, steps, library)
    return Progress(resumed.iterations, steps, seconds)


def _steps_behind(checkpoint: Path, library: str) -> int:
    try:
        listed = list_checkpoints(run_dir_of(checkpoint, library))
    except UserError:
        listed = ()
    return next((one.steps for one in listed if one.path == checkpoint and one.steps is not None), 0)


def _seconds_behind(checkpoint: Path, iterations: int, steps: int, library: str) -> float:
    """Returns the time from the first event to the last one before the checkpoint [s]."""
    reader = EventReader(run_dir_of(checkpoint, library), library=library)
    library_format = format_of(library)
    number = checkpoint_number(checkpoint, library_format) or 0
    while not reader.read(_SLICE):
        turn()  # a long run takes seconds to read
    seconds = 0.0
    for series in reader.metrics:
        logged, _ = series.points()
        ends = {ENVIRONMENT_STEPS: steps, ITERATIONS: iterations - 1 + library_format.first_iteration}
        before = logged <= ends.get(series.step_unit, number)
        if series.step_unit != SECONDS and reader.started is not None and before.any():
            seconds = max(seconds, float(series.wall_times()[before].max()) - reader.started)
    return seconds


def inherit_best(checkpoint: Path, start: Progress, config: RunConfig, run_dir: Path, stem: str) -> Best | None:
    """Copies the best checkpoint of the resumed run into the folder of the new run, as its best one so far.

    Nothing is copied where the other run reached it after the resumed checkpoint, or in an environment with other
    overrides or reward weights that were changed meanwhile, where returns are not comparable.

    Args:
        checkpoint: The resumed checkpoint.
        start: How far it had come.
        config: The configuration of the new run.
        run_dir: The folder of the new run.
        stem: Name of the best checkpoint below that folder, without ending.

    Returns:
        The copied checkpoint; None where nothing was copied.
    """
    library = format_of(config.library)
    parent = library.run_dir_of(checkpoint)
    record = runs.RunRecord.read(parent)
    if record is None or record.best is None:
        return None  # a run of ``isaaclab train``, or one without a best checkpoint
    best = record.best
    source = parent / best.file
    if record.reward_changes:
        return None  # other weights of rewards: this run has those of the configuration again
    if start.iterations == 0:
        return None  # a distillation starts from scratch: the other run trained the teacher
    if best.iteration > start.iterations or _environment(record.config) != _environment(config) or not source.is_file():
        return None
    # the checkpoint last: the files that it needs are complete before it
    (run_dir / stem).parent.mkdir(exist_ok=True)
    for path in reversed(library.files(source)):
        if path.is_file():
            with runs.atomic(run_dir / f"{stem}{path.suffix}") as temporary:
                shutil.copyfile(path, temporary)
    return Best(best.iteration, best.mean_reward, f"{stem}{source.suffix}")


def _environment(config: RunConfig) -> tuple[str, set[str]]:
    return config.task, {override for override in config.overrides if override.lstrip("+~").startswith("env.")}


def changed_settings(run_dir: Path, agent: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Compares the agent of a checkpoint's run with the one that is configured now.

    Args:
        run_dir: The run's folder.
        agent: The agent's configuration now, as plain values.

    Returns:
        The differences, the checkpoint's value first; empty where the run has no parameters.
    """
    try:
        _, then = read_parameters(run_dir)
    except UserError:
        return ()
    return tuple(one for one in compare(then, agent) if not is_start_key(one.key)) if then else ()


def is_start_key(key: str) -> bool:
    """Returns whether a key of an agent says how long, where or under which name a training runs, not how it learns."""
    keys = {each for library in all_formats() for each in library.start_keys}
    return any(key == one or key.startswith(f"{one}.") for one in keys)
