# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue: which run is next, what a user can do with its entries, and what happens when a run ends.

The trainer here is a double that serves what a test says; ``test_queue_trainings.py`` has a real one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.queue_frames import Queued, asked
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.training.commands import Pause, Stop, Train, Unpause
from rl_trainer_ext.training.queue.commands import (
    AddEntry,
    ChangeEntry,
    MoveEntry,
    PauseQueue,
    RemoveEntries,
    SkipEntry,
    StartQueue,
    StopAfterEntry,
    StopQueue,
    UndoRemove,
)
from rl_trainer_ext.training.queue.model import Entry, ProcessKind, Queue, QueuedRun, Request, RunState
from rl_trainer_ext.training.snapshot import Failure, State

WAITING, RUNNING, FINISHED = RunState.WAITING, RunState.RUNNING, RunState.FINISHED
FAILED, STOPPED, SKIPPED, INTERRUPTED = RunState.FAILED, RunState.STOPPED, RunState.SKIPPED, RunState.INTERRUPTED


def test_seeds_run_one_after_another_then_the_next_entry() -> None:
    queued = Queued(asked(1, 2), asked(seed=9))
    queued.frame()
    assert queued.trainer.of(Train) == []  # nothing starts by itself
    queued.frame(StartQueue())
    assert queued.states == [["running", "waiting"], ["waiting"]]
    queued.ends(mean_reward=1.0)
    queued.ends(mean_reward=3.0)
    queued.ends()
    assert queued.seeds_asked == [1, 2, 9]
    assert queued.states == [["finished", "finished"], ["finished"]]
    assert queued.runner.queue.entries[0].mean_and_deviation == (2.0, 1.0)
    queued.frame()
    assert not queued.runner.view().started
    assert queued.message == "The queue is done: 3 of 3 runs ended, 0 failed."


def test_a_run_that_fails_does_not_stop_the_queue() -> None:
    queued = Queued(asked(seed=1), asked(seed=2), asked(seed=3))
    queued.frame(StartQueue())
    queued.ends("failed", failure=Failure("The device ran out of memory."))
    assert queued.runner.queue.entries[0].problem == "The device ran out of memory."
    queued.ends()
    # one that is refused leaves the run of the snapshot as it was
    queued.trainer.serve(
        asked=queued.trainer.of(Train)[-1], refused=True, status="failed", failure=Failure("There is no task."), steps=7
    )
    queued.frame()
    assert queued.states == [["failed"], ["finished"], ["failed"]]
    last = queued.runner.queue.entries[2].runs[0]
    assert (last.problem, last.steps, last.run_dir) == ("There is no task.", None, "")
    queued.frame()
    assert queued.message == "The queue is done: 1 of 3 runs ended, 2 failed."


def test_a_run_in_the_panel_goes_first() -> None:
    queued = Queued(asked(seed=1))
    queued.trainer.serve(state=State.TRAINING, asked=Train(CARTPOLE), status="running")
    queued.frame(StartQueue())
    assert queued.trainer.of(Train) == []
    assert queued.runner.view().waits_for == "The next run starts when the one in the panel has ended."
    queued.trainer.serve(state=State.IDLE, status="finished")
    queued.frame()
    assert queued.seeds_asked == [1]
    # the user clicked Train in the same frame and came first
    queued.trainer.serve(state=State.LAUNCHING, asked=Train(CARTPOLE), status="running")
    queued.frame()
    assert queued.states == [["waiting"]]
    queued.trainer.serve(state=State.IDLE, status="finished")
    queued.frame()
    queued.ends()
    assert queued.states == [["finished"]]


def test_stop_in_the_panel_stops_the_queue_too() -> None:
    queued = Queued(asked(seed=1), asked(seed=2))
    queued.frame(StartQueue())
    queued.ends("stopped")
    assert queued.states == [["stopped"], ["waiting"]]
    assert not queued.runner.view().started
    assert "Start continues" in queued.message
    queued.frame(StartQueue())
    assert queued.seeds_asked == [1, 2]


def test_skipping_ends_the_run_and_continues() -> None:
    queued = Queued(asked(1, 2), asked(seed=3), asked(seed=4))
    queued.frame(StartQueue())
    queued.trains()
    queued.frame(SkipEntry(1), SkipEntry(2))
    queued.trains()
    assert queued.trainer.of(Stop) == [Stop()]  # once
    queued.ends("stopped", mean_reward=1.0)
    assert queued.states == [["stopped", "skipped"], ["skipped"], ["running"]]
    assert queued.runner.view().started


