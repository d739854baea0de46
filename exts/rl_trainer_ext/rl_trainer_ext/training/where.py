# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Where a training runs: in this simulator, or by an engine in processes that outlive this program.

To add an engine:

1. Add a value to :class:`WhereKind`, and what it needs besides the configuration to :class:`Where` and its check.
2. Write a class with the methods of :class:`Engine` in ``hosts/processes/`` or ``hosts/ray/``. ``start`` creates a
   folder with :meth:`..runs.jobs.JobFolder.create`, below the log root, and returns a :class:`Job`. Whatever a later
   program needs to find the job again is written there (``data`` of its record), because ``reopen`` gets nothing else.
   An engine that starts a process on this machine calls ``launch`` of ``hosts/processes/supervised.py``, which does
   all but the command line.
3. Add it to the table in ``hosts/engines.py``. Panel, ``train --where``, ``attach`` and ``stop`` use that.

An engine transports no metrics: a job says where its run is (:attr:`Job.run_dir`), and :mod:`.followed` reads curves,
counters and checkpoints from the files there, as the run browser does. So the folder must be reachable from here;
``check`` finds out before the start.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..errors import UserError, shortened
from ..run_config import RunConfig
from ..runs.jobs import JobFolder


class WhereKind(enum.StrEnum):
    """Where a training runs."""

    LOCAL = "local"
    """In this simulator, where the viewport shows it."""
    PROCESS = "process"
    """In a process of its own on this machine."""
    GPUS = "gpus"
    """On several GPUs of this machine, in a process each."""
    RAY = "ray"
    """As a job of a Ray cluster."""


@dataclass(frozen=True)
class Where:
    """Where a training is to run. The configuration of the training is the same everywhere.

    Args:
        kind: Where.
        num_gpus: Number of GPUs; None for all that there are. Only for :attr:`WhereKind.GPUS` and
            :attr:`WhereKind.RAY`.
        address: Address of the dashboard of the Ray cluster; empty for that of Ray's own configuration.
        token_file: File with the token of the Ray cluster; empty for that of Ray's own configuration. The token itself
            is in no record.
        runtime_env: File with Ray's runtime environment; empty for none. It is read when the job starts.
        storage: URL of fsspec through which the files of a Ray job go; empty where the log root is shared.
    """

    kind: WhereKind = WhereKind.LOCAL
    num_gpus: int | None = None
    address: str = ""
    token_file: str = ""
    runtime_env: str = ""
    storage: str = ""

    def validate(self) -> None:
        """Checks that the values fit together.

        Raises:
            UserError: With one sentence, for the first one that does not.
        """
        if self.num_gpus is not None and self.kind not in (WhereKind.GPUS, WhereKind.RAY):
            raise UserError(
                f"--num_gpus is for --where gpus and --where ray, not for --where {self.kind}: leave it out."
            )
        check_num_gpus(self.num_gpus)
        for option in ("address", "token_file", "runtime_env", "storage"):
            if getattr(self, option) and self.kind is not WhereKind.RAY:
                raise UserError(f"--{option} is for --where ray, not for --where {self.kind}: leave it out.")
        if self.address:
            check_address(self.address)
        if self.storage:
            check_storage(self.storage)

    def to_dict(self) -> dict[str, Any]:
        """Returns the values as plain JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Where:
        """Returns the inverse of :meth:`to_dict`.

        Raises:
            ValueError: When this version knows no such place; likewise KeyError and TypeError.
        """
        return cls(
            WhereKind(values["kind"]),
            values["num_gpus"],
            str(values["address"]),
            # earlier versions had none of these
            *(str(values.get(name, "")) for name in ("token_file", "runtime_env", "storage")),
        )


def check_num_gpus(number: int | None, label: str = "num_gpus") -> None:
    """Checks a number of GPUs; None is all that there are.

    Raises:
        UserError: When it cannot be right.
    """
    if number is not None and number < 1:
        raise UserError(f"{label} must be a whole number of at least 1, not {shortened(str(number))}.")


def check_address(address: str) -> None:
    """Checks the address of a Ray cluster.

    Raises:
        UserError: When it cannot be right.
    """
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise UserError(
            f"The address {shortened(address)} is not one of a Ray dashboard: write it like http://head:8265."
        )
    if parts.username or parts.password:
        raise UserError(
            "The address of a Ray cluster must hold no password, because it is written down: put the token into a file "
            "and name that."
        )


def check_storage(url: str) -> None:
    """Checks the URL of a storage, as far as that needs no package.

    Raises:
        UserError: When it cannot be right.
    """
    if re.search(r"://.*:.*@|[?#]", url):  # the secret keys of S3 may hold slashes
        raise UserError(
            "The URL of a storage must hold no password or options, because it is written down: put them into fsspec's "
            "configuration, such as FSSPEC_S3_SECRET or ~/.config/fsspec."
        )
    if not re.fullmatch(r"\w[\w.+-]*://.*[^/\s].*", url) or not url.isprintable():
        raise UserError(
            f"The storage {shortened(url)} is no URL of a bucket or folder: write it like s3://bucket/runs."
        )


LOCAL = Where()


class JobState(enum.StrEnum):
    """How a job stands."""

    RUNNING = "running"
    STOPPING = "stopping"
    """It was asked to save and end."""
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether the job has ended."""
        return self not in (JobState.RUNNING, JobState.STOPPING)


class Job(Protocol):
    """A training that an engine runs. It continues when this program ends."""

    folder: JobFolder
    """Its record, and its log (:attr:`JobFolder.output`)."""
    state: JobState
    progress: str
    """The last line that it printed; empty before the first."""
    run_dir: Path | None
    """The folder of its run; None while there is none."""
    problem: str
    """Why it failed, in one sentence with what to do next; empty without a failure."""
    exit_status: int | None
    """Its exit status, as a shell would say; None while it runs, or where that is unknown."""

    def update(self) -> None:
        """Looks at the job and sets the attributes. Called once a frame; looks twice a second and never waits."""
        ...

    def stop(self) -> None:
        """Asks it to save and end, without waiting. Asking twice is harmless.

        Raises:
            UserError: When it cannot be asked: it has ended, runs on another machine, or its process is another now.
        """
        ...


class Engine(Protocol):
    """Runs trainings outside this program."""

    kind: WhereKind
    label: str
    """Its name for the user, such as ``Process of its own``."""
    note: str
    """What is different from a training in this simulator, in one or two sentences; shown before the start."""

    def check(self, config: RunConfig, where: Where) -> RunConfig:
        """Checks before the start that the engine can do what is asked; nothing has been started or written then.

        Returns:
            The configuration with what the engine fills in.

        Raises:
            UserError: When it cannot.
        """
        ...

    def start(self, config: RunConfig, where: Where) -> Job:
        """Starts a training that :meth:`check` has passed.

        Raises:
            UserError: When it cannot be started; nothing is left behind then.
        """
        ...

    def reopen(self, folder: JobFolder) -> Job:
        """Returns a job that this or another program has started, as it stands now."""
        ...


Engines = Mapping[WhereKind, Engine]
"""The engines that this program has."""


@dataclass(frozen=True)
class WhereOption:
    """A place that the user can choose.

    Args:
        kind: The place.
        label: Its name.
        note: What is different there.
    """

    kind: WhereKind
    label: str
    note: str


def options_of(engines: Engines) -> tuple[WhereOption, ...]:
    """Returns the places that can be chosen, this simulator first."""
    here = WhereOption(WhereKind.LOCAL, "This simulator", "")
    return (here, *(WhereOption(each.kind, each.label, each.note) for each in engines.values()))
