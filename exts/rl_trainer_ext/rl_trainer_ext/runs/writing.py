# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Writing runs: their directory and manifest, files that are whole or not there, and the record of a training."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..run_config import RunConfig
from .containment import require_inside
from .model import MANIFEST_NAME, RECORD_NAME, SAVING_FOLDER, RunStatus
from .process import Process

RECORD_VERSION = 1
"""Version of the record's format."""

RECORD_INTERVAL = 20.0
"""Shortest time between two writings of a record whose run goes on as before [s]."""

_PAUSES = (0.01, 0.04, 0.2, 0.5)
"""How long to wait for another program to close a file, each time that Windows refuses to replace it [s]."""

_IN_USE = (5, 32)
"""What Windows says then: ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION."""


def create_run_dir(config: RunConfig, experiment: str, run_name: str) -> Path:
    """Makes the directory of a new run, with its manifest: ``<log_root>/<library>/<experiment>/<time>[_<run_name>]``.

    Raises:
        UserError: When the log root cannot be written, or the directory would be outside of it.
    """
    from isaaclab_rl.entrypoints.common import write_run_manifest

    root = config.log_root_path / config.library / experiment
    name = datetime.now().strftime("%Y-%m-%d_%H-%M-%S") + (f"_{run_name}" if run_name else "")
    require_inside(root / name, config.log_root_path)
    try:
        run_dir = _make_new_dir(root, name)
        with atomic(run_dir / MANIFEST_NAME) as temporary:
            write_run_manifest(
                str(temporary.parent),
                library=config.library,
                task=config.task,
                metadata={"agent": config.agent_entry_point},
            )
    except OSError as error:
        raise UserError(
            f"{config.log_root_path} cannot be written ({error.strerror}): choose another log root."
        ) from error
    return run_dir


def discard_run_dir(run_dir: Path) -> None:
    """Removes the directory of a run that never took a step, so that it is in nobody's way."""
    shutil.rmtree(run_dir, ignore_errors=True)


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Gives a file to write to that becomes ``path`` at once, whole and synced to disk, when the block ends.

    What was at ``path`` stays as it is until then, and for good when the block raises. The file that is given has the
    name of ``path``, because libraries look at it, and lies in ``.saving/`` beside it, where no pattern finds it.

    Raises:
        OSError: When it cannot be written, such as for want of space.
    """
    saving = path.parent / SAVING_FOLDER
    folder = _private_folder(saving)
    temporary = folder / path.name
    try:
        yield temporary
        _sync(temporary)
        _replace(temporary, path)
        _sync_folder(path.parent)
    finally:
        with contextlib.suppress(OSError):  # another process may be writing beside us
            temporary.unlink(missing_ok=True)
            folder.rmdir()
            saving.rmdir()


def atomic_write_text(path: Path, text: str) -> None:
    """Replaces a file's content by ``text``: see :func:`atomic`."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Best:
    """The best checkpoint of a run: its highest mean episode return, and the file (relative to the run's directory)."""

    iteration: int
    mean_reward: float
    file: str


@dataclass(frozen=True)
class ResumedFrom:
    """Where a run goes on from: the checkpoint, and the totals at which it was saved (None where unknown)."""

    checkpoint: str
    iteration: int | None
    steps: int | None
    seconds: float | None


