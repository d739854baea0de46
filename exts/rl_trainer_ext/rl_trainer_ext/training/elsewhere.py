# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Stands between user interface and trainer: starts trainings elsewhere, and shows them as the trainer shows its own.

Jobs that an earlier program started are found again. Nothing here ends a job but Stop.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections import deque
from pathlib import Path

from ..errors import UserError
from ..run_config import RunConfig
from ..runs import as_text
from ..runs.jobs import JobFolder, list_jobs
from .commands import Command, DismissFailure, Load, Pause, Play, ShowRun, Stop, Train, TrainerPort, Unpause
from .ended_jobs import remove_ended_jobs, says_all
from .followed import FollowedRun
from .snapshot import Failure, RunElsewhere, Snapshot, State
from .where import Engine, Engines, Job, Where, WhereKind

_KEPT = 8
"""The most runs elsewhere that have ended and can still be shown."""


class Elsewhere:
    """The trainer, and the runs elsewhere.

    Args:
        trainer: Trains in this program.
        engines: Train elsewhere.
        log_root: Where to look for jobs of earlier programs.
    """

    def __init__(self, trainer: TrainerPort, engines: Engines, log_root: Path) -> None:
        self._trainer, self._engines, self._log_root = trainer, engines, log_root
        self._commands: deque[Command] = deque()
        self._runs: dict[str, FollowedRun] = {}
        self._asked: dict[str, Train] = {}
        self._shown: FollowedRun | None = None
        self._refused: tuple[Train, Failure] | None = None
        self._dismissed: Failure | None = None
        self._looked = False

    def request(self, command: Command) -> None:
        """Enqueues a command; see :class:`.commands.TrainerPort`."""
        match command:
            case Train(where=where) if where.kind is not WhereKind.LOCAL:
                self._commands.append(command)
            case ShowRun() | Stop() | DismissFailure():
                self._commands.append(command)
            case Pause() | Unpause() if self._shown is not None:
                pass  # the buttons are disabled
            case Train() | Play() | Load():
                self._show(None)
                self._trainer.request(command)
            case _:
                self._trainer.request(command)

    def update(self) -> None:
        """Carries out the commands and follows the runs. Called once a frame."""
        if not self._looked:
            self._looked = True
            self._find_jobs()
        while self._commands:
            self._obey(self._commands.popleft())
        for run in self._runs.values():
            run.update()
        if self._shown is not None and says_all(self._shown.job):
            self._take_back(self._shown)

    def snapshot(self) -> Snapshot:
        """Returns everything that can be shown; see :class:`.commands.TrainerPort`."""
        here = self._trainer.snapshot()
        if not self._runs and self._refused is None:
            return here
        elsewhere = tuple(self._line(name, run) for name, run in self._runs.items())
        here = dataclasses.replace(here, elsewhere=elsewhere)
        if self._refused is not None:
            command, failure = self._refused
            return dataclasses.replace(here, status="failed", asked=command, refused=True, failure=failure)
        run = self._shown
        if run is None or here.state is State.LOADING:
            return here
        ended = run.failure if run.failure != self._dismissed else None
        return dataclasses.replace(
            here,
            state=run.state,
            activity=run.job.progress if run.state is not State.IDLE else "",
            status=run.status,
            asked=self._asked.get(run.job.folder.name),
            refused=False,
            run=run.view(),
            failure=ended or here.failure,
            notice="" if run.state is State.IDLE else self._engine(run.job.folder).note,
            shown_elsewhere=run.job.folder.name,
            simulator_is_free=here.can_start,
        )

    def _line(self, name: str, run: FollowedRun) -> RunElsewhere:
        folder = run.job.folder
        run_name = folder.name if run.job.run_dir is None else run.job.run_dir.name
        place = self._engine(folder).label
        return RunElsewhere(name, as_text(f"{folder.record.config.task} {run_name}"), place, run.status, folder.output)

    def _obey(self, command: Command) -> None:
        match command:
            case Train():
                self._start(command)
            case ShowRun(name):
                self._show(self._runs.get(name))
            case Stop() if self._shown is not None:
                try:
                    self._shown.job.stop()
                except UserError as error:
                    self._refused = None
                    self._shown.problem = str(error)
            case DismissFailure() if self._refused is not None:
                self._refused = None
            case DismissFailure() if self._shown is not None and self._shown.failure is not None:
                self._dismissed = self._shown.failure
                self._shown.problem = ""
                self._trainer.request(command)
            case _:
                self._trainer.request(command)

    def _start(self, command: Train) -> None:
        self._refused = None
        try:
            engine = self._engines.get(command.where.kind)
            if engine is None:
                raise UserError(f"This program has no engine for --where {command.where.kind}: choose another place.")
            job = start(engine, command.config, command.where)
        except UserError as error:
            self._refused = command, Failure(str(error))
            return
        self._asked[job.folder.name] = command
        self._runs[job.folder.name] = FollowedRun(job)
        self._show(self._runs[job.folder.name])

    def _show(self, run: FollowedRun | None) -> None:
        self._shown, self._refused, self._dismissed = run, None, None

    def _take_back(self, run: FollowedRun) -> None:
        """Shows a training that was refused after its start as one that was refused before it, and removes its job."""
        name = run.job.folder.name
        if name in self._asked:
            del self._runs[name]
            run.job.folder.remove()
            self._shown, self._refused = None, (self._asked.pop(name), Failure(run.job.problem))

    def _find_jobs(self) -> None:
        """Finds the jobs of earlier programs that still run, and the last ones that ended; shows one that runs."""
        jobs = find_jobs(self._engines, self._log_root)
        left_out = [job.folder.name for job in jobs if job.state.is_over][_KEPT:]
        found = {job.folder.name: FollowedRun(job) for job in jobs if job.folder.name not in left_out}
        self._runs = dict(reversed(found.items())) | self._runs
        running = [run for run in self._runs.values() if not run.job.state.is_over]
        if running and self._shown is None:
            self._show(running[-1])

    def _engine(self, folder: JobFolder) -> Engine:
        return engine_of(folder, self._engines)


def start(engine: Engine, config: RunConfig, where: Where) -> Job:
    """Checks what is asked, and starts it.

    Raises:
        UserError: When it cannot be done; nothing is left behind then.
    """
    where.validate()
    return engine.start(engine.check(config, where), where)


def find_jobs(engines: Engines, log_root: Path) -> list[Job]:
    """Returns the jobs of a log root, the newest first, and removes the folders of those whose run is gone."""
    jobs: list[Job] = []
    for folder in list_jobs(log_root):
        with contextlib.suppress(UserError):  # another version has engines of its own
            jobs.append(engine_of(folder, engines).reopen(folder))
    removed = remove_ended_jobs(jobs, log_root)
    return [job for job in jobs if job.folder.name not in removed]


def engine_of(folder: JobFolder, engines: Engines) -> Engine:
    """Returns the engine of a job.

    Raises:
        UserError: When this program does not have it.
    """
    try:
        return engines[Where.from_dict(folder.record.where).kind]
    except (KeyError, TypeError, ValueError):
        raise UserError(
            f"The job {folder.name} is of an engine that this version does not have: use the version that started it."
        ) from None
