# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Shows a job as the trainer shows its own run: what it knows comes from the files of the job's run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from ..errors import UserError
from ..learners.formats import UNKNOWN_PACE, CheckpointKind, LibraryFormat, format_of, setting
from ..metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, EventReader, Metrics, Series
from ..run_config import RunConfig
from ..runs import list_checkpoints, pace_of, read_parameters
from ..runs.record import RunRecord
from .snapshot import Counts, Failure, RunView, State
from .where import Job, JobState, WhereKind

INTERVAL = 1.0
"""Seconds between two looks at the files of a run, as in the run browser."""

SLICE = 0.01
"""The longest time to read events in a frame [s]."""

_LOG_TAIL = 8_000
"""Length of the end of the log that a failure shows [characters]."""

_RATE_POINTS = 10
"""Number of the last points over which steps per second are taken."""

_STATUS = {
    JobState.RUNNING: "running",
    JobState.STOPPING: "running",
    JobState.FINISHED: "finished",
    JobState.STOPPED: "stopped",
    JobState.FAILED: "failed",
}


class FollowedRun:
    """The run of a job, as far as its files tell.

    Args:
        job: The job.
        clock: Seconds, as ``time.monotonic``.
    """

    def __init__(self, job: Job, clock: Callable[[], float] = time.monotonic) -> None:
        self.job = job
        self.problem = ""
        """Why it could not be stopped, in one sentence."""
        self.config: RunConfig = job.folder.record.config
        self._clock, self._looked, self._read = clock, -float("inf"), False
        self._reader: EventReader | None = None
        self._length = 0
        self._format: LibraryFormat | None = None
        self._pace = UNKNOWN_PACE
        # each process of several GPUs steps as many environments as the configuration says
        where = job.folder.record.where
        self._processes = where.get("num_gpus") or 1 if where.get("kind") in (WhereKind.GPUS, WhereKind.RAY) else 1
        self._checkpoint: Path | None = None
        self.ended = False
        """Whether it has ended and its files have been read."""
        self._counts = Counts()

    def update(self) -> None:
        """Looks at the job and reads more of its run. Called once a frame."""
        self.job.update()
        if self.ended:
            return
        now = self._clock()
        if self._read and now - self._looked < INTERVAL:
            return
        over = self.job.state.is_over  # before the files: what it wrote last is read
        if self.job.run_dir is not None:
            self._read = self._read_run(self.job.run_dir)
        else:
            self._read = True
        if self._read:
            self._looked = now
            self.ended = over

    @property
    def state(self) -> State:
        """The state, as the trainer's would be."""
        if self.job.state.is_over:
            return State.IDLE
        if self.job.state is JobState.STOPPING:
            return State.STOPPING
        return State.TRAINING if self._counts.iteration > self._counts.start_iteration else State.LAUNCHING

    @property
    def status(self) -> str:
        """How it stands, as in :attr:`Snapshot.status`."""
        return _STATUS[self.job.state]

    @property
    def failure(self) -> Failure | None:
        """Why it failed, or could not be stopped."""
        if self.problem or not self.job.problem:
            return Failure(self.problem) if self.problem else None
        # where nothing has begun, the request was at fault and the sentence says it all
        return Failure(self.job.problem, self._log_tail() if self.job.run_dir is not None else "")

    def view(self) -> RunView:
        """Returns what can be shown of the run."""
        metrics = Metrics() if self._reader is None else self._reader.metrics
        return RunView(
            self.config,
            run_dir=self.job.run_dir,
            counts=self._counts,
            mean_reward=metrics.last(MEAN_REWARD),
            mean_episode_length=metrics.last(MEAN_EPISODE_LENGTH),
            checkpoint=self._checkpoint if self.job.state.is_over else None,
            metrics=metrics,
        )

    def _read_run(self, run_dir: Path) -> bool:
        """Reads new files of the run; returns whether all that was there has been read."""
        if self._reader is None:
            library = run_dir.parent.parent.name
            self.config = self.config.replace(library=library)  # the request may have left it to the task
            self._reader = EventReader(run_dir, library=library)
        self._reader.ended = self.job.state.is_over
        if not self._reader.read(SLICE):
            return False
        if self._format is None:
            self._read_parameters(run_dir)
        self._counts = self._count(RunRecord.read(run_dir), self._reader)
        if self.job.state.is_over:
            with contextlib.suppress(UserError):  # the folder has been removed
                kept = (one for one in list_checkpoints(run_dir) if one.kind is not CheckpointKind.BEST)
                self._checkpoint = next((one.path for one in kept), None)
        return True

    def _read_parameters(self, run_dir: Path) -> None:
        """Finds how many iterations the training takes, and what one of them adds."""
        try:
            env, agent = read_parameters(run_dir)
        except UserError:  # half of it is written
            return
        if not env or not agent:
            return
        self._format = format_of(self.config.library)
        self._pace = pace_of(self._format.name, env, agent)
        num_envs = self.config.num_envs or setting(env, "scene.num_envs")
        if self.config.max_iterations:
            self._length = self.config.max_iterations
        elif isinstance(num_envs, int):
            self._length = self._format.default_iterations(agent, num_envs)

    def _count(self, record: RunRecord | None, reader: EventReader) -> Counts:
        """Returns how far the run has come: its record is written rarely, its events each iteration."""
        iteration, steps, seconds = (0, 0, 0.0) if record is None else (record.iterations, record.steps, record.seconds)
        origin = None if record is None or self.config.fine_tune else record.resumed_from
        start = 0 if origin is None else origin.iteration or 0
        series = max(reader.metrics, key=len, default=None)
        rate = None
        if series is not None and (span := series.span) is not None and self._format is not None:
            told, told_steps = self._format.progress_at(int(span[1]), self._pace)
            iteration, steps = max(iteration, told or 0), max(steps, (told_steps or 0) * self._processes)
            rate = self._rate(series)
            if record is None or not self.job.state.is_over:
                seconds = max(seconds, span[2] - (reader.started or span[2]))
        total = start + self._length if self._length else 0
        eta = None
        if seconds and start < iteration < total and not self.job.state.is_over:
            eta = (total - iteration) * seconds / (iteration - start)
        return Counts(iteration, total, start, steps, 0, rate, seconds, eta)

    def _rate(self, series: Series) -> float | None:
        """Returns the environment steps per second over the last points of a series."""
        count = min(len(series), _RATE_POINTS)
        steps, _ = series.points(len(series) - count)
        times = series.wall_times(len(series) - count)
        passed = times[-1] - times[0]
        if self._format is None or not passed > 0 or not self._pace.counts or not self._pace.steps:
            return None
        return float((steps[-1] - steps[0]) / self._pace.counts * self._pace.steps * self._processes / passed)

    def _log_tail(self) -> str:
        try:
            return self.job.folder.output.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]
        except OSError:
            return ""
