# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a Ray job runs on a machine of the cluster: ``python -m rl_trainer_ext.hosts.ray.worker FOLDER MARK train …``.

Checks that the folder of the job is the one of the program that has submitted it, writes who trains there, and becomes
``rl-trainer train``, with its output in that folder.
"""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import sys
from pathlib import Path

from ...runs.jobs import OUTPUT, read_json
from ...runs.process import Process
from ...system.atomic_files import atomic_write_text
from ..processes.own_command import PACKAGE

MARKER, WORKER, CANCELLED = "marker.json", "worker.json", "cancelled.json"
"""The files that show the folder to this process, say who trains, and keep a job that still waits from training."""

EXIT_NOT_SHARED = 77
"""Exit status when the folder of the job is not there, or another one."""


def main(folder: Path, mark: str, words: list[str]) -> None:
    """Makes the checks and runs the command in this process."""
    host = socket.gethostname()
    if read_json(folder / MARKER).get("mark") != mark:
        print(f"The folder {folder} of the job is not on the machine {host}.")
        sys.exit(EXIT_NOT_SHARED)
    if (folder / CANCELLED).exists():
        sys.exit("The job was stopped before it began.")
    try:
        atomic_write_text(folder / WORKER, json.dumps(dataclasses.asdict(Process.current())))
        output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        sys.exit(f"The machine {host} cannot write to {folder} ({error.strerror})")
    print(f"The output is in {folder / OUTPUT}", flush=True)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.execv(sys.executable, [sys.executable, "-P", "-m", PACKAGE, *words])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
