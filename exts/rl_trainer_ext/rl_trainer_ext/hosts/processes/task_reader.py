# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Reads the configurations of all tasks in a process beside this one, so that the frames of this one continue."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from ...isaac_lab import registration, task_config
from ...isaac_lab.details_cache import DetailsCache
from ...isaac_lab.tasks import Catalogue, TaskDetails
from .child import ChildProcess

PROGRAM = Path(__file__).with_name("task_reader_main.py")

POLL = 0.5
"""Seconds between two looks at what was read."""


class TaskReader:
    """What is known of all tasks: at once from the cache, and soon from a process that reads what is missing.

    It starts when the user first looks at the list, and waits while a run needs the processor.

    Args:
        folder: The cache's folder; None for the user's cache directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.serial = 0
        self.problem = ""
        """Why the rest cannot be read; empty while it can."""
        self._folder = folder
        self._cache: DetailsCache | None = None
        self._catalogue: Catalogue | None = None
        self._libraries: dict[str, str] = {}
        self._wanted = False
        self._missing: list[str] = []
        self._child: ChildProcess | None = None
        self._polled = 0.0

    @property
    def progress(self) -> str:
        """What is being read, in a few words; empty when nothing is."""
        if self._child is None:
            return self.problem
        total = len(self._libraries)
        return f"Reading what tasks need: {total - len(self._missing)} of {total}"

    def update(self, catalogue: Catalogue | None, wanted: bool, idle: bool) -> None:
        """Once a frame: starts, reads on, or waits; see :class:`ui.panel.task_cards.TaskCards`."""
        self._wanted = self._wanted or wanted
        if catalogue is None or not self._wanted:
            return
        if catalogue is not self._catalogue:
            self._catalogue = catalogue
            self._libraries = {task.name: task.usual_library for task in catalogue}
            self.problem = ""
            self._cache = None  # the files may have changed: lines hold that fit them now
            self._look()
        assert self._cache is not None
        if not self._cache.complete:
            self._look()
        elif not idle:
            self.close()
        elif self._child is None and self._missing and not self.problem:
            self._start()
        elif self._child is not None and time.monotonic() - self._polled > POLL:
            self._polled = time.monotonic()
            status = self._child.status
            self._look()
            if status is not None:
                self._ended(self._child, status)

    def get(self, name: str) -> TaskDetails | None:
        """Returns what is known of a task; None where nothing is."""
        return None if self._cache is None else self._cache.get(name, self._libraries.get(name, ""))

    def close(self) -> None:
        """Ends the process; what it has read is kept."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _look(self) -> None:
        cache = self._cache
        if cache is None:
            cache = self._cache = DetailsCache(task_config.devices()[0], self._folder)
            cache.compact()
        if cache.refresh():
            self.serial += 1
        self._missing = [name for name, library in self._libraries.items() if not cache.holds(name, library)]

    def _start(self) -> None:
        assert self._cache is not None
        asked = {
            "tasks": [[name, self._libraries[name]] for name in self._missing],
            "device": self._cache.device,
            "folder": str(self._cache.path.parent),
            "modules": [module.reference for module in registration.imported_modules()],
            "path": sys.path,
        }
        try:
            self._child = ChildProcess(str(PROGRAM), [], given=json.dumps(asked))
        except OSError as error:
            self.problem = f"What the tasks need cannot be read: {error.strerror}."
        self._polled = time.monotonic()

    def _ended(self, child: ChildProcess, status: int) -> None:
        words = child.last_words()
        self.close()
        if status != 0:
            self.problem = f"What the tasks need cannot be read: {words or f'exit status {status}'}"
        elif self._missing:
            # each was tried once: what cannot be described has no line
            self._missing = []
