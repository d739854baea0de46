# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Starts sweeps for the panel, each as ``rl-trainer sweep`` in a process that outlives this program, and stops them."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...runs.process import Process
from ...training.sweep.files import create_sweep
from ...training.sweep.spec import SweepSpec
from ...training.sweep.trials import OUTPUT, SPEC, SweepView, read_view, write_view
from .own_command import PACKAGE
from .supervised import end_process, start_apart


class SweepProgram:
    """The sweeps of a log root. They are found by their files, whichever program has started them.

    Args:
        log_root: The log root.
    """

    def __init__(self, log_root: Path) -> None:
        self._log_root = log_root
        self._started: dict[Path, subprocess.Popen[Any]] = {}

    def start(self, spec: SweepSpec) -> Path:
        """Starts a sweep, without waiting, and returns its folder; what is wrong with it is told in its state.

        Raises:
            UserError: When it cannot be started; nothing is left behind then.
        """
        spec.config.validate()
        config = spec.config.replace(log_root=str(self._log_root.expanduser().absolute()))
        folder = create_sweep(dataclasses.replace(spec, config=config))
        view = SweepView(folder, "starting", spec.metric, spec.mode, spec.count)
        try:
            write_view(view)
            process = self._run(folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise UserError(f"No process can be started in {folder} ({error.strerror}).") from error
        write_view(dataclasses.replace(view, process=Process.of(process.pid)))
        return folder

    def resume(self, folder: Path) -> None:
        """Continues a sweep that was stopped, without waiting: trials that have ended are kept.

        Raises:
            UserError: When it cannot be started.
        """
        view = read_view(folder)
        if view is None or view.active:
            raise UserError(f"The sweep {folder.name} runs, or is gone.")
        self.update()
        if folder in self._started:  # its state does not say so
            raise UserError(f"The sweep {folder.name} is just starting or ending: try again in a moment.")
        try:
            self._run(folder, "--resume")
        except OSError as error:
            raise UserError(f"No process can be started in {folder} ({error.strerror}).") from error

    def stop(self, folder: Path) -> None:
        """Asks a sweep to end all its trials, each with its last checkpoint, without waiting.

        Raises:
            UserError: When it does not run, or runs on another machine.
        """
        view = read_view(folder)
        if view is None or not view.active or view.process is None:
            raise UserError(f"The sweep {folder.name} does not run.")
        if view.process.is_alive() is None:
            raise UserError(f"The sweep {folder.name} runs on {view.process.host}, not on this machine: stop it there.")
        end_process(view.process.pid)

    def update(self) -> None:
        """Takes the exit status of those that have ended from the system."""
        self._started = {folder: each for folder, each in self._started.items() if each.poll() is None}

    def _run(self, folder: Path, *options: str) -> subprocess.Popen[Any]:
        process = start_apart(PACKAGE, ["sweep", str(folder / SPEC), "--json", *options], folder / OUTPUT)
        self._started[folder] = process
        return process
