# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a user interface tells the queue to do, and the queue as it sees it. No library is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .model import Entry, Place, Request


@dataclass(frozen=True)
class AddEntry:
    """Add an entry at the end."""

    request: Request


@dataclass(frozen=True)
class ChangeEntry:
    """Train something else for an entry; all of its runs wait again."""

    number: int
    request: Request


@dataclass(frozen=True)
class MoveEntry:
    """Move an entry by a number of places; negative ones bring it forward."""

    number: int
    by: int


@dataclass(frozen=True)
class RemoveEntries:
    """Remove entries that do not run."""

    numbers: tuple[int, ...]


@dataclass(frozen=True)
class UndoRemove:
    """Bring back what was removed last."""


@dataclass(frozen=True)
class SkipEntry:
    """Skip the runs of an entry that wait; stop the one that trains, and continue with the next entry."""

    number: int


@dataclass(frozen=True)
class RunAgain:
    """Have the runs of an entry wait again that ended without finishing.

    Args:
        number: The entry.
        resume: Whether they resume their training rather than start a new one.
    """

    number: int
    resume: bool = False


@dataclass(frozen=True)
class StartQueue:
    """Train the waiting runs, one after another; continue a run that :class:`PauseQueue` paused."""


@dataclass(frozen=True)
class PauseQueue:
    """Start no further run, and pause the one that trains in this process."""


@dataclass(frozen=True)
class StopQueue:
    """Stop and save the run that trains, and start no further one."""


@dataclass(frozen=True)
class StopAfterEntry:
    """Whether to start no further run when the entry that trains now is done."""

    wanted: bool


@dataclass(frozen=True)
class DismissMessage:
    """Forget the last message."""


QueueCommand = (
    AddEntry
    | ChangeEntry
    | MoveEntry
    | RemoveEntries
    | UndoRemove
    | SkipEntry
    | RunAgain
    | StartQueue
    | PauseQueue
    | StopQueue
    | StopAfterEntry
    | DismissMessage
)


@dataclass(frozen=True)
class QueueMessage:
    """One sentence about the last command, or about the queue's file."""

    text: str
    is_error: bool = False
    can_undo: bool = False


@dataclass(frozen=True)
class QueueView:
    """The queue at one moment."""

    entries: tuple[Entry, ...] = ()
    started: bool = False
    """Whether waiting runs are trained."""
    stop_after: bool = False
    """Whether no further run is started when the present entry is done."""
    current: Place | None = None
    """The run that trains."""
    progress: str = ""
    """What the present run does, in a few words; of a process of its own its last line."""
    waits_for: str = ""
    """Why the next run is not started yet, in one sentence; empty while nothing is in its way."""
    message: QueueMessage | None = None

    @property
    def waiting(self) -> int:
        """Number of runs that wait."""
        return sum(run.state == "waiting" for entry in self.entries for run in entry.runs)

    @property
    def current_entry(self) -> Entry | None:
        """The entry that trains."""
        number = None if self.current is None else self.current[0]
        return next((entry for entry in self.entries if entry.number == number), None)


class QueuePort(Protocol):
    """The queue as a user interface sees it."""

    def request(self, command: QueueCommand) -> None:
        """Enqueues a command; it is carried out in the host's next frame, never inside this call."""
        ...

    def view(self) -> QueueView:
        """Returns everything that can be shown; the same object as long as nothing has changed."""
        ...

    def command_line(self, entry: Entry) -> str:
        """Returns the command lines that train an entry, a line each, or a sentence that says why there is none."""
        ...