class RunRecord:
    """The record ``rl_trainer.json`` of a run, written by the process that trains it.

    A run whose record says that it runs while its process is gone was killed: nobody else could say so.

    Args:
        run_dir: Directory of the run.
        values: Content of the record.
    """

    def __init__(self, run_dir: Path, values: dict[str, Any]) -> None:
        self.path = run_dir / RECORD_NAME
        self.values = values
        self._written: float | None = None

    @classmethod
    def begin(cls, run_dir: Path, config: RunConfig, resumed_from: ResumedFrom | None = None) -> RunRecord:
        """Writes the record of a training that begins in this process.

        Raises:
            OSError: When it cannot be written.
        """
        start = resumed_from or ResumedFrom("", 0, 0, 0.0)
        record = cls(
            run_dir,
            {
                "version": RECORD_VERSION,
                "config": config.to_dict(),
                "status": RunStatus.RUNNING.value,
                **dataclasses.asdict(Process.current()),
                "started_at": _now(),
                "updated_at": _now(),
                "ended_at": None,
                "seconds": start.seconds or 0.0,
                "iterations": start.iteration or 0,
                "steps": start.steps or 0,
                "best": None,
                "resumed_from": None if resumed_from is None else dataclasses.asdict(resumed_from),
                "failure": None,
            },
        )
        record._write()
        return record

    def note_origin(self, origin: ResumedFrom) -> None:
        """Notes what the run takes over from the checkpoint that it resumes, once that is known, and writes.

        Raises:
            OSError: When it cannot be written.
        """
        self.values["resumed_from"] = dataclasses.asdict(origin)
        self.values.update(seconds=origin.seconds or 0.0, iterations=origin.iteration or 0, steps=origin.steps or 0)
        self._write()

    def update(
        self, *, iterations: int, steps: int, seconds: float, best: Best | None = None, at_once: bool = False
    ) -> None:
        """Notes how far the run has come. Writes when :data:`RECORD_INTERVAL` has passed since the last time.

        Args:
            iterations: Finished iterations, those of what it was resumed from included; likewise the next two.
            steps: Environment steps over all parallel environments.
            seconds: Training time [s].
            best: The best checkpoint, once there is one; None leaves what is noted.
            at_once: Whether to write in any case, such as after a checkpoint.

        Raises:
            OSError: When it cannot be written; what is noted is kept, and is written the next time.
        """
        self.values.update(iterations=iterations, steps=steps, seconds=round(seconds, 3))
        if best is not None:
            self.values["best"] = dataclasses.asdict(best)
        due = self._written is None or time.monotonic() - self._written >= RECORD_INTERVAL
        if due or at_once:
            self._write()

    def end(
        self,
        status: RunStatus,
        *,
        iterations: int,
        steps: int,
        seconds: float,
        best: Best | None = None,
        failure: str | None = None,
    ) -> None:
        """Notes how the run ended, and writes. See :meth:`update`; ``failure`` is one sentence."""
        self.values.update(status=RunStatus(status).value, ended_at=_now(), failure=failure)
        self.update(iterations=iterations, steps=steps, seconds=seconds, best=best, at_once=True)

    def _write(self) -> None:
        self.values["updated_at"] = _now()
        atomic_write_text(self.path, json.dumps(self.values, indent=2, ensure_ascii=False) + "\n")
        self._written = time.monotonic()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _make_new_dir(root: Path, name: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    # two runs can begin in the same second
    for attempt in range(1, 1000):
        run_dir = root / (name if attempt == 1 else f"{name}_{attempt}")
        try:
            run_dir.mkdir()
            return run_dir
        except FileExistsError:
            continue
    raise OSError(None, "a thousand runs began in the same second")


def _private_folder(saving: Path) -> Path:
    """A folder of one's own below ``saving``: two processes may write the same file at the same time."""
    while True:
        if saving.is_symlink():
            saving.unlink(missing_ok=True)  # of no use to us: what is written through it would be elsewhere
        saving.mkdir(exist_ok=True)
        try:
            return Path(tempfile.mkdtemp(dir=saving))
        except FileNotFoundError:
            continue  # another process has just removed it, having written its own


def _replace(temporary: Path, path: Path) -> None:
    """``os.replace``, which Windows refuses while another program, such as a virus scanner, has the file open."""
    for pause in _PAUSES:
        try:
            os.replace(temporary, path)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _IN_USE:
                raise
            time.sleep(pause)
    os.replace(temporary, path)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:  # Windows syncs only what may be written
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":
        return  # it opens no folder as a file; its file system records a new name by itself
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
