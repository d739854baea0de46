# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Runs a sweep without a window: checks its trainings with Isaac Lab, then has Ray Tune run them."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from ...errors import UserError
from ...isaac_lab.task_config import resolve_device
from ...runs.process import Process
from ...system.yaml_files import Where
from ...training.queue.model import ProcessKind, Request
from ...training.sweep.files import PARAMETERS, create_sweep, read_spec
from ...training.sweep.spec import SweepSpec
from ...training.sweep.trials import (
    SPEC,
    SWEEPS_FOLDER,
    SweepView,
    TrialState,
    list_sweeps,
    read_view,
    write_view,
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
        spec, own = _of_panel(spec, where)
        old = None
        if resume and own is not None:
            _check_resumable(own)
            old = own.folder
        elif resume:
            old = _last_of(spec)
        elif own is not None and own.state != "starting":
            own = None  # the specification of an earlier sweep, which is repeated
        cleanup.enter_context(_told(own))
        spec = _checked(spec, where, interrupt, progress)
        if interrupt.requested:
            if own is not None:
                write_view(dataclasses.replace(own, state="stopped", process=None))
            return None, True
        from ..ray.cluster import connected

        progress.show_activity("Starting Ray…")
        cleanup.enter_context(connected())
        from ..ray.sweep import check_searcher, run_sweep

        check_searcher(spec.searcher)
        folder = old or (create_sweep(spec) if own is None else own.folder)
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


def _of_panel(spec: SweepSpec, where: Where) -> tuple[SweepSpec, SweepView | None]:
    """Returns how the sweep stands whose folder has this specification, and the specification with its log root.

    The panel makes the folder before it starts this program, so that the sweep is listed at once.
    """
    folder = where.path.absolute().parent
    view = read_view(folder) if folder.parent.name == SWEEPS_FOLDER else None
    if view is None:
        return spec, None
    config = spec.config.replace(log_root=str(folder.parent.parent))
    return dataclasses.replace(spec, config=config), view


@contextlib.contextmanager
def _told(view: SweepView | None) -> Iterator[None]:
    """Writes down why a sweep whose folder is there already could not start, for the panel that shows it."""
    if view is None:
        yield
        return
    own = dataclasses.replace(view, process=Process.current())
    try:
        write_view(dataclasses.replace(own, state="starting", problem=""))
        yield
    except UserError as error:
        state = "stopped" if view.trials else "failed"
        write_view(dataclasses.replace(own, state=state, problem=str(error)))
        raise


def _last_of(spec: SweepSpec) -> Path:
    """Returns the folder of the last sweep of a specification.

    Raises:
        UserError: When there is none, or it has ended or runs.
    """
    for folder in list_sweeps(spec.config.log_root_path):
        view = read_view(folder)
        if view is None or not _is_of(spec, folder):
            continue
        _check_resumable(view)
        return folder
    raise UserError(f"There is no sweep of this file in {spec.config.log_root_path} to resume: leave out --resume.")


def _check_resumable(view: SweepView) -> None:
    name = view.folder.name
    if view.active:
        raise UserError(f"The sweep {name} of this file runs: stop it first.")
    if view.state == "finished":
        raise UserError(f"The sweep {name} of this file has finished: leave out --resume to repeat it.")


def _is_of(spec: SweepSpec, folder: Path) -> bool:
    """Whether the sweep in a folder is of a specification; its log root may have been moved."""
    try:
        old, _ = read_spec(folder / SPEC)
    except UserError:  # of another version, or damaged
        return False
    library = spec.config.library or old.config.library
    config = spec.config.replace(library=library, log_root=old.config.log_root)
    return dataclasses.replace(spec, config=config) == old
