# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains a queue without a window, and shows its progress on the terminal."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

from ... import wording
from ...errors import UserError
from ...isaac_lab import task_config
from ...overrides.hydra import first_line
from ...system.yaml_files import Where
from ...training.queue.commands import StartQueue, StopQueue
from ...training.queue.model import Entry, ProcessKind, QueuedRun, Request, RunState
from ...training.queue.runner import QueueRunner
from ...training.snapshot import Snapshot, State
from ...training.trainer import Trainer
from ...ui.widgets.settings import task_modules
from ..console import ConsoleLog, captured_console
from ..processes.own_command import begin_periodic_evaluation
from ..processes.queued_run import RunLauncher
from .progress import ProgressDisplay
from .settings import FileSettings
from .signals import Interrupt, interruptible
from .terminal import SLICE, camera

Requests = Sequence[tuple[Request, Where]]
"""What to train, each with its place in its file."""


def run_queue(requests: Requests, *, verbose: bool) -> tuple[tuple[Entry, ...], bool]:
    """Checks all entries, then trains them one after another.

    Args:
        requests: The entries.
        verbose: Whether to show the output of the libraries; otherwise it is written to the folder of each run.

    Returns:
        The entries as they ended, and whether a signal requested the end.

    Raises:
        UserError: Before the first run, when one of the entries cannot be trained here.
    """
    with contextlib.ExitStack() as cleanup:
        drawn = any(each.config.video and each.process is ProcessKind.THIS for each, _ in requests)
        viewport = camera() if drawn else None
        if viewport is not None:
            cleanup.callback(viewport.close)
        modules = dict.fromkeys(name for request, _ in requests for name in request.config.external)
        known = task_modules(FileSettings(remember=False), tuple(modules))
        trainer = Trainer(viewport, huge_pages=True, task_modules=known, start_evaluation=begin_periodic_evaluation)
        log = cleanup.enter_context(captured_console(not verbose))
        interrupt = cleanup.enter_context(interruptible())
        progress = cleanup.enter_context(ProgressDisplay())
        cleanup.callback(trainer.close)
        runner = QueueRunner(trainer, RunLauncher())
        cleanup.callback(runner.close)
        for request, _ in requests:
            runner.queue.add(request)
        if not load(trainer, interrupt, progress):
            return runner.queue.entries, True
        for entry, (request, where) in zip(runner.queue.entries, requests, strict=True):
            progress.show_activity(f"Checking entry {entry.number} of {len(requests)}…")
            runner.queue.replace(entry.number, checked(request, where, trainer.snapshot()))
            if interrupt.requested:
                return runner.queue.entries, True
        _train(trainer, runner, interrupt, progress, log)
        return runner.queue.entries, interrupt.requested


def load(trainer: Trainer, interrupt: Interrupt, progress: ProgressDisplay) -> bool:
    """Imports Isaac Lab; returns False if a signal ended that.

    Raises:
        UserError: When it cannot be imported.
    """
    interrupt.immediate = True
    try:
        while trainer.state is State.LOADING:
            trainer.tick(SLICE)
            progress.show(trainer.snapshot())
            if interrupt.requested:
                return False
    finally:
        interrupt.immediate = False
    failure = trainer.snapshot().failure
    if failure is not None:
        raise UserError(failure.message)
    return True


def checked(request: Request, where: Where, snapshot: Snapshot) -> Request:
    """Returns a request with its library, after the checks that need Isaac Lab but no environment.

    Raises:
        UserError: When it cannot be trained here; names its place in the file.
    """
    assert snapshot.catalogue is not None
    try:
        config = snapshot.catalogue.complete(request.config)
        request = Request(config, request.seeds, request.process)
        task_config.resolve(config)
        if request.process is not ProcessKind.THIS:
            RunLauncher().words(config, request.process)
    except UserError as error:
        raise UserError(f"{where}: {error}") from error
    except Exception as error:  # the configuration of a task may raise anything
        words = f"{type(error).__name__}: {first_line(error)}"
        raise UserError(f"{where}: the configuration of {request.config.task} cannot be read: {words}.") from error
    return request


def _train(
    trainer: Trainer, runner: QueueRunner, interrupt: Interrupt, progress: ProgressDisplay, log: ConsoleLog | None
) -> None:
    told: set[tuple[int, int]] = set()
    stopping, noted = False, None
    runner.request(StartQueue())
    while True:
        trainer.tick(SLICE)
        snapshot = trainer.snapshot()
        if log is not None:
            log.attach(snapshot.run_dir)
            if snapshot.failure is not noted:
                noted = snapshot.failure
                log.note_failure(noted)
        runner.update(snapshot)
        view = runner.view()
        _tell_ends(view.entries, told, progress.tell)
        if view.current is None and not view.started:
            return
        entry = view.current_entry
        if entry is None or entry.request.process is ProcessKind.THIS:
            progress.show(snapshot)
        else:
            progress.show_activity(view.progress)
        if interrupt.requested and not stopping:
            stopping = True
            runner.request(StopQueue())
        idle = min(trainer.idle_until - time.perf_counter(), SLICE)
        if idle > 0:
            time.sleep(idle)


def _tell_ends(entries: Sequence[Entry], told: set[tuple[int, int]], tell: Callable[[str], None]) -> None:
    """Prints a line about each run that has ended since the last call."""
    for entry in entries:
        for index, run in enumerate(entry.runs):
            over = run.state not in (RunState.WAITING, RunState.RUNNING)
            if over and (entry.number, index) not in told:
                told.add((entry.number, index))
                tell(end_words(entry, run, len(entries)))


def end_words(entry: Entry, run: QueuedRun, count: int) -> str:
    """Returns one line about the end of a run.

    Args:
        entry: Its entry.
        run: The run.
        count: Number of entries in the queue.
    """
    seed = "" if run.seed is None else f", seed {run.seed}"
    name = f"{entry.number} of {count}: {entry.request.config.task}{seed}"
    if run.state is RunState.WAITING:
        return f"{name}: not run"
    note = f" ({run.note.rstrip('.')})" if run.note else ""
    if run.problem:
        return f"{name}: {run.state}: {run.problem}{note}"
    reward = "" if run.mean_reward is None else f", mean reward {wording.number(run.mean_reward)}"
    done = "" if run.iterations is None else f" after {wording.whole(run.iterations)} iterations"
    return f"{name}: {run.state}{done}{reward}{note}"
