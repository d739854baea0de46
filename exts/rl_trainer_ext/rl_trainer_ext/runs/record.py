# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The record ``rl_trainer.json`` of a run: the only code that reads or writes that file."""

from __future__ import annotations

import dataclasses
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..run_config import RunConfig
from ..system.atomic_files import atomic_write_text
from .model import RECORD_NAME, RunStatus
from .process import Process
from .reward_changes import RewardChange, changes_from_json

RECORD_VERSION = 1
"""Version of the file's format."""

RECORD_INTERVAL = 20.0
"""Shortest time between two routine writes of a record [s]."""


@dataclass(frozen=True)
class Best:
    """The best checkpoint of a run.

    Args:
        iteration: Its iteration, as the library counts.
        mean_reward: Its mean episode return.
        file: Its file, relative to the run's directory.
    """

    iteration: int
    mean_reward: float
    file: str


@dataclass(frozen=True)
class ResumedFrom:
    """The checkpoint that a run resumed from, and the totals at which that was saved; None where unknown.

    Args:
        checkpoint: Its path.
        iteration: Finished iterations.
        steps: Environment steps over all parallel environments.
        seconds: Training time [s].
    """

    checkpoint: str
    iteration: int | None
    steps: int | None
    seconds: float | None


@dataclass(frozen=True)
class MemoryUse:
    """The memory that a training took on its device, beyond what its process used before.

    Args:
        num_envs: Its number of parallel environments.
        taken: The memory [bytes].
    """

    num_envs: int
    taken: int


