# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is read of runs whose files are missing, cut off or damaged."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from helpers.runs_on_disk import TASK, make_run, only
from rl_trainer_ext import runs
from rl_trainer_ext.runs import RunStatus, list_checkpoints


def test_a_run_without_manifest_is_listed_and_marked(logs: Path, cache: Path) -> None:
    make_run(logs, "2026-09-21_10-00-00_first", manifest=False, models=["model_99.pt"], rewards=[1.0])
    make_run(logs, "by hand", library="sb3", experiment=TASK, manifest=False, rewards=[1.0])
    (logs / "rsl_rl" / "cartpole_direct" / "notes").mkdir()  # not a run
    (logs / "rsl_rl" / "readme.txt").write_text("not a folder")
    by_hand, dated = sorted(runs.list_runs(logs, cache), key=lambda run: run.library, reverse=True)
    assert not by_hand.has_manifest
    assert by_hand.task == TASK  # the command for Stable-Baselines3 names the folder so
    assert not dated.has_manifest
    assert (dated.task, dated.status, dated.iterations) == ("", RunStatus.FINISHED, 1)
    assert time.strftime("%Y-%m-%d %H:%M", time.localtime(dated.created)) == "2026-09-21 10:00"


@pytest.mark.parametrize(
    ("file", "content", "sentence"),
    [
        ("run.json", '{"version": 1, "libr', "run.json is damaged"),
        ("run.json", "[]", "run.json is damaged"),
        ("rl_trainer.json", "", "rl_trainer.json is damaged"),
        ("rl_trainer.json", '{"status": "resting"}', "rl_trainer.json is damaged"),
        ("labels.json", '["best one"]', "labels.json is damaged"),
        ("params/agent.yaml", "a: [1, 2", "agent.yaml is damaged"),
    ],
)
def test_a_damaged_file_costs_what_it_says_and_no_more(logs, cache, file, content, sentence) -> None:
    run_dir = make_run(logs, rewards=[1.0, 2.0], models=["model_50.pt"])
    (run_dir / file).write_text(content)
    run = only(logs, cache)
    assert sentence in run.problem
    assert run.last_reward == 2.0
    assert len(list_checkpoints(run_dir)) == 1
    runs.rename(run_dir, "still usable")
    assert only(logs, cache).name == "still usable"


def test_events_that_are_cut_off_are_read_up_to_there(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, rewards=[1.0, 2.0, 3.0])
    (events,) = run_dir.glob("*tfevents*")
    whole = events.read_bytes()
    events.write_bytes(whole[:-9])
    assert only(logs, cache).last_reward == 2.0
    events.write_bytes(whole)
    assert only(logs, cache).last_reward == 3.0
    events.write_bytes(b"")
    assert only(logs, cache).last_reward is None
    events.write_bytes(b"this is no event file, but long enough to be taken for one")
    assert only(logs, cache).last_reward is None


def test_rewards_that_are_no_numbers_hide_none_of_the_others(logs: Path, cache: Path) -> None:
    make_run(logs, rewards=[1.0, 5.0, float("nan"), float("inf")])
    run = only(logs, cache)
    assert (run.last_reward, run.best_reward, run.iterations) == (5.0, 5.0, 4)
