# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The queue beside what the user does in the panel: a preview that is open, and edited code of a task.

The trainer here is a double that serves what a test says; ``test_queue_trainings.py`` has a real one.
"""

from __future__ import annotations

from helpers.queue_frames import Queued, asked
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.training.commands import Reload, Train
from rl_trainer_ext.training.queue.commands import StartQueue
from rl_trainer_ext.training.snapshot import EditedCode, Failure, PreviewActions, State

EDITED = EditedCode("mdp.py changed", tasks=frozenset({CARTPOLE.task}))
OLD = "mdp.py changed after Isaac-Cartpole-Direct was imported: the old code runs."


def test_a_preview_gives_way_and_stays_where_a_run_is_refused() -> None:
    queued = Queued(asked(seed=1), asked(seed=2))
    queued.trainer.serve(state=State.LAUNCHING, preview=PreviewActions.ZERO, playing=True, status="running")
    queued.frame(StartQueue())
    assert queued.trainer.of(Train) == []  # its environment is being created
    queued.trainer.serve(state=State.PLAYING)
    queued.frame()
    assert queued.seeds_asked == [1]
    # the run cannot be configured
    queued.trainer.serve(asked=queued.trainer.of(Train)[-1], refused=True, failure=Failure("There is no key."))
    queued.frame()
    assert queued.states == [["failed"], ["running"]]
    assert queued.runner.queue.entries[0].problem == "There is no key."
    assert queued.seeds_asked == [1, 2]
    queued.ends(preview=None)
    assert queued.states == [["failed"], ["finished"]]


def test_an_entry_says_that_it_trained_the_old_code() -> None:
    queued = Queued(asked(1, 2))
    queued.frame(StartQueue())
    queued.trains(old_code=OLD)
    assert queued.message == f"Entry 1: {OLD}"
    assert queued.runner.queue.entries[0].note == OLD
    queued.trainer.serve(state=State.IDLE, status="finished")
    queued.frame()
    queued.trains(old_code="")
    assert [run.note for run in queued.runner.queue.entries[0].runs] == [OLD, ""]
    assert queued.trainer.of(Reload) == []


def test_edited_code_is_imported_again_before_an_entry_and_not_between_its_seeds() -> None:
    queued = Queued(asked(1, 2), asked(seed=3), asked(seed=4, task="Isaac-Ant-Direct"), reloads=True)
    queued.trainer.serve(edited=EDITED)
    queued.frame(StartQueue())
    (reload,) = queued.trainer.of(Reload)
    queued.trainer.request(reload.then)  # as the trainer does when the import has succeeded
    queued.ends()
    assert queued.trainer.of(Reload) == [reload]
    assert queued.seeds_asked == [1, 2]
    queued.ends()
    # the import fails before the second entry: no run of the old code
    reload = queued.trainer.of(Reload)[-1]
    assert reload.then.config.seed == 3
    why = "The new code cannot be imported: SyntaxError. The old code stays."
    queued.trainer.serve(asked=reload.then, refused=True, status="failed", failure=Failure(why))
    queued.frame()
    assert queued.states == [["finished", "finished"], ["failed"], ["running"]]
    assert queued.runner.queue.entries[1].problem == why
    # another task is started as it is
    assert queued.seeds_asked == [1, 2, 4]
