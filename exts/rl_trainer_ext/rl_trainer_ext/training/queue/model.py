# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A queue of trainings: its entries, what a user can do with them, and which run is next. Pure; it starts nothing."""

from __future__ import annotations

import dataclasses
import enum
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import UserError
from ...run_config import RunConfig


class ProcessKind(enum.StrEnum):
    """The process in which a run of the queue trains."""

    THIS = "this"
    """This process, where the viewport shows it."""
    OWN = "own"
    """A process of its own: ``rl-trainer train --headless``."""
    ISAACLAB = "isaaclab"
    """A process of its own: ``isaaclab train``."""


class RunState(enum.StrEnum):
    """How a run of the queue, or an entry, stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    """The user stopped it."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """The user skipped it before it began."""
    INTERRUPTED = "interrupted"
    """The program ended while it ran."""


AGAIN = (RunState.FAILED, RunState.STOPPED, RunState.INTERRUPTED, RunState.SKIPPED)
"""The states of runs that can be run again."""


@dataclass(frozen=True)
class QueuedRun:
    """One run of an entry.

    Args:
        seed: Its seed; None for the seed of the entry's configuration.
        state: How it stands.
        run_dir: Its folder; empty before there is one.
        resume: Whether it resumes the training in :attr:`run_dir` when its turn comes.
        problem: Why it failed, in one sentence.
        iterations: Finished iterations.
        steps: Environment steps over all parallel environments.
        seconds: Training time [s].
        mean_reward: The last mean episode return.
        checkpoint: The final model.
        note: What the user has to know of the code that it trained, in one sentence; empty for nothing.
    """

    seed: int | None = None
    state: RunState = RunState.WAITING
    run_dir: str = ""
    resume: bool = False
    problem: str = ""
    iterations: int | None = None
    steps: int | None = None
    seconds: float | None = None
    mean_reward: float | None = None
    checkpoint: str = ""
    note: str = ""


@dataclass(frozen=True)
class Request:
    """What is put into the queue as one entry.

    Args:
        config: The configuration; with :attr:`seeds`, its own seed is not used.
        seeds: The seeds of its runs, one after another; empty for one run.
        process: Where its runs train.
    """

    config: RunConfig
    seeds: tuple[int, ...] = ()
    process: ProcessKind = ProcessKind.THIS

    def validate(self) -> None:
        """Checks everything that can be checked without Isaac Lab.

        Raises:
            UserError: With one sentence, for the first value that cannot be right.
        """
        for seed in self.seeds or (self.config.seed,):
            self.config.replace(seed=seed).validate()
        if len(set(self.seeds)) < len(self.seeds):
            twice = next(seed for seed in self.seeds if self.seeds.count(seed) > 1)
            raise UserError(f"The seed {twice} is given twice: its runs would be equal, so leave one out.")
        if -1 in self.seeds and len(self.seeds) > 1:
            raise UserError("-1 draws a seed, which cannot be one of several: give the seeds as numbers from 0.")

    def anchored(self) -> Request:
        """Returns it with absolute paths: a later program may have another current folder."""
        config = self.config.replace(log_root=str(self.config.log_root_path))
        checkpoint = Path(config.checkpoint or "").expanduser()
        if config.checkpoint and checkpoint.is_file():
            config = config.replace(checkpoint=str(checkpoint.absolute()))
        return dataclasses.replace(self, config=config)

    def runs(self) -> tuple[QueuedRun, ...]:
        """Returns the runs that wait for it."""
        return tuple(QueuedRun(seed) for seed in self.seeds) or (QueuedRun(self.config.seed),)


_WORST_FIRST = (
    *(RunState.RUNNING, RunState.WAITING, RunState.INTERRUPTED, RunState.FAILED, RunState.STOPPED),
    *(RunState.SKIPPED, RunState.FINISHED),
)


@dataclass(frozen=True)
class Entry:
    """One entry of the queue: a configuration, trained once for each of its seeds."""

    number: int
    """Identifies it; never used again for another one."""
    request: Request
    runs: tuple[QueuedRun, ...]

    @cached_property
    def state(self) -> RunState:
        """How it stands: running, waiting, or the worst end of its runs."""
        states = {run.state for run in self.runs}
        return next(state for state in _WORST_FIRST if state in states)

    @property
    def running(self) -> bool:
        """Whether one of its runs trains now."""
        return self.state is RunState.RUNNING

    @property
    def problem(self) -> str:
        """Why its runs failed: the sentence of the first; empty if none did."""
        return next((run.problem for run in self.runs if run.problem), "")

    @property
    def note(self) -> str:
        """What the user has to know of the code that its runs trained: the sentence of the first; or empty."""
        return next((run.note for run in self.runs if run.note), "")

    @property
    def rewards(self) -> list[float]:
        """The last mean returns of its finished runs."""
        finished = (run for run in self.runs if run.state is RunState.FINISHED)
        return [run.mean_reward for run in finished if run.mean_reward is not None]

    @property
    def mean_and_deviation(self) -> tuple[float, float] | None:
        """Mean and standard deviation of :attr:`rewards`; None without a reward."""
        rewards = self.rewards
        return (statistics.fmean(rewards), statistics.pstdev(rewards)) if rewards else None

    def config_of(self, index: int) -> RunConfig:
        """Returns the configuration of one of its runs."""
        return self.request.config.replace(seed=self.runs[index].seed)

    def with_run(self, index: int, **changes: Any) -> Entry:
        """Returns it with one of its runs changed."""
        runs = list(self.runs)
        runs[index] = dataclasses.replace(runs[index], **changes)
        return dataclasses.replace(self, runs=tuple(runs))


Place = tuple[int, int]
"""A run of the queue: the number of its entry, and its index among the entry's runs."""


