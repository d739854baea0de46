# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a Ray job runs on a machine of the cluster when its files go through a storage.

``python -m rl_trainer_ext.hosts.ray.stored_worker URL NAME MARK train …``. Checks that it reads the storage of the
program that has submitted it, runs ``rl-trainer train`` in a folder of its own, and copies the files to the storage as
they change, and once when the training has ended, however it has.
"""

from __future__ import annotations

import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ...runs.jobs import OUTPUT
from ..processes.own_command import PACKAGE
from .storage import LOGS, RESUMED, Pace, Sender, Storage, StorageError
from .worker import EXIT_NOT_SHARED, MARKER, run_to_its_end

INTERVAL = 5.0
"""The least seconds between two times of copying: what is lost with this machine."""

LIMIT = 60.0
"""Seconds for which the last copying is tried again; Ray kills the job 120 seconds after a stop."""

EXIT_NOT_SENT = 78
"""Exit status when the last files have not reached the storage; the last line says why."""


class Stop:
    """Notes signals. Ray sends them to all processes of the job, so the training has its own."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.asked = True


def main(url: str, name: str, mark: str, words: list[str]) -> int:
    """Trains, and returns the exit status."""
    stop = Stop()
    host = socket.gethostname()
    storage = Storage(url, name, f"the machine {host} of the cluster")
    try:
        marker = storage.read(MARKER)
    except StorageError as error:
        print(error)
        return EXIT_NOT_SHARED
    if "cancelled" in marker or stop.asked:
        sys.exit("The job was stopped before it began.")
    if marker.get("mark") != mark:
        print(f"The storage {url} is another one on the machine {host} of the cluster: name one that both reach.")
        return EXIT_NOT_SHARED
    root = Path(tempfile.mkdtemp(prefix="rl-trainer-"))
    try:
        sender = Sender(storage, root, *_place(storage, marker, root, words))
        status = _train(words, root, sender)
    except (StorageError, OSError) as error:
        shutil.rmtree(root, ignore_errors=True)
        print(error)
        return EXIT_NOT_SHARED
    problem = _send_last(sender)
    if problem:
        print(f"The files of the training did not reach the storage ({problem}): they are in {root} on {host}.")
        return EXIT_NOT_SENT
    shutil.rmtree(root, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _place(storage: Storage, marker: dict[str, Any], root: Path, words: list[str]) -> tuple[set[str], dict[str, str]]:
    """Fetches the checkpoint and sets the paths in the words of the command to those of this machine.

    Returns:
        The files that came from the storage, and the paths of the other machine by those of this one.
    """
    logs = root / LOGS
    words[words.index("--log_root") + 1] = str(logs)
    paths = {str(logs): str(marker["log_root"])}
    resumed = marker.get("resumed")
    if resumed is None:
        return set(), paths
    run_dir = logs / resumed["place"]
    if str(resumed["place"]).startswith(f"{RESUMED}/"):
        paths = {str(run_dir): str(resumed["run_dir"])} | paths
    for name, (digest, modified) in resumed["files"].items():
        target = run_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        storage.get(f"{RESUMED}/{name}", target, (digest, modified))
    words[words.index("--checkpoint") + 1] = str(run_dir / resumed["checkpoint"])
    return {(run_dir / name).relative_to(root).as_posix() for name in resumed["files"]}, paths


def _train(words: list[str], root: Path, sender: Sender) -> int:
    """Runs the training to its end, and copies its files meanwhile; returns its exit status."""
    pace, problem = Pace(INTERVAL), ""

    def send() -> float:
        nonlocal problem
        began = time.monotonic()
        try:
            sender.send()
            problem = ""
        except (StorageError, OSError) as error:  # it is tried again
            if str(error) != problem:
                print(problem := str(error), flush=True)
        pace.took(time.monotonic() - began)
        return pace.pause

    with (root / OUTPUT).open("ab") as output:
        return run_to_its_end([PACKAGE, *words], root, output, between=send)


def _send_last(sender: Sender) -> str:
    """Copies what the training has written last; returns why that failed, or an empty text."""
    end = time.monotonic() + LIMIT
    while True:
        try:
            sender.send()
            return ""
        except (StorageError, OSError) as error:
            if time.monotonic() > end:
                return str(error).rstrip(".")
            time.sleep(1.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]))
