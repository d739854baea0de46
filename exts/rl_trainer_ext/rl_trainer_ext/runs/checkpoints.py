# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Lists the checkpoints of a run by the file names of its library, without reading the weights."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..learners.formats import (
    ENVIRONMENT_STEPS,
    ITERATIONS,
    STEPS_OF_EACH_ENVIRONMENT,
    CheckpointKind,
    LibraryFormat,
    Pace,
    all_formats,
    format_of,
    setting,
)
from .damage import cut_off, is_whole
from .model import Checkpoint
from .parameters import pace_of, read_parameters
from .record import RunRecord

_PERIODIC, _FINAL, _BEST = CheckpointKind.PERIODIC, CheckpointKind.FINAL, CheckpointKind.BEST


def list_checkpoints(run_dir: Path, *, damaged: bool = False) -> tuple[Checkpoint, ...]:
    """Returns the checkpoints of a run: the best first, then from the newest to the oldest.

    Args:
        run_dir: The run's directory.
        damaged: Whether to list damaged ones too, with their ``problem``. A run of ``isaaclab train`` that was killed
            while it saved leaves such a file.

    Raises:
        UserError: When the run's directory cannot be read.
    """
    library = format_of(run_dir.parent.parent.name)
    try:
        listed = [_checkpoint(path, number, kind, library) for path, number, kind in _files(run_dir, library)]
    except OSError as error:
        raise UserError(f"{run_dir} cannot be read ({error.strerror}): check that it is still there.") from error
    found = [one for one in listed if damaged or not one.problem]
    if not found:
        return ()
    record = RunRecord.read(run_dir)
    env, agent = _parameters(run_dir)
    pace = pace_of(library.name, env, agent)
    listed = [_counted(checkpoint, library, pace, record) for checkpoint in found]
    if library.last_is_final:
        listed = _with_final(listed, library, record, agent)
    order = {_BEST: 2, _FINAL: 1, _PERIODIC: 0}
    return tuple(
        sorted(
            listed,
            key=lambda one: (
                one.kind is _BEST,
                one.steps if one.steps is not None else -1,
                one.iteration if one.iteration is not None else -1,
                order[one.kind],
                one.modified,
            ),
            reverse=True,
        )
    )


def checkpoint_number(path: Path, library: LibraryFormat | None = None) -> int | None:
    """Returns the number in the name of a periodic checkpoint of a library, or of any; None for other checkpoints."""
    for each in all_formats() if library is None else (library,):
        for files in each.checkpoints:
            match = re.fullmatch(files.pattern, path.name)
            if match and files.kind is _PERIODIC:
                return int(match[1])
    return None


def run_dir_of(checkpoint: Path, library: str) -> Path:
    """Returns the directory of a checkpoint's run; some libraries have a folder for checkpoints in it."""
    return format_of(library).run_dir_of(checkpoint)


def last_change(run_dir: Path, library: str) -> int:
    """Returns when a file in the checkpoint folders of a run was last created or renamed [ns].

    Raises:
        OSError: When the run's directory cannot be read.
    """
    folders = [run_dir / name for name in format_of(library).folders]
    return max(each.stat().st_mtime_ns for each in (run_dir, *(one for one in folders if one.is_dir())))


def checkpoint_files(run_dir: Path, kind: CheckpointKind | None = None) -> list[Path]:
    """Returns the checkpoint files of a run, all or those of one kind, damaged ones too, in no order."""
    try:
        found = _files(run_dir, format_of(run_dir.parent.parent.name))
        return [path for path, _, own in found if kind in (None, own)]
    except OSError:
        return []  # the run has just been deleted


def cut_off_checkpoints(run_dir: Path) -> dict[str, str]:
    """Returns one sentence for each checkpoint file that is cut off, by file name."""
    found = {path.name: cut_off(path) for path in checkpoint_files(run_dir)}
    return {name: problem for name, problem in sorted(found.items()) if problem}


def damaged_newest(run_dir: Path) -> tuple[str, ...]:
    """Returns the damaged ones of the files that ``latest`` and ``best`` would choose, three at most."""
    try:
        found = _files(run_dir, format_of(run_dir.parent.parent.name))
    except OSError:
        return ()  # the run has just been deleted
    numbered = [(number, path) for path, number, _ in found if number is not None]
    newest = [max(numbered)[1]] if numbered else []
    newest += [path for path, number, _ in found if number is None]
    return tuple(path.name for path in newest if not is_whole(path))


