# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the queue and the panel's row for it, clicked as a person does. The trainer is a double."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.browsed import DELETE, Z
from helpers.driver import DOWN, END, UP
from helpers.form import choose_task
from helpers.queued import entry
from helpers.runs_on_disk import make_run
from rl_trainer_ext.training.commands import Pause, Stop, Train
from rl_trainer_ext.training.queue.model import ProcessKind, RunState
from rl_trainer_ext.training.snapshot import Failure, State

WAITING, FINISHED, FAILED = RunState.WAITING, RunState.FINISHED, RunState.FAILED
SKIPPED, INTERRUPTED = RunState.SKIPPED, RunState.INTERRUPTED


def test_what_the_fields_say_is_added_with_its_seeds(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    assert not shown.in_panel.find("queue_add").enabled  # no task is chosen
    assert shown.in_queue.shown("queue_empty")
    choose_task(shown.in_panel, "Isaac-Cartpole-Direct")
    shown.in_panel.write("num_envs", "64")
    shown.in_panel.write("queue_seeds", "1, 2,3")
    shown.in_panel.click("queue_add")
    assert not shown.in_queue.shown("queue_empty")
    assert shown.rows == [("1", "Isaac-Cartpole-Direct, rsl_rl, seeds 1,2,3", "waiting 0/3")]
    assert shown.message == "Added 3 runs of Isaac-Cartpole-Direct to the queue."
    assert shown.in_panel.text("queue_words") == "Queue: 3 runs wait, not started"
    # the fields can be changed for the next entry, also during a run
    shown.in_queue.click("queue_start")
    shown.trains()
    shown.in_panel.write("queue_seeds", "")
    shown.in_panel.write("seed", "9")
    shown.in_panel.choose("queue_process", "isaaclab train")
    shown.in_panel.click("queue_add")
    second = shown.runner.queue.entries[1].request
    assert (second.seeds, second.config.seed, second.process) == ((), 9, ProcessKind.ISAACLAB)
    assert second.config.num_envs == 64
    assert shown.trainer.of(Train)[0].config.seed == 1


@pytest.mark.parametrize(
    ("seeds", "sentence"),
    [
        ("1,two", "Seeds must be whole numbers such as 1,2,3, not 'two'."),
        ("1,-5", "Each seed must be a whole number from 0"),
        ("3,3", "The seed 3 is given twice"),
    ],
)
def test_wrong_seeds_are_told_and_nothing_is_added(show_queue: Callable[..., Any], seeds: str, sentence: str) -> None:
    shown = show_queue()
    choose_task(shown.in_panel, "Isaac-Cartpole-Direct")
    shown.in_panel.write("queue_seeds", seeds)
    shown.in_panel.click("queue_add")
    assert sentence in shown.in_panel.text("error_message")
    assert shown.numbers == []


def test_the_queue_is_started_paused_and_stopped_after_an_entry(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.in_queue.click("queue_start")
    assert shown.message.startswith("Nothing waits in the queue")
    shown.add(entry(WAITING, WAITING), entry(WAITING))
    shown.in_queue.click("queue_start")
    shown.trains(iteration=12, total_iterations=300)
    assert shown.in_queue.text("queue_status") == "Entry 1, seed 1: iteration 12 of 300"
    assert shown.in_queue.text("queue_start") == "Pause"
    # Train by hand says who is at work
    assert not shown.panel.press_train()
    assert shown.panel.message.startswith("The queue trains Isaac-Cartpole in this process")
    shown.in_queue.click("queue_start")
    assert shown.trainer.of(Pause) == [Pause()]
    shown.trainer.serve(state=State.PAUSED)
    shown.in_queue.click("queue_start")
    shown.in_queue.click("queue_stop_after")
    shown.ends(mean_reward=4.0)
    shown.ends(mean_reward=5.0)
    assert shown.rows[0][2] == "4.5 ± 0.5"
    assert shown.in_queue.text("queue_result") == "Mean reward 4.5 ± 0.5 over 2 of 2 seeds."
    assert shown.rows[1][2] == "waiting"
    assert not shown.in_queue.find("queue_stop_after").model.as_bool


def test_a_run_that_fails_shows_why(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(WAITING), entry(WAITING))
    shown.in_queue.click("queue_start")
    shown.ends("failed", failure=Failure("The device ran out of memory: use fewer environments."))
    shown.trains()
    assert [row[2] for row in shown.rows] == ["failed", "running"]
    assert shown.in_queue.text("queue_problem") == "The device ran out of memory: use fewer environments."
    shown.in_queue.click("queue_again")
    assert shown.rows[0][2] == "waiting"
    assert not shown.in_queue.shown("queue_problem")


def test_entries_are_moved_skipped_removed_and_brought_back(show_queue: Callable[..., Any]) -> None:
    shown = show_queue(width=320)
    shown.add(*(entry(WAITING, seed=seed) for seed in range(1, 5)))
    shown.in_queue.click("queue_row:3")
    shown.in_queue.click("queue_up")
    shown.in_queue.click("queue_up")
    assert shown.numbers == [1, 4, 2, 3]
    shown.in_queue.click("queue_down")
    assert shown.numbers == [1, 2, 4, 3]
    shown.in_queue.click("queue_skip")
    assert shown.rows[2][2] == "skipped"
    assert not shown.in_queue.find("queue_skip").enabled
    shown.in_queue.click("queue_remove")
    assert shown.numbers == [1, 2, 3]
    assert shown.message == "Removed entry 4 from the queue."
    shown.in_queue.click("queue_undo")
    assert shown.numbers == [1, 2, 4, 3]
    # and with keys, the mouse over the window
    shown.in_queue.click("queue_row:0")
    shown.in_queue.press(DOWN)
    shown.in_queue.press(DELETE)
    assert shown.numbers == [1, 4, 3]
    shown.in_queue._with_control(Z)
    assert shown.numbers == [1, 2, 4, 3]
    shown.in_queue.click("queue_row:1")
    shown.in_queue._with_control(UP)
    assert shown.numbers == [2, 1, 4, 3]


def test_skipping_what_trains_stops_it(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(WAITING), entry(WAITING))
    shown.in_queue.click("queue_start")
    shown.trains()
    shown.in_queue.click("queue_remove")  # disabled while it trains
    assert shown.numbers == [1, 2]
    shown.in_queue.click("queue_skip")
    assert shown.trainer.of(Stop) == [Stop()]
    shown.ends("stopped")
    assert [row[2] for row in shown.rows] == ["stopped", "running"]


def test_an_entry_is_put_back_into_the_form_and_changed(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(FINISHED, FINISHED, num_envs=32), entry(WAITING))
    shown.in_panel.write("queue_seeds", "8")
    shown.in_queue.click("queue_edit")
    driver = shown.in_panel
    assert (driver.text("queue_seeds"), driver.text("num_envs")) == ("1,2", "32")
    assert driver.text("queue_add") == "Save entry 1"
    driver.click("queue_cancel")
    assert (driver.text("queue_seeds"), driver.text("queue_add")) == ("8", "Add to queue")
    shown.in_queue.click("queue_edit")
    driver.write("num_envs", "48")
    driver.write("queue_seeds", "3,4,5")
    driver.click("queue_add")
    first = shown.runner.queue.entries[0]
    assert (first.request.config.num_envs, first.request.seeds, first.state) == (48, (3, 4, 5), WAITING)
    assert shown.numbers == [1, 2]
    assert driver.text("queue_add") == "Add to queue"
    # one that is removed while it is edited
    shown.in_queue.click("queue_edit")
    shown.in_queue.click("queue_remove")
    assert driver.text("queue_add") == "Add to queue"


def test_the_command_line_is_shown_and_copied(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(WAITING, WAITING, overrides=("env.sim.dt=0.01",)))
    lines = [
        f"this: rl-trainer train --task Isaac-Cartpole --library rsl_rl --seed {seed} --device cpu --log_root logs "
        "env.sim.dt=0.01"
        for seed in (1, 2)
    ]
    assert shown.in_queue.text("queue_command").splitlines() == lines
    shown.in_queue.click("queue_copy")
    assert shown.copied == ["\n".join(lines)]


def test_curves_of_seeds_are_asked_for_as_mean_and_band(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(FINISHED, FINISHED, WAITING), entry(FAILED), entry(WAITING))
    shown.in_queue.click("queue_curves")
    shown.in_queue.click("queue_row:1")
    shown.in_queue.click("queue_curves")
    folder = Path("/logs/rsl_rl/cartpole")
    assert shown.curves == [([folder / "run_0", folder / "run_1"], True), ([folder / "run_0"], False)]
    shown.in_queue.click("queue_row:2")
    assert not shown.in_queue.find("queue_curves").enabled


def test_what_has_ended_is_cleared_at_once_and_comes_back(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(FINISHED), entry(WAITING), entry(INTERRUPTED), entry(SKIPPED))
    shown.in_queue.click("queue_clear")
    assert shown.numbers == [2, 3]
    shown.in_queue.click("queue_undo")
    assert shown.numbers == [1, 2, 3, 4]


def test_after_a_restart_the_queue_is_there_and_what_ran_can_be_resumed(
    show_queue: Callable[..., Any], tmp_path: Path
) -> None:
    first = show_queue(folder=tmp_path)
    first.add(entry(WAITING, WAITING), entry(WAITING))
    first.in_queue.click("queue_start")
    run_dir = make_run(tmp_path / "logs", max_iterations=10, models=("model_0.pt", "model_3.pt"))
    first.trains(run_dir=run_dir)
    again = show_queue(folder=tmp_path)  # the other one was killed
    assert [row[2] for row in again.rows] == ["waiting 1/2", "waiting"]
    assert again.in_queue.text("queue_run:0") == "Seed 1: interrupted"
    assert again.in_queue.text("queue_start") == "Start"
    again.in_queue.click("queue_resume")
    assert again.in_queue.text("queue_run:0") == "Seed 1: waits to resume"
    again.in_queue.click("queue_start")
    resumed = again.trainer.of(Train)[-1].config
    assert (resumed.checkpoint, resumed.max_iterations, resumed.seed) == (str(run_dir / "model_3.pt"), 6, 1)


def test_a_file_that_cannot_be_used_is_told_in_the_window(show_queue: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "queue.json").write_text('{"version": 1, "entr', encoding="utf-8")
    shown = show_queue(folder=tmp_path)
    assert shown.message.startswith("The file of the queue is damaged: it is kept as ")
    assert shown.in_panel.text("queue_words") == shown.message
    assert (tmp_path / "queue.unread-1.json").read_text(encoding="utf-8") == '{"version": 1, "entr'


def test_a_hundred_entries_fill_only_rows_in_sight_and_only_when_they_change(
    show_queue: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.ui.queue.entry_list import EntryList

    filled: list[int] = []
    original = EntryList._fill_row

    def fill(self: Any, row: Any, item: Any, index: int) -> None:
        filled.append(index)
        original(self, row, item, index)

    monkeypatch.setattr(EntryList, "_fill_row", fill)
    shown = show_queue()
    shown.add(*(entry(WAITING, seed=seed) for seed in range(100)))
    assert len(shown.rows) < 30
    filled.clear()
    shown.in_queue.tick(10)
    assert filled == []
    shown.in_queue.click("queue_start")
    filled.clear()
    for iteration in range(10):
        shown.trains(iteration=iteration, total_iterations=300)
    assert filled in ([], [0])
    shown.in_queue.click("queue_row:1")
    shown.in_queue.press(END)
    assert shown.rows[-1][0] == "100"


def test_a_frame_in_which_nothing_changes_does_not_look_at_the_rows(show_queue: Callable[..., Any]) -> None:
    shown = show_queue()
    shown.add(entry(WAITING), entry(WAITING))
    with_two = calls(shown.pane.update)
    shown.add(*(entry(WAITING, seed=seed) for seed in range(98)))
    assert len(shown.rows) > 10
    assert calls(shown.pane.update) == with_two


def calls(function: Callable[[], None]) -> int:
    """Returns how many functions a function calls, and all that they call."""
    counted = []
    sys.setprofile(lambda frame, event, argument: counted.append(event))
    try:
        function()
    finally:
        sys.setprofile(None)
    return sum(event in ("call", "c_call") for event in counted)


def test_the_run_browser_selects_runs_and_draws_their_mean(browse: Callable[..., Any], three: list[Path]) -> None:
    browsed = browse()
    browsed.browser.show_runs([three[0], three[2]], mean=True)
    browsed.settle()
    assert browsed.selected == [0, 2]
    assert browsed.driver.find("compare_mean").model.as_bool
    assert browsed.driver.shown("compare_caption")
    browsed.browser.show_runs([three[0].with_name("gone")])
    browsed.settle()
    assert "The filter hides these runs, or they are gone" in browsed.message()
