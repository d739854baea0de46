# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What was read of tasks' configurations, kept in the user's cache directory: one JSON object a line.

Several processes may append to the file. A line holds until one of the files that it was read from, or the registration
of its task, changes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from ..learners.formats import trainable
from ..system.installation import isaac_sim_is_installed
from .assets import ENVIRONMENT_VARIABLE
from .task_card import TaskCard
from .tasks import PresetGroup, TaskDetails

PROBLEMS_HOLD = 3600.0
"""Seconds after which a task that could not run is read again: a server may answer, a file may be there."""

AT_ONCE = 30
"""Lines that are read between two frames: about ten milliseconds."""

_VERSION = 1


class DetailsCache:
    """The lines of one installation, for one device and asset root.

    Args:
        device: The device that the tasks were described for.
        folder: Where the file is; None for the user's cache directory.
    """

    def __init__(self, device: str, folder: Path | None = None) -> None:
        environment = (
            _VERSION,
            sys.prefix,
            importlib.metadata.version("isaaclab"),
            device,
            os.environ.get(ENVIRONMENT_VARIABLE, ""),
            isaac_sim_is_installed(),
            *trainable(),
        )
        name = hashlib.sha256(repr(environment).encode()).hexdigest()[:32]
        self.device = device
        self.path = (folder or default_folder()) / f"{name}.jsonl"
        self._offset = 0
        self._lines: list[bytes] = []
        self._stamps: dict[str, list[int] | None] = {}
        self._known: dict[tuple[str, str], tuple[float, TaskDetails]] = {}

    def refresh(self, most: int = AT_ONCE) -> bool:
        """Reads lines that were appended; returns whether any of them hold.

        Args:
            most: Lines to read now; :attr:`complete` says whether there are more.
        """
        if not self._lines:
            self._lines = self._appended()
            self._stamps.clear()
        lines, self._lines = self._lines[:most], self._lines[most:]
        found = dict(self._read(lines))
        self._known |= found
        return bool(found)

    @property
    def complete(self) -> bool:
        """Whether all lines that the last :meth:`refresh` found have been read."""
        return not self._lines

    def _appended(self) -> list[bytes]:
        try:
            with self.path.open("rb") as file:
                file.seek(self._offset)
                # the last line may not be complete yet
                text, end, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._offset += len(text) + len(end)
        return text.splitlines()

    def _read(self, lines: list[bytes]) -> Iterator[tuple[tuple[str, str], tuple[float, TaskDetails]]]:
        for line in lines:
            with contextlib.suppress(ValueError, KeyError, TypeError):  # not written by this version
                record = json.loads(line)
                details = _details(record["details"], tuple(record["stamps"]))
                if record["registered"] == _registered(details.task) and self._hold(record["stamps"]):
                    yield (details.task, details.library), (record["time"], details)

    def _hold(self, stamps: dict[str, list[int]]) -> bool:
        for file in stamps:
            if file not in self._stamps:
                self._stamps[file] = _stamp(file)
        return all(self._stamps[file] == stamp for file, stamp in stamps.items())

    def get(self, task: str, library: str) -> TaskDetails | None:
        """Returns what is known of a task with a library; None where nothing is."""
        known = self._known.get((task, library))
        return None if known is None else known[1]

    def holds(self, task: str, library: str) -> bool:
        """Returns whether a task need not be read again."""
        written, details = self._known.get((task, library), (0.0, None))
        return details is not None and (not details.problem or time.time() - written < PROBLEMS_HOLD)

    def write(self, details: TaskDetails) -> None:
        """Keeps what was read of a task with its usual agent. A cache that cannot be written is no loss."""
        sources = () if details.card is None else details.card.sources
        record = {
            "details": _without_sources(details),
            "stamps": {file: stamp for file in sources if (stamp := _stamp(file)) is not None},
            "registered": _registered(details.task),
            "time": time.time(),
        }
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # one call: lines of several processes do not mix
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(file, json.dumps(record).encode() + b"\n")
            finally:
                os.close(file)

    def compact(self, most: int = 2**22) -> None:
        """Empties a file that has grown beyond a size [bytes]: most of its lines no longer hold."""
        with contextlib.suppress(OSError):
            if self.path.stat().st_size > most:
                self.path.unlink()
                self._offset = 0


def default_folder() -> Path:
    """Returns the folder in the user's cache directory."""
    return Path(platformdirs.user_cache_dir("rl_trainer")) / "tasks"


def _stamp(file: str) -> list[int] | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _registered(task: str) -> dict[str, str]:
    """The entry points of a task's configurations as it is registered now; empty when it is not."""
    import gymnasium

    spec = gymnasium.registry.get(task)
    found = {} if spec is None else spec.kwargs
    # the text of an object may hold its address
    return {
        key: value if isinstance(value, str) else f"{type(value).__module__}:{type(value).__qualname__}"
        for key, value in found.items()
        if key.endswith("_entry_point")
    }


def _without_sources(details: TaskDetails) -> dict[str, Any]:
    # the settings, thousands of a task, are read when the user opens them
    values = dataclasses.asdict(dataclasses.replace(details, settings=None))
    del values["settings"]
    if values["card"] is not None:
        del values["card"]["sources"]
    return values


def _details(values: dict[str, Any], sources: tuple[str, ...]) -> TaskDetails:
    """The inverse of :func:`_without_sources`."""
    values = {key: _tuples(value) for key, value in values.items()}
    card = values["card"]
    values["card"] = (
        None if card is None else TaskCard(sources=sources, **{key: _tuples(value) for key, value in card.items()})
    )
    values["presets"] = tuple(
        PresetGroup(**{key: _tuples(value) for key, value in group.items()}) for group in values["presets"]
    )
    return TaskDetails(**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value
