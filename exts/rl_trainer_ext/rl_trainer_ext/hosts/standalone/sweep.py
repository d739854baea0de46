# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a sweep without a window: checks its trainings with Isaac Lab, then has Ray Tune run them."""

from __future__ import annotations

import contextlib
import dataclasses
from datetime import datetime
from pathlib import Path

from ...errors import UserError
from ...isaac_lab.task_config import resolve_device
from ...system.yaml_files import Where
from ...training.queue.model import ProcessKind, Request
from ...training.sweep.files import PARAMETERS, read_spec, write_spec
from ...training.sweep.spec import SweepSpec
from ...training.sweep.trials import (
    FOLDER_FORMAT,
    SPEC,
    SWEEPS_FOLDER,
    TRIALS,
    SweepView,
    TrialState,
    list_sweeps,
    read_view,
)
from ...training.trainer import Trainer
from ...ui.widgets.settings import task_modules
from ..console import captured_console
from .progress import ProgressDisplay
from .queue import checked, load
from .settings import FileSettings
from .signals import Interrupt, interruptible


def run(spec: SweepSpec, where: Where, *, resume: bool, verbose: bool) -> tuple[SweepView | None, bool]:
    """Checks all trainings of a sweep, then runs them.

    Args:
        spec: The sweep.
        where: The specification, for messages.
        resume: Whether to continue the last sweep of this specification.
        verbose: Whether to show the output of the libraries.

    Returns:
        How it stands, None if it was interrupted before its first trial, and whether a signal requested the end.

    Raises:
        UserError: Before the first trial, when one of the trainings cannot be done here.
    """
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(captured_console(not verbose))
        interrupt = cleanup.enter_context(interruptible())
        progress = cleanup.enter_context(ProgressDisplay())
        old = _last_of(spec) if resume else None
        spec = _checked(spec, where, interrupt, progress)
        if interrupt.requested:
            return None, True
        from ..ray.cluster import connected

        progress.show_activity("Starting Ray…")
        cleanup.enter_context(connected())
        from ..ray.sweep import check_searcher, run_sweep

        check_searcher(spec.searcher)
        folder = old or _created(spec)
        gpus = spec.gpus
        if gpus is None:
            gpus = 0.0 if resolve_device(spec.config.device) == "cpu" else 1.0
        view = run_sweep(
            spec,
            folder,
            gpus=gpus,
            resume=old is not None,
            stopping=lambda: interrupt.requested,
            show=lambda view: progress.show_activity(words(view)),
        )
        return view, interrupt.requested


def words(view: SweepView) -> str:
    """Returns one line about how a sweep stands."""
    states = [each.state for each in view.trials]
    running = states.count(TrialState.RUNNING)
    over = len(states) - running - states.count(TrialState.WAITING)
    return f"Sweep: {over} of {view.total} trials ended, {running} running"


def _checked(spec: SweepSpec, where: Where, interrupt: Interrupt, progress: ProgressDisplay) -> SweepSpec:
    """Returns the sweep with its library, after the checks that need Isaac Lab but no environment."""
    known = task_modules(FileSettings(remember=False), spec.config.external)
    trainer = Trainer(None, huge_pages=False, task_modules=known)
    try:
        if not load(trainer, interrupt, progress):
            return spec
        snapshot = trainer.snapshot()
        progress.show_activity("Checking the parameters…")
        request = None
        for key, config in spec.examples():
            place = where.inside(PARAMETERS, key) if key else where
            one = checked(Request(config, (), ProcessKind.OWN), place, snapshot)
            request = request or one
            if interrupt.requested:
                break
        assert request is not None
        config = spec.config.replace(library=request.config.library)
        return dataclasses.replace(spec, config=config)
    finally:
        trainer.close()


def _created(spec: SweepSpec) -> Path:
    folder = spec.config.log_root_path / SWEEPS_FOLDER / f"{datetime.now():{FOLDER_FORMAT}}"
    try:
        (folder / TRIALS).mkdir(parents=True)
    except FileExistsError:
        raise UserError(f"A sweep has just been started in {folder.parent.parent}: start this one again.") from None
    except OSError as error:
        raise UserError(
            f"No sweep can be written to {spec.config.log_root_path} ({error.strerror}): choose another log root."
        ) from error
    write_spec(folder / SPEC, spec)
    return folder


def _last_of(spec: SweepSpec) -> Path:
    """Returns the folder of the last sweep of a specification.

    Raises:
        UserError: When there is none, or it has ended or runs.
    """
    for folder in list_sweeps(spec.config.log_root_path):
        view = read_view(folder)
        if view is None or not _is_of(spec, folder):
            continue
        if view.state == "running":
            raise UserError(f"The sweep {folder.name} of this file runs: stop it first.")
        if view.state == "finished":
            raise UserError(f"The sweep {folder.name} of this file has finished: leave out --resume to repeat it.")
        return folder
    raise UserError(f"There is no sweep of this file in {spec.config.log_root_path} to resume: leave out --resume.")


def _is_of(spec: SweepSpec, folder: Path) -> bool:
    """Whether the sweep in a folder is of a specification; its log root may have been moved."""
    try:
        old, _ = read_spec(folder / SPEC)
    except UserError:  # of another version, or damaged
        return False
    library = spec.config.library or old.config.library
    config = spec.config.replace(library=library, log_root=old.config.log_root)
    return dataclasses.replace(spec, config=config) == old