def test_pause_pauses_the_run_and_start_continues_it() -> None:
    queued = Queued(asked(seed=1), asked(seed=2))
    queued.frame(StartQueue())
    queued.trains(State.LAUNCHING)
    queued.frame(PauseQueue())
    assert queued.trainer.of(Pause) == []  # the trainer ignores it while it launches
    queued.trains()
    assert queued.trainer.of(Pause) == [Pause()]
    queued.trainer.serve(state=State.PAUSED)
    queued.frame(StartQueue())
    assert queued.trainer.of(Unpause) == [Unpause()]
    queued.frame(PauseQueue())
    queued.ends()
    assert queued.states == [["finished"], ["waiting"]]
    queued.frame()
    assert queued.seeds_asked == [1]


def test_stop_after_this_entry_lets_its_seeds_end() -> None:
    queued = Queued(asked(1, 2), asked(seed=3))
    queued.frame(StartQueue(), StopAfterEntry(True))
    queued.ends()
    assert queued.seeds_asked == [1, 2]
    queued.ends()
    queued.frame()
    assert queued.seeds_asked == [1, 2]
    view = queued.runner.view()
    assert (view.started, view.stop_after) == (False, False)


def test_stopping_the_queue_leaves_the_rest_waiting() -> None:
    queued = Queued(asked(1, 2))
    queued.frame(StartQueue())
    queued.trains()
    queued.frame(StopQueue())
    queued.ends("stopped")
    assert queued.trainer.of(Stop) == [Stop()]
    assert queued.states == [["stopped", "waiting"]]
    queued.frame()
    assert queued.seeds_asked == [1]


def test_entries_are_moved_removed_brought_back_and_changed() -> None:
    queued = Queued(asked(seed=1), asked(seed=2), asked(seed=3))

    def order() -> list[int]:
        return [entry.number for entry in queued.runner.queue.entries]

    queued.frame(MoveEntry(3, -1))
    assert order() == [1, 3, 2]
    queued.frame(MoveEntry(1, 99))
    assert order() == [3, 2, 1]
    queued.frame(RemoveEntries((2, 3)))
    assert order() == [1]
    assert queued.message == "Removed 2 entries from the queue."
    assert queued.runner.view().message.can_undo
    queued.frame(AddEntry(asked(seed=4)))
    assert order() == [1, 4]
    queued.frame(UndoRemove())
    assert order() == [3, 2, 1, 4]
    queued.frame(ChangeEntry(2, asked(7, 8)))
    assert [run.seed for run in queued.runner.queue.get(2).runs] == [7, 8]
    queued.frame(MoveEntry(99, 1))
    assert queued.message == "Entry 99 is no longer in the queue: add it again."


@pytest.mark.parametrize("command", [RemoveEntries((1,)), ChangeEntry(1, asked(seed=5))])
def test_an_entry_that_runs_is_neither_removed_nor_changed(command: Any) -> None:
    queued = Queued(asked(seed=1))
    queued.frame(StartQueue())
    queued.frame(command)
    assert "Entry 1 is running: skip it first" in queued.message
    assert queued.states == [["running"]]


def test_what_did_not_finish_can_be_run_again() -> None:
    runs = tuple(QueuedRun(seed, state, run_dir="there") for seed, state in enumerate((FINISHED, FAILED, SKIPPED)))
    queue = Queue([Entry(1, asked(0, 1, 2), runs)])
    queue.run_again(1)
    assert [run.state for run in queue.entries[0].runs] == [FINISHED, WAITING, WAITING]
    assert queue.entries[0].runs[1] == QueuedRun(1)
    assert queue.next_place() == (1, 1)


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        ((FINISHED, FINISHED), FINISHED),
        ((FINISHED, WAITING), WAITING),
        ((FAILED, WAITING), WAITING),
        ((FAILED, RUNNING, WAITING), RUNNING),
        ((FINISHED, FAILED), FAILED),
        ((STOPPED, SKIPPED), STOPPED),
        ((INTERRUPTED, FAILED), INTERRUPTED),
    ],
)
def test_the_state_of_an_entry_is_that_of_its_worst_run(states: tuple[RunState, ...], whole: RunState) -> None:
    runs = tuple(QueuedRun(seed, state) for seed, state in enumerate(states))
    assert Entry(1, asked(*range(len(states))), runs).state is whole


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (asked(1, 2, 1), "The seed 1 is given twice"),
        (asked(-1, 3), "-1 draws a seed"),
        (asked(1, 2**32), "seed must be a whole number from 0"),
        (asked(num_envs=0), "num_envs must be a whole number"),
    ],
)
def test_what_cannot_be_trained_is_not_added(request_: Request, sentence: str) -> None:
    queued = Queued()
    queued.frame(AddEntry(request_))
    assert sentence in queued.message
    assert queued.runner.queue.entries == ()


def test_a_run_about_which_the_host_asks_can_be_withdrawn() -> None:
    """Isaac Sim asks about an unsaved stage first: the trainer gets the command later, or never."""
    queued = Queued(asked(seed=1), asked(seed=2))
    queued.frame(StartQueue())
    queued.frame()
    queued.frame(PauseQueue())
    assert queued.states == [["waiting"], ["waiting"]]
    queued.trains()  # the user saves the stage after all
    assert queued.states == [["running"], ["waiting"]]
    queued.ends()
    assert queued.states == [["finished"], ["waiting"]]
    queued.frame(StartQueue())
    queued.frame(SkipEntry(2))
    queued.frame()
    assert queued.states == [["finished"], ["skipped"]]


