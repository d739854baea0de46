# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Finds the checkpoint that a configuration names, with Isaac Lab's own functions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import UserError
from ..learners.formats import CheckpointKind, format_of
from ..run_config import RunConfig
from .checkpoints import checkpoint_files, checkpoint_number, list_checkpoints, run_dir_of
from .damage import find_damage
from .evaluations import best_evaluation, read_evaluations
from .manifest import Manifest
from .missing import no_checkpoint
from .model import MANIFEST_NAME
from .record import RunRecord

SELECTORS = ("latest", "best", "best_evaluated")
"""The words that select a checkpoint of the newest run of the task that has one: the last checkpoint, the one with the
highest mean episode return in training, or the one with the highest mean return of its evaluations."""


def find_checkpoint(config: RunConfig, experiment: str, *, any_task: bool = False) -> Path:
    """Returns the checkpoint that a configuration names.

    Args:
        config: Its ``checkpoint`` is one of :data:`SELECTORS`, a path, or None for ``latest``.
        experiment: The folder of the experiment below the log root and the library.
        any_task: Whether a path may name a checkpoint of another task; see :func:`other_task`.

    Raises:
        UserError: When there is none, or it belongs to another task or library.
    """
    if config.checkpoint in (None, "", "latest"):
        return _latest(config, experiment)
    if config.checkpoint == "best":
        latest = _latest(config, experiment)
        # runs of ``isaaclab train`` keep no best checkpoint: like Isaac Lab, take the last one
        return best_checkpoint(run_dir_of(latest, config.library)) or latest
    if config.checkpoint == "best_evaluated":
        return _best_evaluated(run_dir_of(_latest(config, experiment), config.library))
    path = Path(str(config.checkpoint)).expanduser().absolute()
    if not path.is_file():
        raise UserError(no_checkpoint(path))
    _check_library(path, config)
    if not any_task and (task := other_task(path, config)):
        raise UserError(f"{path} was trained on {task}, not on {config.task}: choose that task.")
    return path


def other_task(checkpoint: Path, config: RunConfig) -> str:
    """Returns the task that a checkpoint was trained on, if that is another one; else, or if unknown, empty."""
    from isaaclab_rl.entrypoints.common import normalize_task_name

    manifest = _manifest(checkpoint)
    return "" if manifest is None or manifest.task == normalize_task_name(config.task) else manifest.task


def best_checkpoint(run_dir: Path) -> Path | None:
    """Returns the checkpoint of a run with the highest mean episode return; None if the run kept none.

    The best checkpoint of a resumed run may be in the folder of its parent; the record has the path.
    """
    candidates = checkpoint_files(run_dir, CheckpointKind.BEST)
    record = RunRecord.read(run_dir)
    if record is not None and record.best is not None:
        candidates.insert(0, run_dir / record.best.file)
    return next((path for path in candidates if path.is_file() and not find_damage(path)), None)


def _best_evaluated(run_dir: Path) -> Path:
    """Returns the checkpoint of a run with the highest mean return of its evaluations.

    Raises:
        UserError: When none of those that are left was evaluated.
    """
    left = (one for one in read_evaluations(run_dir) if (run_dir / one.checkpoint).is_file())
    best = best_evaluation(one for one in left if not find_damage(run_dir / one.checkpoint))
    if best is None:
        raise UserError(
            f"No checkpoint of {run_dir} was evaluated: run rl-trainer eval --all for it, or choose latest or best."
        )
    return run_dir / best.checkpoint


def damaged_after(checkpoint: Path, library: str, selector: str | None) -> tuple[Path, ...]:
    """Returns the damaged checkpoints that were skipped in a choice, the newest first.

    Args:
        checkpoint: The checkpoint that was chosen instead.
        library: Isaac Lab's name of its library.
        selector: One of :data:`SELECTORS`: the best checkpoint counts as skipped only if it was asked for.
    """
    number = checkpoint_number(checkpoint, format_of(library))
    if number is None:
        return ()
    skipped = []
    run_dir = run_dir_of(checkpoint, library)
    best = checkpoint_files(run_dir, CheckpointKind.BEST)
    for path in checkpoint_files(run_dir):
        if path in best and selector != "best":
            continue
        # a final model has no number and is saved last
        theirs = checkpoint_number(path, format_of(library))
        order = math.inf if theirs is None else theirs
        if order > number and find_damage(path):
            skipped.append((order, path))
    return tuple(path for _, path in sorted(skipped, reverse=True))


