# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a Ray job runs on a machine of the cluster: ``python -m rl_trainer_ext.hosts.ray.worker FOLDER MARK train …``.

Checks that the folder of the job is the one of the program that has submitted it, starts ``rl-trainer train`` with its
output in that folder, and writes who trains there. A training whose Ray ends, as when its head is lost, saves and ends.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil

from ...runs.jobs import OUTPUT, JobFolder, read_json
from ...runs.process import Process
from ...system.atomic_files import atomic_write_text
from ..processes.job_main import ends_with_this
from ..processes.own_command import PACKAGE

MARKER, WORKER, CANCELLED = "marker.json", "worker.json", "cancelled.json"
"""The files that show the folder to this process, say who trains, and keep a job that still waits from training."""

POLL = 1.0
"""Seconds between two looks at Ray's processes."""

EXIT_NOT_SHARED = 77
"""Exit status when the folder of the job is not there, or another one."""

EXIT_NO_GPUS = 79
"""Exit status when PyTorch does not see the GPUs that Ray has given to the job."""

SEVERAL_GPUS = "train_multigpu"
"""In place of ``train``, followed by their number: Isaac Lab's command for what the record of the job says."""


def main(folder: Path, mark: str, words: list[str]) -> None:
    """Makes the checks and runs the command in this process."""
    host = socket.gethostname()
    if read_json(folder / MARKER).get("mark") != mark:
        print(f"The folder {folder} of the job is not on the machine {host}.")
        sys.exit(EXIT_NOT_SHARED)
    if (folder / CANCELLED).exists():
        sys.exit("The job was stopped before it began.")
    command = [PACKAGE, *words] if words[0] != SEVERAL_GPUS else _for_several_gpus(folder, int(words[1]))
    try:
        output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        print(f"The output is in {folder / OUTPUT}", flush=True)
        status = _train(command, folder, output)
    except OSError as error:
        sys.exit(f"The machine {host} cannot write to {folder} ({error.strerror})")
    sys.exit(128 - status if status < 0 else status)  # as shells say of a signal


def _for_several_gpus(folder: Path, number: int) -> list[str]:
    """Returns module and arguments of Isaac Lab's command, made for what is installed on this machine."""
    import torch

    there = torch.cuda.device_count()
    if there < number:
        print(f"PyTorch sees {there} of the {number} GPUs that Ray has given to the job on {socket.gethostname()}")
        sys.exit(EXIT_NO_GPUS)
    from ...isaac_lab import assets
    from ..processes import all_gpus

    job = JobFolder.open(folder)
    if job is None:
        sys.exit(f"{folder} is no job of this version.")
    assets.choose_asset_root().apply()
    return all_gpus.command(job.record.config, number, job.record.data["timestamp"])


def _train(command: list[str], folder: Path, output: int) -> int:
    """Runs the command to its end; returns its exit status, or minus the number of the signal that killed it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)  # Ray sends them to the training, too, which decides when it ends
    # Ray kills the job's session at once when the process that watches it ends
    here = None if command[0] == PACKAGE else folder.parent.parent.parent  # Isaac Lab's command writes to logs there
    return run_to_its_end(command, folder, output, cwd=here)


def run_to_its_end(
    command: list[str],
    folder: Path,
    output: int | IO[bytes],
    *,
    cwd: Path | None = None,
    between: Callable[[], float] = lambda: POLL,
) -> int:
    """Runs a training, and asks it to end when the Ray above this process ends, as when the head is lost.

    Args:
        command: Module and arguments.
        folder: Gets the file that says who trains.
        output: The file of all that it prints.
        cwd: Its current folder; None for that of this process.
        between: Called again and again while it runs; returns the seconds until the next call.

    Returns:
        Its exit status, or minus the number of the signal that killed it.

    Raises:
        OSError: When the folder cannot be written; nothing trains then.
    """
    ray = psutil.Process().parents()[:2]  # the shell of the job, and what watches it
    child = subprocess.Popen(ends_with_this(command), cwd=cwd, stdout=output, stderr=output, start_new_session=True)
    try:
        atomic_write_text(folder / WORKER, json.dumps(dataclasses.asdict(Process.of(child.pid))))
    except OSError:
        child.kill()
        raise
    asked = False
    while True:
        pause = between()
        with contextlib.suppress(subprocess.TimeoutExpired):
            return child.wait(pause)
        if not asked and not all(process.is_running() for process in ray):
            asked = True
            child.terminate()  # it saves first


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