def test_an_entry_keeps_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.pt").touch()
    queued = Queued()
    queued.frame(AddEntry(asked(checkpoint="model.pt", log_root="runs")), AddEntry(asked(checkpoint="latest")))
    first, second = (entry.request.config for entry in queued.runner.queue.entries)
    assert (first.log_root, first.checkpoint) == (str(tmp_path / "runs"), str(tmp_path / "model.pt"))
    assert second.checkpoint == "latest"


def test_an_empty_queue_does_not_start() -> None:
    queued = Queued()
    queued.frame(StartQueue())
    assert queued.message.startswith("Nothing waits in the queue")
    assert not queued.runner.view().started


def test_the_view_is_the_same_object_as_long_as_nothing_changes() -> None:
    queued = Queued(*[asked(seed=seed) for seed in range(100)])
    queued.frame()
    view = queued.runner.view()
    queued.frame()
    assert queued.runner.view() is view
    queued.frame(MoveEntry(1, 1))
    assert queued.runner.view() is not view


class ChildDouble:
    """A training in a process of its own that ends when the test says so."""

    def __init__(self) -> None:
        self.progress, self.run_dir = "Training 3 of 10", "/logs/run"
        self.result: dict[str, Any] | None = None
        self.done: list[str] = []

    def update(self) -> None:
        pass

    def stop(self) -> None:
        self.done.append("stop")

    def close(self) -> None:
        self.done.append("close")


class LauncherDouble:
    """Starts processes that are none."""

    def __init__(self) -> None:
        self.children: list[ChildDouble] = []
        self.problem = ""

    def words(self, config: Any, kind: ProcessKind) -> list[str]:
        return [kind.value]

    def text(self, config: Any, kind: ProcessKind) -> str:
        return f"{kind.value} --seed {config.seed}"

    def start(self, config: Any, kind: ProcessKind) -> ChildDouble:
        if self.problem:
            raise UserError(self.problem)
        self.children.append(ChildDouble())
        return self.children[-1]


def test_a_run_in_a_process_of_its_own_is_followed() -> None:
    launcher = LauncherDouble()
    queued = Queued(asked(1, 2, process=ProcessKind.OWN), asked(seed=3), launcher=launcher)
    queued.frame(StartQueue())
    queued.frame()
    assert queued.trainer.of(Train) == []
    assert queued.runner.view().progress == "Training 3 of 10"
    assert queued.runner.queue.entries[0].runs[0].run_dir == "/logs/run"
    launcher.children[0].result = {"state": FINISHED, "mean_reward": 2.0}
    queued.frame()
    assert len(launcher.children) == 2
    # a training by hand does not touch a process of its own, and the next run waits for it
    queued.trainer.serve(state=State.TRAINING, asked=Train(CARTPOLE), status="running")
    queued.frame()
    launcher.children[1].result = {"state": FAILED, "problem": "It failed."}
    queued.frame()
    assert queued.states == [["finished", "failed"], ["waiting"]]
    queued.trainer.serve(state=State.IDLE, status="stopped")
    queued.frame()
    assert queued.seeds_asked == [3]


def test_skipping_asks_the_process_to_end() -> None:
    launcher = LauncherDouble()
    queued = Queued(asked(seed=1, process=ProcessKind.ISAACLAB), launcher=launcher)
    queued.frame(StartQueue())
    queued.frame(SkipEntry(1))
    queued.frame()
    assert launcher.children[0].done == ["stop"]


def test_a_process_that_cannot_be_started_fails_its_run() -> None:
    launcher = LauncherDouble()
    launcher.problem = "isaaclab train has no option for keep_all_info."
    queued = Queued(asked(seed=1, process=ProcessKind.ISAACLAB), asked(seed=2), launcher=launcher)
    queued.frame(StartQueue())
    queued.frame()
    assert queued.states == [["failed"], ["running"]]
    assert queued.runner.queue.entries[0].problem == launcher.problem


def test_closing_ends_the_process_and_marks_its_run() -> None:
    launcher = LauncherDouble()
    queued = Queued(asked(1, 2, process=ProcessKind.OWN), launcher=launcher)
    queued.frame(StartQueue())
    queued.runner.close()
    assert launcher.children[0].done == ["close"]
    assert queued.states == [["interrupted", "waiting"]]


def test_the_command_lines_of_an_entry_have_its_seeds() -> None:
    queued = Queued(asked(1, 2, process=ProcessKind.OWN), launcher=LauncherDouble())
    entry = queued.runner.queue.entries[0]
    assert queued.runner.command_line(entry) == "own --seed 1\nown --seed 2"