def _latest(config: RunConfig, experiment: str) -> Path:
    from isaaclab_rl.entrypoints.common import resolve_checkpoint_selector

    library = format_of(config.library)
    pattern = library.latest_pattern
    root = config.log_root_path / config.library / experiment
    try:
        path = Path(
            resolve_checkpoint_selector(
                str(root),
                "best",  # Isaac Lab then takes the preferred checkpoint, or else the latest
                library=config.library,
                task=config.task,
                checkpoint_pattern=pattern,
                other_dirs=[library.latest_folder] if library.latest_folder else None,
                # Isaac Lab's natural sort may put the final model before the periodic checkpoints
                preferred_checkpoint_pattern=library.final_pattern,
                metadata={"agent": config.agent_entry_point},
            )
        )
    except ValueError as error:
        # a run that was killed early may have saved nothing but its best checkpoint, which Isaac Lab does not look for
        if best := _only_best(config, root):
            return best
        raise UserError(_nothing_found(config, root, pattern)) from error
    except OSError as error:
        raise UserError(f"{root} cannot be read ({error.strerror}): choose another log root.") from error
    if not find_damage(path):
        return path
    # for example, ``isaaclab train`` was killed while it saved
    for checkpoint in list_checkpoints(library.run_dir_of(path)):
        if re.fullmatch(pattern, checkpoint.path.name) and not find_damage(checkpoint.path):
            return checkpoint.path
    raise UserError(f"{path} is damaged, and its run has no other checkpoint: give the path of one.")


def _only_best(config: RunConfig, root: Path) -> Path | None:
    """Returns the best checkpoint of the newest run in a folder that was made with a configuration and has one."""
    found = []
    for manifest, run_dir in _manifests(config, root.glob(f"*/{MANIFEST_NAME}")):
        if manifest.agent in (None, config.agent_entry_point) and (best := best_checkpoint(run_dir)):
            found.append((manifest.created, best))
    return max(found)[1] if found else None


def _nothing_found(config: RunConfig, root: Path, pattern: str) -> str:
    """Says that there is no checkpoint and, if another agent configuration has one, how to choose that."""
    newest = _newest_of_another_agent(config, pattern)
    if newest is None:
        return (
            f"There is no checkpoint of {config.task} with {config.library} in {root}: "
            "train one first, or give the path of one."
        )
    agent, run_dir = newest
    return (
        f"There is no checkpoint of {config.task} with {config.library} and the agent configuration "
        f"{config.agent_entry_point}; there is one with {agent} in {run_dir}: choose it with --agent {agent}, or give "
        "the path of a checkpoint in there."
    )


def _newest_of_another_agent(config: RunConfig, pattern: str) -> tuple[str, Path] | None:
    found = []
    for manifest, run_dir in _manifests(config, (config.log_root_path / config.library).glob(f"*/*/{MANIFEST_NAME}")):
        if manifest.agent in (None, config.agent_entry_point):
            continue
        if any(re.fullmatch(pattern, one.path.name) for one in list_checkpoints(run_dir)):
            found.append((manifest.created, str(manifest.agent), run_dir))
    return max(found)[1:] if found else None


def _manifests(config: RunConfig, paths: Iterable[Path]) -> Iterator[tuple[Manifest, Path]]:
    """Yields the manifests of the library and task of a configuration, each with the folder of its run."""
    from isaaclab_rl.entrypoints.common import normalize_task_name

    for path in paths:
        manifest = Manifest.read(path.parent)
        if manifest is None or manifest.library != config.library:
            continue
        if manifest.task == normalize_task_name(config.task):
            yield manifest, path.parent


def _check_library(checkpoint: Path, config: RunConfig) -> None:
    """Raises a UserError if the manifest of the checkpoint's run names another library."""
    manifest = _manifest(checkpoint)
    if manifest is not None and manifest.library != config.library:
        raise UserError(
            f"{checkpoint} was trained with {manifest.library}, not with {config.library}: choose that library."
        )


def _manifest(checkpoint: Path) -> Manifest | None:
    """Returns the manifest of a checkpoint's run; None if it has none."""
    return Manifest.read(checkpoint.parent) or Manifest.read(checkpoint.parent.parent)
