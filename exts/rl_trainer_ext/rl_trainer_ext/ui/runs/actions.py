# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Plays, resumes, follows, renames, tags, archives and deletes runs for the run browser, and undoes changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ... import runs
from ...errors import UserError
from ...runs import Checkpoint, Run, as_text
from ...runs.kept_steps import newest
from ...training.commands import Follow, SwapCheckpoint, TrainerPort
from ...training.snapshot import Snapshot, State
from .services import PanelPort

_BUSY = (State.LAUNCHING, State.TRAINING, State.PAUSED, State.PLAYING, State.STOPPING)


@dataclass(frozen=True)
class Message:
    """The content of the bar at the lower edge of the browser."""

    text: str
    is_error: bool = False
    can_undo: bool = False


class RunActions:
    """Runs the actions of the user; each method sets :attr:`message` to its outcome.

    Args:
        trainer: The trainer that plays.
        panel: The panel. Its fields and buttons play and resume runs, so that they show the current run.
        reread: Called with the folder of a run that was changed.
    """

    def __init__(self, trainer: TrainerPort, panel: PanelPort, reread: Callable[[Path], object]) -> None:
        self._trainer, self._panel, self._reread = trainer, panel, reread
        self._undo: list[tuple[str, Sequence[Callable[[], object]]]] = []
        self._to_follow: Path | None = None
        self.message: Message | None = None
        """The outcome of the last action; the message bar clears it."""

    def update(self, snapshot: Snapshot) -> None:
        """Follows a run as soon as one of its checkpoints plays. Called once a frame."""
        if self._to_follow is None:
            return
        if snapshot.playing and not snapshot.previewing and snapshot.state is State.PLAYING:
            self._trainer.request(Follow(self._to_follow))
            self._to_follow = None
        elif snapshot.failure is not None:
            self._to_follow = None

    def play(self, run: Run, checkpoint: Checkpoint) -> bool:
        """Plays a checkpoint, in the present environment if one is playing.

        Returns:
            Whether it was accepted.
        """
        if not self.can_be_used(checkpoint):
            return False
        snapshot = self._trainer.snapshot()
        config = snapshot.config
        plays = snapshot.playing and snapshot.state in (State.PLAYING, State.PAUSED)
        if plays and not snapshot.previewing and config is not None:
            if config.library == run.library and (not run.task or _same_task(config.task, run.task)):
                self._panel.set_config(config.replace(checkpoint=str(checkpoint.path)), playing=True)
                self._trainer.request(SwapCheckpoint(checkpoint.path))
                return True
            self.say(f"{config.task} is being played with {config.library}: stop it first.", is_error=True)
            return False
        return self._press(run, checkpoint, playing=True)

    def replay(self, run: Run) -> bool:
        """Replays the last steps that were kept of a run; returns whether it was accepted."""
        file = newest(run.path)
        if file is None:
            self.say("The last steps of this run are gone: their file was deleted.", is_error=True)
            return False
        if self._is_busy():
            return False
        accepted = self._panel.replay(file)
        if not accepted:
            self.say(self._panel.message, is_error=True)
        return accepted

    def resume(self, run: Run, checkpoint: Checkpoint) -> None:
        """Resumes training from a checkpoint, as a new run."""
        if self.can_be_used(checkpoint):
            self._press(run, checkpoint, playing=False)

    def can_be_used(self, checkpoint: Checkpoint) -> bool:
        """Returns whether a checkpoint is undamaged and the panel can show its path; shows a message if not."""
        if checkpoint.problem:
            self.say(checkpoint.problem, is_error=True)
            return False
        shown = as_text(checkpoint.path) == str(checkpoint.path)
        if not shown:
            self.say(f"A folder name is not valid UTF-8. Rename the folder to use {checkpoint.path}", is_error=True)
        return shown

    def _press(self, run: Run, checkpoint: Checkpoint, playing: bool) -> bool:
        if self._is_busy():
            return False
        try:
            config = runs.config_from_run(run, checkpoint.path)
        except UserError as error:
            self.say(str(error), is_error=True)
            return False
        self._panel.set_config(config, playing)
        accepted = self._panel.press_play() if playing else self._panel.press_train()
        if not accepted:
            self.say(self._panel.message, is_error=True)
        return accepted

    def _is_busy(self) -> bool:
        """Returns whether no run can be started, which it says."""
        snapshot = self._trainer.snapshot()
        busy = snapshot.state in _BUSY and not snapshot.can_start
        if busy:
            self.say(f"A run is {_doing(snapshot)}: stop it first.", is_error=True)
        return busy

    def follow(self, run: Run, newest: Checkpoint | None) -> None:
        """Follows a training: plays each new checkpoint. If it follows one already, it stops."""
        snapshot = self._trainer.snapshot()
        if snapshot.run is not None and snapshot.run.following is not None:
            self._trainer.request(Follow(None))
        elif not snapshot.playing and snapshot.run_dir == run.path and snapshot.state in _BUSY:
            self.say(
                "The viewport shows this training already. Follow is for trainings in other processes.",
                is_error=True,
            )
        elif newest is None:
            self.say("This training has not saved a checkpoint yet: follow it when it has.", is_error=True)
        elif self.play(run, newest):
            self._to_follow = run.path

    def rename(self, run: Run, name: str) -> None:
        """Renames a run."""
        if self._label(run, lambda: runs.rename(run.path, name)):
            what = f"Renamed to {name.strip()}." if name.strip() else "Removed the name."
            self._done(what, lambda: self._write(run, lambda: runs.rename(run.path, run.name)))

    def tag(self, run: Run, tags: str) -> None:
        """Replaces the tags of a run with the typed ones, separated by commas."""
        if self._label(run, lambda: runs.tag(run.path, tags.split(","))):
            self._done("Changed the tags.", lambda: self._write(run, lambda: runs.tag(run.path, run.tags)))

    def archive(self, chosen: Sequence[Run]) -> None:
        """Archives runs, or unarchives them if all are archived."""
        away = not all(run.archived for run in chosen)
        done = [run for run in chosen if self._label(run, partial(runs.archive, run.path, away))]
        if done:
            backs = [partial(self._write, run, partial(runs.archive, run.path, run.archived)) for run in done]
            self._done(f"{'Archived' if away else 'Unarchived'} {_count(done)}.", *backs)

    def delete(self, chosen: Sequence[Run]) -> None:
        """Moves runs to the trash of the log root."""
        deleted = []
        problem = ""
        for run in chosen:
            try:
                deleted.append((run, runs.delete(run.path)))
            except UserError as error:
                problem = str(error)
            self._reread(run.path)
        if deleted:
            backs = [partial(self._write, run, partial(runs.restore, moved)) for run, moved in deleted]
            self._done(f"Deleted {_count([run for run, _ in deleted])}.", *backs)
        if problem:
            self.say(problem, is_error=True)

    @property
    def can_undo(self) -> bool:
        """Whether there is an action to undo."""
        return bool(self._undo)

    def undo(self) -> None:
        """Undoes the last action."""
        if not self._undo:
            return
        what, backs = self._undo.pop()
        problem = ""
        for back in backs:
            try:
                back()
            except UserError as error:  # the others all the same
                problem = str(error)
        if problem:
            self.say(problem, is_error=True)
        else:
            self.message = Message(f"Undone: {what[:1].lower()}{what[1:]}", can_undo=bool(self._undo))

    def forget_message(self) -> None:
        """Clears the message."""
        self.message = None

    def say(self, text: str, is_error: bool = False) -> None:
        """Shows a message."""
        self.message = Message(as_text(text), is_error)

    def _done(self, what: str, *backs: Callable[[], object]) -> None:
        """Shows what was done; ``backs`` undo it for one run each, or raise a UserError."""
        self._undo.append((what, backs))
        self.message = Message(what, can_undo=True)

    def _label(self, run: Run, write: Callable[[], None]) -> bool:
        try:
            self._write(run, write)
        except UserError as error:
            self.say(str(error), is_error=True)
            return False
        return True

    def _write(self, run: Run, write: Callable[[], object]) -> None:
        write()
        self._reread(run.path)


def _same_task(asked: str, trained: str) -> bool:
    """Returns whether two names mean one task: manifests leave out ``-Play`` and a namespace."""
    return asked.split(":")[-1].replace("-Play", "") == trained.split(":")[-1].replace("-Play", "")


def _doing(snapshot: Snapshot) -> str:
    return "being played" if snapshot.playing else "being trained"


def _count(chosen: Sequence[Run]) -> str:
    return chosen[0].title if len(chosen) == 1 else f"{len(chosen)} runs"
