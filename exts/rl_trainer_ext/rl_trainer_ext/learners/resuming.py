# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a training takes over from the run that it goes on from, beside the checkpoint itself."""

from __future__ import annotations

import json
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
from ..runs.checkpoints import checkpoints
from ..runs.model import BEST_STEM, RECORD_NAME
from ..runs.parameters import Difference, compare, parameters
from ..runs.writing import Best

_SLICE = 0.02
"""Seconds of reading between two turns of the frame loop."""


@dataclass(frozen=True)
class Progress:
    """How far a training has come. Totals: what it was resumed from is included.

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
    """What a checkpoint says about the training that saved it; None where it does not.

    Args:
        iterations: Finished iterations.
        steps: Environment steps over all parallel environments.
        seconds: Training time [s].
        random: States of the random generators; only where the seed is still the same, because who asks for another
            one wants other numbers.
    """

    iterations: int
    steps: int | None = None
    seconds: float | None = None
    random: dict[str, Any] | None = None


def totals(checkpoint: Path, resumed: Resumed) -> Progress:
    """What a training that goes on from a checkpoint starts counting from.

    What a checkpoint of ``isaaclab train`` does not say is taken from the files of its run, or is 0.
    """
    steps, seconds = resumed.steps, resumed.seconds
    if steps is None:
        steps = _steps_behind(checkpoint)
    if seconds is None:
        seconds = _seconds_behind(checkpoint, resumed.iterations, steps)
    return Progress(resumed.iterations, steps, seconds)


def _steps_behind(checkpoint: Path) -> int:
    try:
        listed = checkpoints(checkpoint.parent)
    except UserError:
        listed = ()
    return next((one.steps for one in listed if one.path == checkpoint and one.steps is not None), 0)


def _seconds_behind(checkpoint: Path, iterations: int, steps: int) -> float:
    """From the beginning of the event file to the last point that was logged before the checkpoint was saved."""
    reader = EventReader(checkpoint.parent, library="sb3" if checkpoint.suffix == ".zip" else "")
    while not reader.read(_SLICE):
        turn()  # a long run takes seconds to read
    seconds = 0.0
    for series in reader.metrics:
        logged, _ = series.points()
        before = logged <= (steps if series.step_unit == "environment steps" else iterations - 1)
        if series.step_unit != "seconds" and reader.started is not None and before.any():
            seconds = max(seconds, float(series.wall_times()[before].max()) - reader.started)
    return seconds


def inherit_best(checkpoint: Path, start: Progress, config: RunConfig, run_dir: Path) -> Best | None:
    """Begins a run with the best checkpoint of the run that it goes on from, in its own folder.

    That is what ``best`` means for it until it has a better one. Not inherited is what the other run reached only after
    the checkpoint, and what was reached in an environment with other overrides, where returns mean something else.

    Returns:
        What was copied, or None.
    """
    parent = checkpoint.parent
    try:
        record = json.loads((parent / RECORD_NAME).read_text(encoding="utf-8"))
        best = Best(**record["best"])
        theirs = RunConfig.from_dict(record["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a run of ``isaaclab train``, or one that has reached nothing yet
    source = parent / best.file
    if start.iterations == 0:
        return None  # a distillation starts anew: that run has the teacher
    if best.iteration > start.iterations or _environment(theirs) != _environment(config) or not source.is_file():
        return None
    # the statistics that a checkpoint needs are there before it
    for path in (source.with_suffix(".pkl"), source):
        if path.is_file():
            with runs.atomic(run_dir / f"{BEST_STEM}{path.suffix}") as temporary:
                shutil.copyfile(path, temporary)
    return Best(best.iteration, best.mean_reward, f"{BEST_STEM}{source.suffix}")


def _environment(config: RunConfig) -> tuple[str, set[str]]:
    return config.task, {override for override in config.overrides if override.lstrip("+~").startswith("env.")}


def changed_settings(checkpoint: Path, agent: Mapping[str, Any]) -> tuple[Difference, ...]:
    """In which settings the agent of a checkpoint's run differs from the one that is configured now.

    Args:
        checkpoint: The file; its run's parameters lie beside it.
        agent: The agent's configuration now, as plain values.

    Returns:
        The differences, the checkpoint's value first; none where the run has no parameters.
    """
    try:
        _, then = parameters(checkpoint.parent)
    except UserError:
        return ()
    return tuple(one for one in compare(then, agent) if one.key not in NO_SETTINGS) if then else ()


NO_SETTINGS = ("max_iterations", "n_timesteps", "device", "run_name", "experiment_name", "resume", "load_run")
"""What says how long, where or under which name a training runs, rather than how it learns."""
