# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The file that keeps a queue when the program ends: the only code that reads or writes it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...runs.config_files import config_from_mapping, mapping_from_config
from ...runs.process import Process
from ...system.atomic_files import atomic_write_text
from ...system.yaml_files import Where
from .model import Entry, ProcessKind, QueuedRun, Request, RunState

VERSION = 1
"""Version of the file's format."""

NAME = "queue.json"

_MOST_PROGRAMS = 99


class _OtherVersion(ValueError):
    """The file has another version."""


class QueueFile:
    """The queue of one program in the user's folder. Several programs at the same time have a file each.

    A program takes over the files of programs that have ended. On a machine that cannot tell whether another one's
    program still runs, as in another container, that one counts as ended.

    Args:
        folder: The folder of the user's settings.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._owner = Process.current()

    @property
    def path(self) -> Path:
        """The file of this program."""
        return self._path

    def open(self) -> tuple[list[Entry], str]:
        """Reads what earlier programs left, and reserves a file for this one.

        Returns:
            The entries, those that ran as interrupted, and one sentence about each file that could not be used; it is
            kept under another name.

        Raises:
            OSError: When the folder cannot be written.
        """
        entries: list[Entry] = []
        problems: list[str] = []
        free: list[Path] = []
        for path in self._candidates():
            try:
                owner, found = _read(path)
            except FileNotFoundError:
                free.append(path)
                continue
            except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                problems.append(_set_aside(path, error))
                free.append(path)
                continue
            if owner is not None and owner != self._owner and owner.is_alive():
                continue
            entries += found
            free.append(path)
        self._path = free[0]
        self.write(entries)
        for path in free[1:]:  # what they held is in the own file now
            path.unlink(missing_ok=True)
        return entries, " ".join(problems)

    def write(self, entries: Sequence[Entry], *, closing: bool = False) -> None:
        """Writes the entries.

        Args:
            entries: The entries.
            closing: Whether the program ends, so that another one may take the file over.

        Raises:
            OSError: When it cannot be written.
        """
        values = {
            "version": VERSION,
            "program": None if closing else dataclasses.asdict(self._owner),
            "entries": [_to_json(entry) for entry in entries],
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        atomic_write_text(self._path, json.dumps(values, indent=1, ensure_ascii=False) + "\n")

    def _candidates(self) -> list[Path]:
        """The own file, files of other programs, and the first name that is free."""
        names = [NAME, *(f"queue-{number}.json" for number in range(2, _MOST_PROGRAMS))]
        paths = [self._folder / name for name in names]
        there = [path for path in paths if path.is_file()]
        return [*there, next(path for path in paths if path not in there)]


def _read(path: Path) -> tuple[Process | None, list[Entry]]:
    """Reads a file.

    Raises:
        OSError: When it cannot be read.
        ValueError: When it is damaged or has another version; likewise KeyError, TypeError, AttributeError and
            OverflowError.
    """
    values = json.loads(path.read_text(encoding="utf-8"))
    if values["version"] != VERSION:
        raise _OtherVersion(str(values["version"]))
    program = values["program"]
    owner = None if program is None else Process(**program)
    return owner, [_from_json(each, number, Where(path)) for number, each in enumerate(values["entries"], start=1)]


def _set_aside(path: Path, error: Exception) -> str:
    """Renames a file that cannot be used; returns one sentence about it."""
    kept = next(
        aside
        for number in range(1, 10_000)
        if not (aside := path.with_name(f"{path.stem}.unread-{number}.json")).exists()
    )
    path.rename(kept)
    if isinstance(error, _OtherVersion):
        why = f"is of another version of RL Trainer ({error}, not {VERSION})"
    elif isinstance(error, UserError):
        why = f"cannot be used ({str(error).rstrip('.')})"
    else:
        why = "is damaged"
    return f"The file of the queue {why}: it is kept as {kept}, and the queue starts without its entries."


def _to_json(entry: Entry) -> dict[str, Any]:
    request = entry.request
    return {
        "config": mapping_from_config(request.config),
        "seeds": list(request.seeds),
        "process": request.process.value,
        "runs": [dataclasses.asdict(run) | {"state": run.state.value} for run in entry.runs],
    }


def _from_json(values: dict[str, Any], number: int, where: Where) -> Entry:
    config = config_from_mapping(values["config"], where)
    request = Request(config, tuple(map(int, values["seeds"])), ProcessKind(values["process"]))
    request.validate()
    runs = tuple(_run_from_json(run) for run in values["runs"])
    if tuple(run.seed for run in runs) != tuple(run.seed for run in request.runs()):
        raise ValueError("the runs are not those of the seeds")
    return Entry(number, request, runs)


def _run_from_json(values: dict[str, Any]) -> QueuedRun:
    known = {field.name for field in dataclasses.fields(QueuedRun)}
    state = RunState(values["state"])
    if state is RunState.RUNNING:
        state = RunState.INTERRUPTED
    return QueuedRun(**{name: value for name, value in values.items() if name in known} | {"state": state})
