# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A trial of a sweep in a process of Ray: starts ``rl-trainer train --headless`` and reports its metric to Ray Tune."""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from pathlib import Path
from typing import Any

from ray import tune

from ...errors import UserError
from ...learners.formats import UNKNOWN_PACE, CheckpointKind, format_of
from ...metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, EventReader
from ...overrides.hydra import nearest
from ...run_config import RunConfig
from ...runs import list_checkpoints, pace_of, read_parameters
from ...runs.jobs import read_json
from ...system.atomic_files import atomic_write_text
from ...training.queue.model import ProcessKind, RunState
from ...training.sweep.spec import REWARD, SweepSpec
from ..processes.queued_run import POLL, STOP_GRACE, QueuedProcess

VALUE, ITERATION = "value", "iteration"
"""What is reported to Ray Tune: the metric, and the number of finished iterations."""

_TAGS = {REWARD: MEAN_REWARD, "mean_episode_length": MEAN_EPISODE_LENGTH}


class TrainingTrial(tune.Trainable):
    """One training. ``config`` has ``parameters``, and ``sweep`` with what all trials share (see :mod:`.sweep`)."""

    def setup(self, config: dict[str, Any]) -> None:
        """Starts the training, or resumes it after its process was lost."""
        shared = config["sweep"]
        self._file = Path(shared["folder"], "trials", f"{self.trial_id}.json")
        self._tag = _TAGS.get(shared["metric"], shared["metric"])
        told = read_json(self._file)
        self._before = int(told.get("iterations") or 0)
        self._points: list[tuple[int, float]] = []
        self._last: tuple[int, float | None] = (self._before, told.get("value"))
        self._read = 0
        self._reader: EventReader | None = None
        self._problem = ""
        values = json.loads(shared["configs"])
        training = RunConfig.from_dict(values["config"]).replace(
            external=tuple(values["external"]), trust=values["trust"]
        )
        training = _with_values(training, config["parameters"], f"trial-{int(self.trial_id.rpartition('_')[2]) + 1}")
        self._process = QueuedProcess(self._resumed(training, told), ProcessKind.OWN)

    def step(self) -> dict[str, Any]:
        """Waits for the next value of the metric, or for the end of the training."""
        while not self._points:
            over = self._process.result is not None
            self._process.update()
            self._read_events()
            if over and not self._points:
                return self._ended()
            if not self._points:
                time.sleep(POLL / 2)
        self._last = self._points.pop(0)
        self._write("running")
        return self._result()

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Nothing: the run has its checkpoints, and the trial's file names the run."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """Nothing, as :meth:`save_checkpoint`."""

    def cleanup(self) -> None:
        """Has the training save its last checkpoint, and waits for its end."""
        if self._process.result is None:
            self._process.stop()
            end = time.monotonic() + STOP_GRACE
            while self._process.result is None and time.monotonic() < end:
                time.sleep(POLL / 10)
                self._process.update()
            self._process.close()
            with contextlib.suppress(OSError):
                self._read_events()
            if self._points:
                self._last = self._points[-1]
        self._write(str((self._process.result or {}).get("state", RunState.INTERRUPTED)))

    def _ended(self) -> dict[str, Any]:
        result = self._process.result or {}
        if result.get("killed"):  # such as for its memory: Ray Tune starts the trial again
            raise RuntimeError(result["problem"])
        if result["state"] is RunState.FAILED:
            self._problem = str(result.get("problem") or "The training failed.")
        elif self._last[1] is None:
            tags = () if self._reader is None else self._reader.metrics.tags
            self._problem = f"The training has no scalar {self._tag}{nearest(self._tag, tags)}"
        return self._result() | {tune.result.DONE: True}

    def _result(self) -> dict[str, Any]:
        iteration, value = self._last
        return {
            ITERATION: iteration,
            VALUE: math.nan if value is None else value,
            "run_dir": self._process.run_dir,
            "problem": self._problem,
        }

    def _read_events(self) -> None:
        """Reads the values of the metric that the training has logged since the last call."""
        if not self._process.run_dir:
            return
        run_dir = Path(self._process.run_dir)
        library = run_dir.parent.parent.name
        if self._reader is None:
            self._reader = EventReader(run_dir, library=library)
        self._reader.ended = self._process.result is not None
        self._reader.read()
        series = self._reader.metrics.get(self._tag)
        if series is None or len(series) <= self._read:
            return
        steps, values = series.points(self._read)
        self._read = len(series)
        format_, pace = format_of(library), UNKNOWN_PACE
        with contextlib.suppress(UserError):  # its parameters are not written yet
            pace = pace_of(format_.name, *read_parameters(run_dir))
        for step, value in zip(steps, values, strict=True):
            iteration = format_.progress_at(int(step), pace)[0]
            self._points.append((self._last[0] + 1 if iteration is None else iteration, float(value)))

    def _resumed(self, config: RunConfig, told: dict[str, Any]) -> RunConfig:
        """Returns the training, from the last checkpoint of the run that the trial has begun before."""
        if not told.get("run_dir"):
            return config
        with contextlib.suppress(UserError):
            found = (each for each in list_checkpoints(Path(told["run_dir"])) if each.kind is not CheckpointKind.BEST)
            checkpoint = next(found, None)
            if checkpoint is not None:
                done, wanted = checkpoint.iteration or 0, config.max_iterations
                left = None if wanted is None else max(1, wanted - done)
                return config.replace(checkpoint=str(checkpoint.path), max_iterations=left, fine_tune=False)
        return config

    def _write(self, status: str) -> None:
        iteration, value = self._last
        told = {
            "status": status,
            "iterations": iteration,
            "value": value if value is None or math.isfinite(value) else None,
            "run_dir": self._process.run_dir,
            "checkpoint": (self._process.result or {}).get("checkpoint") or "",
            "problem": self._problem,
            "pid": os.getpid(),
        }
        with contextlib.suppress(OSError):  # the result reaches Ray Tune all the same
            atomic_write_text(self._file, json.dumps(told), durable=False)


def _with_values(config: RunConfig, values: dict[str, Any], name: str) -> RunConfig:
    return SweepSpec(config, {}).trial_config(values, name)
