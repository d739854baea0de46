# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What trains the runs of a queue, as the queue sees it: the trainer's result, and processes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from ...run_config import RunConfig
from ..snapshot import Snapshot
from .model import ProcessKind, RunState


class ChildRun(Protocol):
    """A training in a process of its own."""

    progress: str
    """The last line that it printed."""
    run_dir: str
    """Its folder; empty while unknown."""
    result: dict[str, Any] | None
    """How it ended, as values of :class:`~.model.QueuedRun`; None while it runs."""

    def update(self) -> None:
        """Checks the process. Called once a frame."""
        ...

    def stop(self) -> None:
        """Asks it to save and end, without waiting."""
        ...

    def close(self) -> None:
        """Ends it, and waits for it."""
        ...


class Launcher(Protocol):
    """Starts trainings in processes of their own."""

    def words(self, config: RunConfig, kind: ProcessKind) -> Sequence[str]:
        """Returns the command line that trains.

        Raises:
            UserError: When that command has no option for a part of the configuration.
        """
        ...

    def text(self, config: RunConfig, kind: ProcessKind) -> str:
        """Returns the command line for a shell; raises as :meth:`words`."""
        ...

    def start(self, config: RunConfig, kind: ProcessKind) -> ChildRun:
        """Starts it.

        Raises:
            UserError: When it cannot be started.
        """
        ...


def result_of(snapshot: Snapshot) -> dict[str, Any]:
    """Returns how the trainer's last run ended, as values of :class:`~.model.QueuedRun`."""
    problem = "" if snapshot.failure is None else snapshot.failure.message
    if snapshot.refused:  # the snapshot's run is an earlier one
        return {"state": RunState.FAILED, "problem": problem}
    return {
        "state": RunState(snapshot.status),
        "problem": problem if snapshot.status == "failed" else "",
        "run_dir": "" if snapshot.run_dir is None else str(snapshot.run_dir),
        "iterations": snapshot.iteration,
        "steps": snapshot.steps,
        "seconds": snapshot.elapsed,
        "mean_reward": snapshot.mean_reward,
        "checkpoint": "" if snapshot.checkpoint is None else str(snapshot.checkpoint),
        "note": "" if snapshot.run is None else snapshot.run.old_code,
    }