@dataclass
class RunRecord:
    """The record of a run. Only the process that trains the run writes it.

    If the record says ``running`` but its process is gone, the run was killed.

    Args:
        run_dir: The run's directory.
        config: The configuration that the run was started with.
        process: The process that trains the run.
        started_at: When the run started.
        updated_at: When the record was last written.
        ended_at: When the run ended; None before.
        status: The run's status, as far as its own process knows.
        iterations: Finished iterations. The next two and this one are totals: they include the run that it resumed.
        steps: Environment steps over all parallel environments.
        seconds: Training time [s].
        best: The best checkpoint; None before there is one.
        resumed_from: The checkpoint that the run resumed from, or that it fine-tunes if its configuration says so; None
            for a new training.
        failure: Why the run failed, in one sentence; None otherwise.
        reward_changes: The reward weights that the user changed while it ran, in order.
        stop_reason: Which rule ended the run before its last iteration, in one sentence; None otherwise.
        memory: The memory that it took; None while it is not known.
        derived: Keys of the settings that its environment computed from others while it was created.
    """

    run_dir: Path
    config: RunConfig
    process: Process
    started_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    status: RunStatus = RunStatus.RUNNING
    iterations: int = 0
    steps: int = 0
    seconds: float = 0.0
    best: Best | None = None
    resumed_from: ResumedFrom | None = None
    failure: str | None = None
    stop_reason: str | None = None
    memory: MemoryUse | None = None
    reward_changes: tuple[RewardChange, ...] = ()
    derived: tuple[str, ...] = ()
    _written: float | None = dataclasses.field(default=None, repr=False, compare=False)

    @property
    def path(self) -> Path:
        """The record's file."""
        return self.run_dir / RECORD_NAME

    @classmethod
    def begin(cls, run_dir: Path, config: RunConfig, resumed_from: ResumedFrom | None = None) -> RunRecord:
        """Creates and writes the record of a training that starts in this process.

        Raises:
            OSError: When it cannot be written.
        """
        record = cls(run_dir, config, Process.current(), started_at=_now(), updated_at=_now())
        record._take_over(resumed_from)
        record.write()
        return record

    @classmethod
    def read(cls, run_dir: Path) -> RunRecord | None:
        """Reads the record of a run.

        Returns:
            The record; None when there is none, or when it cannot be used: it is damaged, cannot be read, or has
            another :data:`RECORD_VERSION`. The run then counts as one of ``isaaclab train``, which writes no record.
        """
        try:
            return cls.from_json(run_dir, json.loads((run_dir / RECORD_NAME).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return None

    @classmethod
    def from_json(cls, run_dir: Path, values: dict[str, Any]) -> RunRecord:
        """Makes a record from the values of its file; unknown values are ignored.

        Raises:
            ValueError: When these are not the values of a record; likewise KeyError, TypeError, AttributeError and
                OverflowError.
        """
        if values["version"] != RECORD_VERSION:
            raise ValueError(f"version {values['version']}")
        ended_at = values["ended_at"]
        return cls(
            run_dir,
            config=_config(values["config"]),
            process=Process(**{name: values[name] for name in Process.__dataclass_fields__}),
            started_at=datetime.fromisoformat(values["started_at"]),
            updated_at=datetime.fromisoformat(values["updated_at"]),
            ended_at=None if ended_at is None else datetime.fromisoformat(ended_at),
            status=RunStatus(values["status"]),
            iterations=int(values["iterations"]),
            steps=int(values["steps"]),
            seconds=float(values["seconds"]),
            best=_best(values["best"]),
            resumed_from=_resumed_from(values["resumed_from"]),
            failure=str(values["failure"] or "") or None,
            reward_changes=changes_from_json(values.get("reward_changes")),
            stop_reason=str(values.get("stop_reason") or "") or None,
            memory=_memory(values.get("memory")),
            derived=tuple(map(str, values.get("derived") or ())),
        )

    def to_json(self) -> dict[str, Any]:
        """Returns the values of the record's file."""
        return {
            "version": RECORD_VERSION,
            "config": self.config.to_dict(),
            "status": self.status.value,
            **dataclasses.asdict(self.process),
            "started_at": _text(self.started_at),
            "updated_at": _text(self.updated_at),
            "ended_at": None if self.ended_at is None else _text(self.ended_at),
            "seconds": round(self.seconds, 3),
            "iterations": self.iterations,
            "steps": self.steps,
            "best": None if self.best is None else dataclasses.asdict(self.best),
            "resumed_from": None if self.resumed_from is None else dataclasses.asdict(self.resumed_from),
            "failure": self.failure,
            "reward_changes": [dataclasses.asdict(one) for one in self.reward_changes],
            "stop_reason": self.stop_reason,
            "memory": None if self.memory is None else dataclasses.asdict(self.memory),
            "derived": list(self.derived),
        }

    def write(self) -> None:
        """Writes the record.

        Raises:
            OSError: When it cannot be written.
        """
        self.updated_at = _now()
        atomic_write_text(self.path, json.dumps(self.to_json(), indent=2, ensure_ascii=False) + "\n")
        self._written = time.monotonic()

    def set_origin(self, origin: ResumedFrom) -> None:
        """Sets the totals of the checkpoint that the run resumes, once these are known, and writes the record.

        Raises:
            OSError: When it cannot be written.
        """
        self._take_over(origin)
        self.write()

    def update(
        self, *, iterations: int, steps: int, seconds: float, best: Best | None = None, at_once: bool = False
    ) -> None:
        """Sets the run's progress. Writes the record when :data:`RECORD_INTERVAL` has passed since the last write.

        Args:
            iterations: Finished iterations; like the next two a total, see :class:`RunRecord`.
            steps: Environment steps over all parallel environments.
            seconds: Training time [s].
            best: The best checkpoint; None keeps the previous one.
            at_once: Whether to write in any case, for example after a checkpoint.

        Raises:
            OSError: When the record cannot be written; the next write includes this update.
        """
        self.iterations, self.steps, self.seconds = iterations, steps, seconds
        if best is not None:
            self.best = best
        if at_once or self._written is None or time.monotonic() - self._written >= RECORD_INTERVAL:
            self.write()

    def end(
        self,
        status: RunStatus,
        *,
        iterations: int,
        steps: int,
        seconds: float,
        best: Best | None = None,
        failure: str | None = None,
        stop_reason: str | None = None,
    ) -> None:
        """Sets how the run ended, and writes the record.

        Args:
            status: The final status.
            iterations: As in :meth:`update`, like the next three.
            steps: Environment steps.
            seconds: Training time [s].
            best: The best checkpoint.
            failure: Why the run failed, in one sentence.
            stop_reason: Which rule ended the run, in one sentence.

        Raises:
            OSError: When it cannot be written.
        """
        self.status, self.ended_at, self.failure, self.stop_reason = status, _now(), failure, stop_reason
        self.update(iterations=iterations, steps=steps, seconds=seconds, best=best, at_once=True)

    def _take_over(self, origin: ResumedFrom | None) -> None:
        self.resumed_from = origin
        if origin is not None:
            self.iterations, self.steps = origin.iteration or 0, origin.steps or 0
            self.seconds = origin.seconds or 0.0


def _config(values: dict[str, Any]) -> RunConfig:
    config = RunConfig.from_dict(values)
    texts = (config.task, config.library, config.agent or "", *config.overrides)
    if not isinstance(values["overrides"], list) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"not a configuration: {values}")
    return config


def _best(values: dict[str, Any] | None) -> Best | None:
    if values is None:
        return None
    return Best(int(values["iteration"]), float(values["mean_reward"]), str(values["file"]))


def _resumed_from(values: dict[str, Any] | None) -> ResumedFrom | None:
    if values is None:
        return None
    iteration, steps, seconds = values["iteration"], values["steps"], values["seconds"]
    return ResumedFrom(
        str(values["checkpoint"]),
        None if iteration is None else int(iteration),
        None if steps is None else int(steps),
        None if seconds is None else float(seconds),
    )


def _memory(values: dict[str, Any] | None) -> MemoryUse | None:
    if values is None:  # also of a run of an earlier version
        return None
    return MemoryUse(int(values["num_envs"]), int(values["taken"]))


def _now() -> datetime:
    return datetime.now(UTC)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds")