class Queue:
    """The entries, in the order in which they are trained.

    Args:
        entries: The entries that it begins with.
    """

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.version = 0
        """Increased by each change of the entries."""
        self._next_number = max((entry.number for entry in entries), default=0) + 1
        self._removed: list[list[tuple[int, Entry]]] = []

    def get(self, number: int) -> Entry | None:
        """Returns an entry; None if it is gone."""
        return next((entry for entry in self.entries if entry.number == number), None)

    def add(self, request: Request) -> Entry:
        """Adds an entry at the end."""
        entry = Entry(self._next_number, request, request.runs())
        self._next_number += 1
        self._set((*self.entries, entry))
        return entry

    def extend(self, entries: Sequence[Entry]) -> None:
        """Adds entries of another queue at the end, with numbers of their own."""
        for entry in entries:
            self._set((*self.entries, dataclasses.replace(entry, number=self._next_number)))
            self._next_number += 1

    def replace(self, number: int, request: Request) -> None:
        """Changes what an entry trains; all of its runs wait again.

        Raises:
            UserError: When it is gone, or runs.
        """
        entry = self._known(number)
        self._require_idle(entry, "change")
        self._put(dataclasses.replace(entry, request=request, runs=request.runs()))

    def move(self, number: int, by: int) -> None:
        """Moves an entry by a number of places, as far as there are places."""
        entries = list(self.entries)
        entry = self._known(number)
        place = entries.index(entry)
        entries.remove(entry)
        entries.insert(max(0, min(place + by, len(entries))), entry)
        self._set(tuple(entries))

    def remove(self, numbers: Sequence[int]) -> list[Entry]:
        """Removes entries; :meth:`undo` brings them back.

        Raises:
            UserError: When one of them runs.
        """
        for entry in self.entries:
            if entry.number in numbers:
                self._require_idle(entry, "remove")
        taken = [(place, entry) for place, entry in enumerate(self.entries) if entry.number in numbers]
        if taken:
            self._removed.append(taken)
            self._set(tuple(entry for entry in self.entries if entry.number not in numbers))
        return [entry for _, entry in taken]

    @property
    def can_undo(self) -> bool:
        """Whether there are removed entries to bring back."""
        return bool(self._removed)

    def undo(self) -> list[Entry]:
        """Brings the entries back that were removed last, to their places."""
        taken = self._removed.pop() if self._removed else []
        entries = list(self.entries)
        for place, entry in taken:
            entries.insert(place, entry)
        if taken:
            self._set(tuple(entries))
        return [entry for _, entry in taken]

    def skip(self, number: int) -> None:
        """Skips the runs of an entry that have not begun."""
        entry = self._known(number)
        self._set_runs(entry, (RunState.WAITING,), state=RunState.SKIPPED)

    def run_again(self, number: int, *, resume: bool = False) -> None:
        """Has the runs of an entry wait again that ended without finishing.

        Args:
            number: The entry.
            resume: Whether those that have a folder resume their training, rather than start a new one.
        """
        entry = self._known(number)
        runs = []
        for run in entry.runs:
            if run.state in AGAIN:
                kept = run.run_dir if resume else ""
                run = QueuedRun(run.seed, run_dir=kept, resume=bool(kept))
            runs.append(run)
        self._put(dataclasses.replace(entry, runs=tuple(runs)))

    def next_place(self) -> Place | None:
        """Returns the run that is next; None when none waits."""
        for entry in self.entries:
            for index, run in enumerate(entry.runs):
                if run.state is RunState.WAITING:
                    return entry.number, index
        return None

    def change(self, place: Place, **changes: Any) -> None:
        """Changes values of a run; does nothing where they are as asked, or the entry is gone."""
        entry = self.get(place[0])
        if entry is not None and entry.with_run(place[1], **changes) != entry:
            self._put(entry.with_run(place[1], **changes))

    def interrupt(self) -> None:
        """Notes that the program ended while runs trained."""
        for entry in self.entries:
            self._set_runs(entry, (RunState.RUNNING,), state=RunState.INTERRUPTED)

    def _set_runs(self, entry: Entry, of: tuple[RunState, ...], **changes: Any) -> None:
        runs = tuple(dataclasses.replace(run, **changes) if run.state in of else run for run in entry.runs)
        if runs != entry.runs:
            self._put(dataclasses.replace(entry, runs=runs))

    def _known(self, number: int) -> Entry:
        entry = self.get(number)
        if entry is None:
            raise UserError(f"Entry {number} is no longer in the queue: add it again.")
        return entry

    def _require_idle(self, entry: Entry, what: str) -> None:
        if entry.running:
            raise UserError(f"Entry {entry.number} is running: skip it first, then {what} it.")

    def _put(self, entry: Entry) -> None:
        self._set(tuple(entry if one.number == entry.number else one for one in self.entries))

    def _set(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self.version += 1
