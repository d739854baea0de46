# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains runs of the queue in processes of their own: ``rl-trainer train`` or ``isaaclab train``."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from ... import runs
from ...errors import UserError, shortened
from ...isaac_lab.registration import imported_modules
from ...isaac_lab.train_command import isaaclab_train_words
from ...run_config import RunConfig
from ...runs.finding import find_run
from ...runs.manifest import Manifest
from ...training.queue.model import ProcessKind, RunState
from ..console import FILE_NAME
from .child import ChildProcess
from .own_command import PACKAGE, ROOT

POLL = 0.5
"""Seconds between two checks of a process."""

STOP_GRACE = 20.0
"""Seconds that a training has to save and close when this program ends."""

_ASSETS = "ISAACSIM_ASSET_ROOT"
"""The environment variable from which Isaac Lab takes the asset server; without it the command may find no assets."""

_RESULTS = ("iterations", "steps", "seconds", "mean_reward")


class RunLauncher:
    """Starts trainings in processes of their own."""

    def words(self, config: RunConfig, kind: ProcessKind) -> list[str]:
        """Returns the words of the command line.

        Raises:
            UserError: When that command has no option for a part of the configuration.
        """
        if kind is ProcessKind.ISAACLAB:
            return ["python", "-m", "isaaclab", *isaaclab_train_words(config)]
        headless = ["--headless"] if kind is ProcessKind.OWN else []
        return ["rl-trainer", *with_options(config, headless)]

    def text(self, config: RunConfig, kind: ProcessKind) -> str:
        """Returns the command line for a shell; raises as :meth:`words`."""
        line = shlex.join(self.words(config, kind))
        if kind is not ProcessKind.ISAACLAB:
            return line
        assets = os.environ.get(_ASSETS)
        if assets:  # this process, and so its children, may have it from no shell
            line = f"{_ASSETS}={shlex.quote(assets)} {line}"
        folder = config.log_root_path.parent
        return line if folder == Path.cwd() else f"cd {shlex.quote(str(folder))} && {line}"

    def start(self, config: RunConfig, kind: ProcessKind) -> QueuedProcess:
        """Starts the process.

        Raises:
            UserError: When it cannot be started, or its command has no option for a part of the configuration.
        """
        return QueuedProcess(config, kind)


def with_options(config: RunConfig, options: list[str]) -> list[str]:
    """Returns the words of ``rl-trainer train``, with the modules of tasks that this process knows."""
    modules = [module.reference for module in imported_modules()]
    known = config.replace(external=tuple(dict.fromkeys((*config.external, *modules))))
    command, *rest = known.train_words()
    return [command, *options, *(["--trust"] if config.trust else []), *rest]