def final_steps(run_dir: Path, library: LibraryFormat) -> int | None:
    """Returns the environment steps of the final model of a run; None if there is none, or it does not say."""
    finals = [path for path, _, kind in _files(run_dir, library) if kind is _FINAL]
    return library.saved_steps(finals[0]) if finals else None


def last_model(run_dir: Path, library: LibraryFormat) -> int | None:
    """Returns the number of the last checkpoint, if that is the library's final model; else None."""
    if not library.last_is_final:
        return None
    numbers = [number for _, number, kind in _files(run_dir, library) if kind is _PERIODIC and number is not None]
    return max(numbers, default=None)


def _files(run_dir: Path, library: LibraryFormat) -> list[tuple[Path, int | None, CheckpointKind]]:
    found = []
    for files in library.checkpoints:
        where = run_dir / files.folder
        if files.folder and not where.is_dir():
            continue
        for path in where.iterdir():
            match = re.fullmatch(files.pattern, path.name)
            if match and path.is_file():
                found.append((path, int(match[1]) if match.groups() else None, files.kind))
    return found


def _checkpoint(path: Path, number: int | None, kind: CheckpointKind, library: LibraryFormat) -> Checkpoint:
    size = sum(file.stat().st_size for file in library.files(path) if file == path or file.is_file())
    return Checkpoint(path, number, None, kind, path.stat().st_mtime, size, cut_off(path))


def _counted(checkpoint: Checkpoint, library: LibraryFormat, pace: Pace, record: RunRecord | None) -> Checkpoint:
    """Returns the checkpoint with its iteration and its environment steps; None where they are unknown."""
    number, per_iteration = checkpoint.iteration, pace.steps
    iteration, steps = number, None
    iterations_before, steps_before = _totals_before(record)
    if checkpoint.kind is _BEST and record is not None and record.best is not None:
        iteration = record.best.iteration
    if library.step_unit == ENVIRONMENT_STEPS:
        # the number in the file name counts steps
        steps = iteration if checkpoint.kind is _PERIODIC else library.saved_steps(checkpoint.path)
        if checkpoint.kind is not _BEST:
            iteration = None
            if steps is not None and per_iteration is not None:
                iteration = iterations_before + (steps - steps_before) // per_iteration
    elif library.step_unit == STEPS_OF_EACH_ENVIRONMENT:
        if number is not None:
            iteration = number // pace.counts if pace.counts else None
        if iteration is not None and pace.counts and per_iteration is not None:
            # a resumed training counts on from its iterations
            counter = iteration * pace.counts if number is None else number
            steps = steps_before + (counter - iterations_before * pace.counts) * per_iteration // pace.counts
    elif library.step_unit == ITERATIONS and iteration is not None and per_iteration is not None:
        # where iterations count from 0, the checkpoint 0 is saved after one
        finished = iteration + 1 - library.first_iteration
        steps = (finished - iterations_before) * per_iteration + steps_before
    return dataclasses.replace(checkpoint, iteration=iteration, steps=steps)


def _totals_before(record: RunRecord | None) -> tuple[int, int]:
    """Returns the finished iterations and environment steps of the training that a run resumed."""
    origin = None if record is None else record.resumed_from
    if origin is None or origin.iteration is None or origin.steps is None:
        return 0, 0
    return origin.iteration, origin.steps


def _with_final(
    listed: list[Checkpoint], library: LibraryFormat, record: RunRecord | None, agent: dict[str, Any]
) -> list[Checkpoint]:
    """Returns the checkpoints with the last one as the final model, if the run has ended."""
    numbers = {one.path: checkpoint_number(one.path, library) or 0 for one in listed if one.kind is _PERIODIC}
    last = max(numbers.values(), default=0)
    if record is not None:
        ended = record.status.is_over
    elif library.step_unit == ITERATIONS and not library.length_is_total:
        # a checkpoint outside the save interval is the final one
        save_interval = setting(agent, library.save_interval_key)
        ended = isinstance(save_interval, int) and save_interval > 0 and last % save_interval != 0
    else:
        length = setting(agent, library.length_key)
        ended = isinstance(length, int) and last >= length
    return [dataclasses.replace(one, kind=_FINAL) if ended and numbers.get(one.path) == last else one for one in listed]


def _parameters(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return read_parameters(run_dir)
    except UserError:
        return {}, {}  # without parameters the steps are unknown; the checkpoints can be used
