# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Looks for edited task code between frames, and imports it again when the user asks."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ..errors import UserError, shortened
from ..isaac_lab import task_sources
from .failures import details
from .snapshot import EditedCode, Failure

PERIOD = 0.5
"""Seconds between two looks at the files."""

LIBRARIES_PERIOD = 5.0
"""Seconds between two looks at Isaac Lab's files, of which there are thousands; none during a run."""

SHARE = 0.002
"""Largest share of the time that the looks take, as on a slow file system."""


class CodeWatch:
    """What of the tasks' code was edited since it was imported."""

    def __init__(self) -> None:
        self.edited = EditedCode()
        self.reloaded = ""
        """A sentence about what was last imported again, until the next run."""
        self._next = self._next_libraries = 0.0
        self._seen: tuple[object, ...] = ()
        self._libraries: tuple[str, ...] = ()

    def look(self, idle: bool) -> bool:
        """Once a frame: looks at the files, if it is time to.

        Args:
            idle: Whether nothing runs.

        Returns:
            Whether the tasks are to be listed and described anew: their configurations read otherwise now.
        """
        now = time.perf_counter()
        if now < self._next:
            return False
        again = idle and (task_sources.looks_imported_again() or task_sources.data_changed())
        if again:
            task_sources.note_sources()
        if idle and now >= self._next_libraries:
            self._libraries = task_sources.edited_libraries()
            self._next_libraries = now + max(LIBRARIES_PERIOD, (time.perf_counter() - now) / SHARE)
        self._describe()
        end = time.perf_counter()
        self._next = end + max(PERIOD, (end - now) / SHARE)
        return again

    def reload(self) -> Failure | None:
        """Imports the edited code again; returns why that is not possible. Then the old code is as before."""
        begin = time.perf_counter()
        try:
            done = task_sources.reload_tasks()
        except UserError as error:
            cause = error.__cause__
            if cause is None or isinstance(cause, UserError | SyntaxError):
                return Failure(str(error))
            return Failure(str(error), details(cause))
        finally:
            self._next = 0.0
        said = (
            f"Reloaded {' and '.join(done.packages)} in {time.perf_counter() - begin:.1f} s." if done.packages else ""
        )
        new = f"New: {shortened(', '.join(done.new))}." if done.new else ""
        gone = f"Gone: {shortened(', '.join(done.gone))}." if done.gone else ""
        self.reloaded = " ".join(filter(None, (said, new, gone))) or "No code has been edited since its import."
        return None

    def _describe(self) -> None:
        changes = task_sources.edited_sources()
        if (changes, self._libraries) == self._seen:
            return
        self._seen = changes, self._libraries
        self.edited = EditedCode(
            task_sources.change_words(changes),
            tuple(Path(each.file) for each in changes),
            task_sources.tasks_of(changes),
            _restart_words(self._libraries),
        )


def _restart_words(files: tuple[str, ...]) -> str:
    if not files:
        return ""
    names = [os.sep.join(Path(file).parts[-2:]) for file in files[:3]]
    names += [f"{len(files) - 3} more"] if len(files) > 3 else []
    return f"{', '.join(names)} changed: restart this program to use the new code. Libraries are not reloaded."
