# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Jobs: trainings that run outside the program that started them, each with a folder below the log root.

A job's folder holds its record (written once, by the program that starts it), its output, and small files that the
process that runs it writes: they have one writer each. Each program with the same log root finds the same jobs.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..run_config import RunConfig
from ..system.atomic_files import atomic_write_text

JOBS_FOLDER = ".jobs"
"""The folder in a log root that holds the folders of jobs."""

RECORD, OUTPUT = "job.json", "output.txt"
_RUN = "run.json"
VERSION = 1


@dataclass(frozen=True)
class JobRecord:
    """What is known of a job when it starts.

    Args:
        config: What it trains.
        where: Where it runs, as plain JSON types.
        created: When it was started.
        data: What its engine needs to find it again, as plain JSON types.
    """

    config: RunConfig
    where: Mapping[str, Any]
    created: datetime
    data: Mapping[str, Any]


class JobFolder:
    """The folder of a job.

    Args:
        path: The folder.
        record: Its record.
    """

    def __init__(self, path: Path, record: JobRecord) -> None:
        self.path, self.record = path, record

    @property
    def name(self) -> str:
        """The name of the job, unique in its log root."""
        return self.path.name

    @property
    def output(self) -> Path:
        """The file of all that it prints."""
        return self.path / OUTPUT

    @property
    def log_root(self) -> Path:
        """The log root of its run."""
        return self.path.parent.parent

    @classmethod
    def create(cls, config: RunConfig, where: Mapping[str, Any], data: Mapping[str, Any]) -> JobFolder:
        """Creates the folder of a job and writes its record.

        Args:
            config: What it trains.
            where: Where it runs.
            data: What its engine needs to find it again.

        Raises:
            UserError: When it cannot be written.
        """
        created = datetime.now(UTC)
        name = f"{created.astimezone():%Y-%m-%d_%H-%M-%S}_{secrets.token_hex(3)}"
        path = config.log_root_path / JOBS_FOLDER / name
        record = JobRecord(config, dict(where), created, dict(data))
        values = {
            "version": VERSION,
            "config": config.to_dict() | {"log_root": str(config.log_root_path)},
            "where": record.where,
            "created": created.isoformat(),
            "data": record.data,
        }
        try:
            path.mkdir(parents=True)
            atomic_write_text(path / RECORD, json.dumps(values, indent=1))
        except OSError as error:
            raise UserError(
                f"No run can be written to {config.log_root_path} ({error.strerror}): choose another log root."
            ) from error
        return cls(path, record)

    @classmethod
    def open(cls, path: Path) -> JobFolder | None:
        """Returns the folder of a job; None when it has no record that can be used."""
        values = read_json(path / RECORD)
        with contextlib.suppress(KeyError, TypeError, ValueError):
            if values.get("version") != VERSION:
                return None
            config = RunConfig.from_dict(values["config"])
            created = datetime.fromisoformat(values["created"])
            return cls(path, JobRecord(config, dict(values["where"]), created, dict(values["data"])))
        return None

    def read(self, name: str) -> dict[str, Any]:
        """Returns the content of one of its small files; empty when there is none."""
        return read_json(self.path / name)

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Writes one of its small files.

        Raises:
            OSError: When it cannot be written.
        """
        atomic_write_text(self.path / name, json.dumps(values), durable=False)

    @property
    def run_dir(self) -> Path | None:
        """The folder of its run, as it was when the run began; None before that. It may have been deleted since."""
        known = self.read(_RUN).get("run_dir")
        return Path(known) if isinstance(known, str) and known else None

    def note_run(self, run_dir: Path) -> None:
        """Writes down the folder of its run.

        Raises:
            OSError: When it cannot be written.
        """
        self.write(_RUN, {"run_dir": str(run_dir)})

    def remove(self) -> None:
        """Removes it, with its output."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):
            self.path.parent.rmdir()  # unless it holds others


def list_jobs(log_root: Path) -> list[JobFolder]:
    """Returns the jobs of a log root, the newest first."""
    folder = log_root.expanduser().absolute() / JOBS_FOLDER
    try:
        names = sorted(os.listdir(folder), reverse=True)
    except OSError:  # there has been no job
        return []
    found = (JobFolder.open(folder / name) for name in names)
    return [each for each in found if each is not None]


def read_json(path: Path) -> dict[str, Any]:
    """Returns the object in a JSON file; empty when there is none that can be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}
