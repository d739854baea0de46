# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The window of the sweeps, clicked as a person does. The trainer is a double."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers.driver import DOWN, END, ENTER
from helpers.sweep_window import SweepWindow
from helpers.sweeps_on_disk import GAMMA, RATE, make_sweep, make_trials
from rl_trainer_ext.training.commands import Play, SwapCheckpoint
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.sweep.trials import STATE, TrialState


def test_without_sweeps_it_says_what_one_is(show_sweeps: Callable[..., SweepWindow]) -> None:
    shown = show_sweeps(width=320)
    words = shown.driver.text("sweep_empty")
    assert words.startswith(f"No sweeps in {shown.root} yet.")
    assert shown.driver.shown("sweep_empty")
    make_sweep(shown.root, trials=make_trials(shown.root, 1))
    shown.later()
    assert not shown.driver.shown("sweep_empty")
    assert shown.column("number") == ["1 best"]


def test_the_trials_of_a_sweep_are_listed_sorted_and_the_best_is_marked(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    trials = make_trials(root)
    trials[1] = trials[1].replace(state=TrialState.STOPPED_EARLY, iterations=3)
    trials[5] = trials[5].replace(state=TrialState.FAILED, value=None, best=None, problem="The policy diverged.")
    make_sweep(root, trials=trials)
    make_sweep(root, "2026-11-27_10-00-00", trials=trials[:1], state="stopped", total=4)
    shown = show_sweeps()
    driver = shown.driver
    assert driver.text("sweep_title:0") == "11-28 05:02  Isaac-Cartpole-Direct"
    assert [driver.text(f"sweep_status:{row}") for row in range(2)] == ["finished 6/6", "stopped 1/4"]
    assert driver.text("sweep_words") == (
        "6 of 6 trials ended, 1 stopped early, 1 failed. Best: trial 4, mean reward 4."
    )
    assert shown.column("number") == ["1", "2", "3", "4 best", "5", "6"]
    assert shown.column(f"parameter:{RATE}") == ["0.003", "0.001", "0.0003"] * 2
    assert shown.column("value") == ["1.6", "2.4", "3.2", "4", "3.2", "-"]
    assert shown.column("status")[1] == "stopped early"
    driver.click("trial_sort:value")
    assert shown.column("number") == ["4 best", "3", "5", "2", "1", "6"]
    driver.click("trial_sort:value")
    assert shown.column("number") == ["1", "2", "3", "5", "4 best", "6"]  # without a value last in either direction
    driver.click(f"trial_sort:parameter:{GAMMA}")
    assert shown.column(f"parameter:{GAMMA}") == ["0.98"] * 3 + ["0.99"] * 3
    # the words of a trial that failed
    assert not driver.shown("trial_words")
    driver.click("trial_row:5")
    assert driver.text("trial_problem") == "The policy diverged."
    driver.click("sweep_row:1")
    assert shown.column("number") == ["1 best"]
    assert not driver.shown("trial_words")


def test_a_trial_is_played_with_its_best_checkpoint_and_shown_in_the_run_browser(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    trials = make_trials(root)
    make_sweep(root, trials=trials)
    shown = show_sweeps()
    driver = shown.driver
    driver.click("trial_row:3")
    driver.click("trial_show")
    driver.click("trial_show_all")
    assert shown.runs == [[Path(trials[3].run_dir)], [Path(trial.run_dir) for trial in trials]]
    driver.click("trial_play")
    (played,) = shown.trainer.of(Play)
    assert played.config.checkpoint == str(Path(trials[3].run_dir, "best.pt"))
    assert (played.config.task, played.config.library) == ("Isaac-Cartpole-Direct", "rsl_rl")
    # the next trial, with keys, in the environment that plays
    shown.trainer.serve(state=State.PLAYING, playing=True, status="running", config=played.config)
    driver.click("trial_row:3")
    driver.press(DOWN)
    driver.press(ENTER)
    assert shown.trainer.of(SwapCheckpoint) == [SwapCheckpoint(Path(trials[4].run_dir, "best.pt"))]
    driver.press(END)
    for checkpoint in (*Path(trials[5].run_dir).glob("*.pt"),):
        checkpoint.unlink()
    driver.press(ENTER)
    assert driver.text("sweep_message") == "This trial has not saved a checkpoint yet: play it when it has."


def test_a_running_sweep_is_followed_by_its_files_and_the_selection_stays(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.training.sweep import following

    root = tmp_path / "logs"
    trials = make_trials(root, 4, TrialState.RUNNING)
    waiting = [trial.replace(state=TrialState.WAITING, value=None, best=None, run_dir="") for trial in trials[2:]]
    make_sweep(root, trials=[*trials[:2], *waiting], state="running")
    shown = show_sweeps()
    driver = shown.driver
    assert driver.text("sweep_words") == "0 of 4 trials ended, 2 running. Best: trial 2, mean reward 2.4."
    driver.click("trial_row:2")
    assert not driver.find("trial_play").enabled  # it has no run yet
    make_sweep(root, trials=[trials[0].replace(state=TrialState.FINISHED, value=9.0), *trials[1:]], state="running")
    assert shown.column("value")[0] == "1.6"
    shown.later()
    assert shown.column("value") == ["9", "2.4", "3.2", "4"]
    assert shown.column("number")[0] == "1 best"
    assert driver.text("trial_words").startswith("Trial 3, running:")
    assert driver.find("trial_play").enabled
    # nothing is read between two looks
    read: list[Path] = []
    monkeypatch.setattr(following, "read_view", read.append)
    driver.tick(10)
    assert read == []


def test_a_sweep_whose_program_was_killed_and_one_that_is_damaged_are_told(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path
) -> None:
    root = tmp_path / "logs"
    dead = dataclasses.replace(make_process(), pid=2**22 + 1)
    make_sweep(root, trials=make_trials(root, 2, TrialState.RUNNING), state="running", process=dead)
    folder = make_sweep(root, "2026-11-29_00-00-00", problem="Ray Tune cannot run this sweep: no.", state="failed")
    (make_sweep(root, "2026-11-30_00-00-00") / STATE).write_text('{"version": 1, "sta', encoding="utf-8")
    shown = show_sweeps(width=320)
    driver = shown.driver
    statuses = [driver.text(f"sweep_status:{row}") for row in range(3)]
    assert statuses == ["damaged", "failed 0/0", "stopped 2/2"]
    assert driver.text("sweep_words").endswith("was written by another version, or is damaged.")
    driver.click("sweep_row:1")
    assert driver.text("sweep_problem") == "Ray Tune cannot run this sweep: no."
    driver.click("sweep_row:2")
    assert not driver.shown("sweep_problem")
    # of the columns that do not fit, those of less interest are left out
    assert shown.column("value") == ["1.6", "2.4"]
    assert shown.column("status") == []
    assert folder.is_dir()


def make_process() -> Any:
    from rl_trainer_ext.runs.process import Process

    return Process.current()


def test_a_thousand_trials_fill_only_rows_in_sight_and_only_when_they_change(
    show_sweeps: Callable[..., SweepWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rl_trainer_ext.ui.sweep.table import TrialTable

    filled: list[int] = []
    original = TrialTable._fill_row

    def fill(self: Any, row: Any, item: Any, index: int) -> None:
        filled.append(index)
        original(self, row, item, index)

    root = tmp_path / "logs"
    (first,) = make_trials(root, 1)
    make_sweep(root, trials=[first.replace(name=str(number), number=number) for number in range(1, 1001)])
    monkeypatch.setattr(TrialTable, "_fill_row", fill)
    shown = show_sweeps()
    assert len(shown.column("number")) < 40
    filled.clear()
    shown.later()
    assert filled == []
    shown.driver.click("trial_row:0")
    shown.driver.press(END)
    assert shown.column("number")[-1] == "1000"