class QueuedProcess:
    """One training. :meth:`update` polls the process.

    Args:
        config: What it trains.
        kind: The command that trains it.

    Raises:
        UserError: When it cannot be started, or its command has no option for a part of the configuration.
    """

    def __init__(self, config: RunConfig, kind: ProcessKind) -> None:
        self.progress = "Starting…"
        self.run_dir = ""
        self.result: dict[str, Any] | None = None
        self._config, self._isaaclab = config, kind is ProcessKind.ISAACLAB
        self._started, self._polled = time.time(), 0.0
        self._stopped = False
        if self._isaaclab:
            program, arguments, folder = "isaaclab", isaaclab_train_words(config), config.log_root_path.parent
        else:
            program, arguments, folder = PACKAGE, with_options(config, ["--headless", "--json"]), Path.cwd()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._before = run_dirs(config.log_root_path, 0.0)
            self._child = ChildProcess(program, arguments, cwd=folder, root=ROOT)
        except OSError as error:
            raise UserError(f"No process can be started in {folder} ({error.strerror}).") from error

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def update(self) -> None:
        """Checks the process. Called once a frame; it looks twice a second."""
        now = time.monotonic()
        if self.result is not None or now - self._polled < POLL:
            return
        self._polled = now
        status = self._child.status
        words = self._child.last_words()
        if words and not words.startswith("{"):  # the result
            self.progress = words
        if not self.run_dir:
            self.run_dir = self._find_run()
        if status is not None:
            self.result = self._read_result(status)
            self._child.end()

    def stop(self) -> None:
        """Asks it to save and end, without waiting."""
        self._stopped = True
        # of Isaac Lab's command only an interrupt is an orderly end
        self._child.ask_to_end(signal.SIGINT if self._isaaclab else signal.SIGTERM)

    def close(self) -> None:
        """Ends it, and waits for it."""
        if self.result is None:
            if not self.run_dir:
                self.run_dir = self._find_run()
            self._child.end(STOP_GRACE)
            self.result = {"state": RunState.INTERRUPTED, "run_dir": self.run_dir}

    def _find_run(self) -> str:
        """Returns the folder of the run that the process writes; empty while there is none."""
        # the clock of a file system may be a little behind
        new = run_dirs(self._config.log_root_path, self._started - 5.0) - self._before
        is_own = self._is_of_isaaclab if self._isaaclab else self._is_of_family
        return next((str(path) for path in new if is_own(path)), "")

    def _is_of_family(self, run_dir: Path) -> bool:
        record = runs.RunRecord.read(run_dir)
        pids = {self._child.pid, *(process.pid for process in self._child.family())}
        return record is not None and record.process.pid in pids

    def _is_of_isaaclab(self, run_dir: Path) -> bool:
        manifest = Manifest.read(run_dir)
        if manifest is None or runs.RunRecord.read(run_dir) is not None:
            return False
        return manifest.task.split(":")[-1] == self._config.task.split(":")[-1]

    def _read_result(self, status: int) -> dict[str, Any]:
        if self._isaaclab:
            return self._read_files(status)
        try:
            told = json.loads(self._child.last_words())
        except json.JSONDecodeError:
            told = {}
        if not isinstance(told, dict) or "status" not in told:
            return {
                "state": RunState.FAILED,
                "problem": self._exit_words("The training", status),
                "run_dir": self.run_dir,
                "killed": status < 0,
            }
        self.run_dir = os.path.abspath(told["run_dir"]) if told.get("run_dir") else self.run_dir
        state = RunState(told["status"])
        return {
            "state": state,
            "problem": told.get("error", "") if state is RunState.FAILED else "",
            "run_dir": self.run_dir,
            "checkpoint": told.get("checkpoint") or "",
            **{name: told.get(name) for name in _RESULTS},
        }

    def _read_files(self, status: int) -> dict[str, Any]:
        """Returns the result of Isaac Lab's command, from the files of its run."""
        values: dict[str, Any] = {"run_dir": self.run_dir}
        if self.run_dir:
            with contextlib.suppress(UserError):
                run = find_run(self.run_dir, self._config.log_root_path)
                values |= {"iterations": run.iterations, "steps": run.steps, "seconds": run.seconds}
                values["mean_reward"] = run.last_reward
                checkpoints = runs.list_checkpoints(run.path)
                values["checkpoint"] = str(checkpoints[0].path) if checkpoints else ""
            with contextlib.suppress(OSError):
                shutil.copyfile(self._child.output, Path(self.run_dir, FILE_NAME))
        if self._stopped:
            return {"state": RunState.STOPPED, **values}
        if status == 0 and self.run_dir:
            return {"state": RunState.FINISHED, **values}
        return {"state": RunState.FAILED, "problem": self._exit_words("isaaclab train", status), **values}

    def _exit_words(self, what: str, status: int) -> str:
        words = shortened(self._child.last_words(), 300) or "it said nothing"
        where = f" Its output is in {self.run_dir}/{FILE_NAME}." if self.run_dir else ""
        end = f"failed with exit status {status}" if status else "ended without a run"
        return f"{what} {end}: {words.rstrip('.')}.{where}"


def run_dirs(log_root: Path, since: float) -> set[Path]:
    """Returns the folders of runs below a log root, in experiments that have changed since a time [unix s]."""
    found: set[Path] = set()
    with contextlib.suppress(OSError):
        for experiment in log_root.glob("*/*"):
            if experiment.is_dir() and experiment.stat().st_mtime >= since:
                found |= {path for path in experiment.iterdir() if path.is_dir() and not path.name.startswith(".")}
    return found
