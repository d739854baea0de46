# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains the runs of a queue one after another, in this process or in processes of their own.

It stands between the trainer and the user interface: commands in, a view out, one call of :meth:`QueueRunner.update` a
frame. A run that the user starts in the panel goes first: the queue starts its next run when the trainer is idle.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ... import wording
from ...errors import UserError
from ...run_config import RunConfig
from ...runs.remaining import remaining
from ..commands import Pause, Reload, Stop, Train, TrainerPort, Unpause
from ..snapshot import Snapshot, State
from .commands import (
    AddEntry,
    ChangeEntry,
    DismissMessage,
    MoveEntry,
    PauseQueue,
    QueueCommand,
    QueueMessage,
    QueueView,
    RemoveEntries,
    RunAgain,
    SkipEntry,
    StartQueue,
    StopAfterEntry,
    StopQueue,
    UndoRemove,
)
from .file import QueueFile
from .model import Entry, Place, ProcessKind, Queue, RunState
from .ports import ChildRun, Launcher, result_of

_OVER = (RunState.FINISHED, RunState.STOPPED, RunState.FAILED)


class QueueRunner:
    """Owns the queue of a program.

    Args:
        trainer: Trains the runs in this process; the queue is not its only user.
        launcher: Starts the others; None refuses them.
        file: Keeps the queue when the program ends; None keeps nothing.
        reloads: Whether the user wants edited code to be imported again before a run, without being asked.
    """

    def __init__(
        self,
        trainer: TrainerPort,
        launcher: Launcher | None = None,
        file: QueueFile | None = None,
        reloads: Callable[[], bool] = lambda: False,
    ) -> None:
        self.queue = Queue()
        self._trainer, self._launcher, self._file = trainer, launcher, file
        self._reloads = reloads
        self._commands: deque[QueueCommand] = deque()
        self._started = self._stop_after = False
        self._current: Place | None = None
        self._command: Train | None = None
        self._withdrawn: tuple[Place, Train] | None = None
        self._child: ChildRun | None = None
        self._skipping = self._stop_sent = self._pausing = False
        self._progress = self._waits_for = ""
        self._message: QueueMessage | None = None
        self._saved_version = 0
        self._view = QueueView()
        if file is not None:
            self._open(file)
        self._renew_view()

    def request(self, command: QueueCommand) -> None:
        """Enqueues a command for the next :meth:`update`."""
        self._commands.append(command)

    def view(self) -> QueueView:
        """Returns everything that can be shown; the same object as long as nothing has changed."""
        return self._view

    def update(self, snapshot: Snapshot) -> None:
        """Carries out the commands, follows the present run, starts the next one. Called once a frame.

        Args:
            snapshot: The trainer, after its slice of this frame.
        """
        while self._commands:
            command = self._commands.popleft()
            try:
                self._obey(command)
            except UserError as error:
                self._say(str(error), is_error=True)
        self._take_back(snapshot)
        if self._current is not None:
            self._follow(self._current, snapshot)
        self._waits_for = ""
        if self._started and self._current is None:
            self._start_next(snapshot)
        if self.queue.version != self._saved_version:
            self._save()
        self._renew_view()

    def command_line(self, entry: Entry) -> str:
        """Returns the command lines that train an entry, a line each, or a sentence that says why there is none."""
        configs = [entry.config_of(index) for index in range(len(entry.runs))]
        try:
            return "\n".join(self._text(config, entry.request.process) for config in configs)
        except UserError as error:
            return str(error)

    def _text(self, config: RunConfig, kind: ProcessKind) -> str:
        return config.train_command() if self._launcher is None else self._launcher.text(config, kind)

    def close(self) -> None:
        """Ends the process of the present run, and keeps the queue. The caller closes the trainer afterwards."""
        if self._child is not None:
            self._child.close()
            self._child = None
        self._current = self._command = None
        self._started = False
        self.queue.interrupt()
        if self._file is not None:
            self._save(closing=True)

    def _open(self, file: QueueFile) -> None:
        try:
            entries, problem = file.open()
        except OSError as error:
            self._cannot_keep(file, error)
            return
        self.queue.extend(entries)
        self._saved_version = self.queue.version
        if problem:
            self._say(problem, is_error=True)

    def _save(self, closing: bool = False) -> None:
        self._saved_version = self.queue.version
        if self._file is None:
            return
        try:
            self._file.write(self.queue.entries, closing=closing)
        except OSError as error:
            self._cannot_keep(self._file, error)

    def _cannot_keep(self, file: QueueFile, error: OSError) -> None:
        self._say(
            f"The queue is lost when this program ends, because {file.path} cannot be written ({error.strerror}): make "
            "room there, or allow writing.",
            is_error=True,
        )

    def _obey(self, command: QueueCommand) -> None:
        queue = self.queue
        match command:
            case AddEntry(request):
                request.validate()
                queue.add(request.anchored())
                self._say(f"Added {_what(len(queue.entries[-1].runs))} of {request.config.task} to the queue.")
            case ChangeEntry(number, request):
                request.validate()
                queue.replace(number, request.anchored())
                self._say(f"Changed entry {number}.")
            case MoveEntry(number, by):
                queue.move(number, by)
            case RemoveEntries(numbers):
                removed = queue.remove(numbers)
                if removed:
                    self._say(f"Removed {_entries(removed)} from the queue.", can_undo=True)
            case UndoRemove():
                back = queue.undo()
                if back:
                    self._say(f"Undone: {_entries(back)} is back." if len(back) == 1 else "Undone: they are back.")
            case SkipEntry(number):
                queue.skip(number)
                self._skipping = self._skipping or (self._current is not None and self._current[0] == number)
            case RunAgain(number, resume):
                queue.run_again(number, resume=resume)
            case StartQueue():
                self._start()
            case PauseQueue():
                self._started, self._pausing = False, self._current is not None and self._child is None
            case StopQueue():
                self._started, self._skipping = False, self._current is not None
            case StopAfterEntry(wanted):
                self._stop_after = wanted
            case DismissMessage():
                self._message = None

    def _start(self) -> None:
        if self._current is None and self.queue.next_place() is None:
            raise UserError("Nothing waits in the queue: add a training to it, or run an entry again.")
        self._started, self._pausing, self._message = True, False, None
        if self._command is not None and self._trainer.snapshot().state is State.PAUSED:
            self._trainer.request(Unpause())

    def _start_next(self, snapshot: Snapshot) -> None:
        place = self.queue.next_place()
        if place is None:
            self._end_of_queue()
            return
        if not snapshot.can_start:  # a preview gives way, as it does when the user clicks Train
            loading = snapshot.state is State.LOADING
            self._waits_for = "" if loading else "The next run starts when the one in the panel has ended."
            return
        entry = self.queue.get(place[0])
        assert entry is not None
        try:
            config = self._config(entry, place[1])
            if config is None:
                self.queue.change(place, state=RunState.FINISHED, resume=False)
                return
            config.validate()
            first = all(run.state is RunState.WAITING for run in entry.runs)
            self._begin(place, entry.request.process, config, first and snapshot.edited.concerns(config.task))
        except UserError as error:
            self._end(place, state=RunState.FAILED, problem=str(error))

    def _config(self, entry: Entry, index: int) -> RunConfig | None:
        """Returns the configuration of a run; None where nothing is left of the training that it resumes."""
        config, run = entry.config_of(index), entry.runs[index]
        if not run.resume or not run.run_dir:
            return config
        left = remaining(Path(run.run_dir))
        if left is None:
            return config  # it had saved nothing: a new training
        if left.iterations == 0:
            return None
        iterations = config.max_iterations if left.iterations is None else left.iterations
        return config.replace(checkpoint=str(left.checkpoint), max_iterations=iterations, fine_tune=False)

    def _begin(self, place: Place, kind: ProcessKind, config: RunConfig, edited: bool) -> None:
        self._skipping = self._stop_sent = self._pausing = False
        if kind is ProcessKind.THIS:
            self._command = Train(config)
            # not between seeds, which are compared
            self._trainer.request(Reload(self._command) if edited and self._reloads() else self._command)
        elif self._launcher is None:
            raise UserError("This program starts no processes: train the entry in this process.")
        else:
            self._child = self._launcher.start(config, kind)
        self._current, self._progress = place, "Starting…"
        self.queue.change(place, state=RunState.RUNNING, problem="", note="", run_dir="", resume=False)

    def _follow(self, place: Place, snapshot: Snapshot) -> None:
        if self._child is not None:
            self._follow_child(place, self._child)
        elif snapshot.asked is self._command:
            self._follow_trainer(place, snapshot)
        elif snapshot.state is not State.IDLE or self._skipping or not self._started:
            # the user has started another run at the same moment, or the host asks about this one and the user
            # does not want it any more
            assert self._command is not None
            self._withdrawn = place, self._command
            self._current = self._command = None
            self.queue.change(place, state=RunState.SKIPPED if self._skipping else RunState.WAITING)

    def _take_back(self, snapshot: Snapshot) -> None:
        """Follows a run that was withdrawn, if the trainer begins it after all."""
        if self._withdrawn is None or snapshot.state is State.IDLE or self._current is not None:
            return
        place, command = self._withdrawn
        if snapshot.asked is command:
            self._current, self._command, self._withdrawn = place, command, None
            self.queue.change(place, state=RunState.RUNNING)

    def _follow_child(self, place: Place, child: ChildRun) -> None:
        child.update()
        self._progress = child.progress
        self.queue.change(place, run_dir=child.run_dir)
        if child.result is not None:
            self._child = None
            self._end(place, **child.result)
        elif self._skipping:
            self._stop_once(child.stop)

    def _follow_trainer(self, place: Place, snapshot: Snapshot) -> None:
        if snapshot.state is State.IDLE or snapshot.refused:
            self._command = None
            self._end(place, **result_of(snapshot))
            return
        self._note_old_code(place, "" if snapshot.run is None or snapshot.previewing else snapshot.run.old_code)
        self.queue.change(place, run_dir="" if snapshot.run_dir is None else str(snapshot.run_dir))
        self._progress = _progress(snapshot)
        if self._skipping:
            self._stop_once(lambda: self._trainer.request(Stop()))
        elif self._pausing and snapshot.state is State.TRAINING:
            self._pausing = False
            self._trainer.request(Pause())

    def _note_old_code(self, place: Place, sentence: str) -> None:
        entry = self.queue.get(place[0])
        if sentence and entry is not None and entry.runs[place[1]].note != sentence:
            self.queue.change(place, note=sentence)
            self._say(f"Entry {entry.number}: {sentence}")

    def _stop_once(self, stop: Callable[[], None]) -> None:
        if not self._stop_sent:
            self._stop_sent = True
            stop()

    def _end(self, place: Place, **values: Any) -> None:
        self._current, self._progress = None, ""
        self.queue.change(place, **values)
        entry = self.queue.get(place[0])
        if values["state"] is RunState.STOPPED and not self._skipping:
            self._started = False
            self._say("The run was stopped, and the queue with it: Start continues with the next run.")
        elif self._stop_after and (entry is None or entry.state is not RunState.WAITING):
            self._started = self._stop_after = False
            self._say("The queue has stopped after its entry, as asked: Start continues with the next one.")
        self._skipping = False

    def _end_of_queue(self) -> None:
        self._started = self._stop_after = False
        runs = [run for entry in self.queue.entries for run in entry.runs]
        failed = sum(run.state is RunState.FAILED for run in runs)
        over = sum(run.state in _OVER for run in runs)
        self._say(f"The queue is done: {over - failed} of {_what(len(runs))} ended, {failed} failed.", failed > 0)

    def _say(self, text: str, is_error: bool = False, can_undo: bool = False) -> None:
        self._message = QueueMessage(text, is_error, can_undo)

    def _renew_view(self) -> None:
        view = QueueView(
            self.queue.entries,
            self._started,
            self._stop_after,
            self._current,
            self._progress,
            self._waits_for,
            self._message,
        )
        old = self._view
        same = view.entries is old.entries and view.message is old.message
        if not same or _rest(view) != _rest(old):
            self._view = view


def _rest(view: QueueView) -> tuple[object, ...]:
    return view.started, view.stop_after, view.current, view.progress, view.waits_for


def _progress(snapshot: Snapshot) -> str:
    counts = snapshot.counts
    if snapshot.state is State.TRAINING and counts.total_iterations:
        left = "" if counts.eta is None else f", {wording.duration(counts.eta)} left"
        return f"iteration {wording.whole(counts.iteration)} of {wording.whole(counts.total_iterations)}{left}"
    return snapshot.held or snapshot.activity or snapshot.state.value.capitalize()


def _what(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _entries(entries: Sequence[Entry]) -> str:
    return f"entry {entries[0].number}" if len(entries) == 1 else f"{len(entries)} entries"
