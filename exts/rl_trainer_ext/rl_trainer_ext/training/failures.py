# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Describes in words what ended a run."""

from __future__ import annotations

import traceback
from pathlib import Path

from ..errors import Diverged, UserError
from ..system.disk import is_full
from ..system.installation import isaac_lab, pip_line
from ..system.memory import is_out_of_memory


def describe_run_failure(
    exception: BaseException,
    *,
    playing: bool,
    run_dir: Path | None,
    saved: Path | None,
    best: Path | None = None,
    what: str = "",
) -> str:
    """Returns one sentence about what ended a run and what to do next.

    Args:
        exception: The exception that ended it.
        playing: Whether it was a playback.
        run_dir: The run's folder.
        saved: The checkpoint that was saved at the end; None if there is none.
        best: The best checkpoint of the run; None if there is none.
        what: What it was, if neither a playback nor a training.
    """
    first_line = next((line.strip() for line in str(exception).splitlines() if line.strip()), type(exception).__name__)
    kept = f" What was learned until then is in {saved.name}." if saved and not playing else ""
    if isinstance(exception, UserError):
        return str(exception)
    doing = what or ("The playback" if playing else "The training")
    if is_full(exception) and (playing or run_dir is None):
        return f"{doing} ended because a disk is full ({first_line.rstrip('.')}): make room there and start it again."
    if is_full(exception):
        return (
            f"The disk is full, and the last weights or curves could not be written to {run_dir}: make room "
            f"there and resume from the newest checkpoint.{kept}"
        )
    if isinstance(exception, Diverged):
        return f"{exception} {_last_finite(saved, best)}"
    if is_out_of_memory(exception):
        return f"The device ran out of memory: use fewer environments, or another device.{kept}"
    return f"{doing} failed with {type(exception).__name__}: {first_line.rstrip('.')}.{kept}"


def _last_finite(saved: Path | None, best: Path | None) -> str:
    """Returns a sentence about the checkpoints to continue from after a divergence."""
    if saved is None:
        return "Nothing was learned before, so this run has no checkpoint to resume from."
    also = f", the best one {best.name}" if best is not None and best != saved else ""
    return f"The last checkpoint with finite weights is {saved.name}{also}: play it or resume from it."


def describe_import_failure(exception: BaseException) -> str:
    """Returns one sentence about why Isaac Lab could not be imported and what to do next."""
    if isinstance(exception, UserError):
        return str(exception)
    if isinstance(exception, ModuleNotFoundError):
        return (
            f"Isaac Lab cannot be imported ({exception.name} is missing): run {pip_line(isaac_lab())} "
            "in a terminal, then start again."
        )
    return f"Isaac Lab cannot be imported: {type(exception).__name__}: {exception}"


def details(exception: BaseException) -> str:
    """Returns the whole traceback."""
    return "".join(traceback.format_exception(exception))
