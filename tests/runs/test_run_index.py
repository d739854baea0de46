# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The index of a log root: it is read once, in slices of time, and follows what changes."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.counting import TickingClock
from helpers.runs_on_disk import make_run, only
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.runs import RunIndex, reading


def test_a_log_root_that_vanishes_and_comes_back(logs: Path, cache: Path) -> None:
    make_run(logs, rewards=[1.0], models=["model_0.pt"])
    index = RunIndex(logs, cache)
    assert index.refresh()
    assert len(index.runs) == 1
    away = logs.with_name("away")
    logs.rename(away)
    index.look_again()
    assert index.refresh()
    assert index.runs == ()
    assert "does not exist: train something there, or choose another log root" in index.problem
    with pytest.raises(UserError, match="does not exist"):
        runs.list_runs(logs, cache)
    away.rename(logs)
    index.look_again()
    index.refresh()
    assert (len(index.runs), index.problem) == (1, "")
    shutil.rmtree(index.runs[0].path)
    index.look_again()
    index.refresh()
    assert index.runs == ()
    shutil.rmtree(logs)
    logs.write_text("a file")
    index.look_again()
    index.refresh()
    assert "cannot be read (Not a directory)" in index.problem


def test_names_that_are_no_text(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, rewards=[1.0])
    run_dir = run_dir.rename(run_dir.with_name(os.fsdecode(b"2026-09-21_10-00-00_\xff")))
    run = only(logs, cache)
    assert run.path == run_dir
    assert (run.problem, run.sparkline) == ("", (1.0,))
    assert run.title.encode()  # what is drawn is text
    assert RunIndex(logs, cache).runs[0].path == run_dir  # from the cache


@pytest.mark.parametrize("content", ["", "{", '{"version": 1}', '{"version": 1, "runs": {"a/b/c": [1, 2]}}', "[]"])
def test_a_damaged_cache_is_made_again(logs: Path, cache: Path, content: str) -> None:
    make_run(logs, rewards=[1.0])
    only(logs, cache)
    (file,) = cache.glob("*.json")
    file.write_text(content)
    assert only(logs, cache).last_reward == 1.0
    assert len(RunIndex(logs, cache).runs) == 1


def test_parameters_are_read_without_running_what_they_name(logs: Path) -> None:
    run_dir = make_run(logs)
    other_dir = make_run(logs, "2026-09-22_10-00-00")
    evil = "sim:\n  dt: 0.02\nrun: !!python/object/apply:os.system ['touch executed']\n"
    (run_dir / "params" / "env.yaml").write_text(
        evil + "range: !!python/tuple [1, 2]\nmodel: !!python/name:torch.nn.ELU\n"
        "indices: !!python/object/apply:builtins.slice [null, null, null]\n"
        "thing: !!python/object:rsl_rl.Thing {a: 1}\nnew: 1\n"
    )
    env, agent = runs.read_parameters(run_dir)
    assert not Path("executed").exists()
    assert env["range"] == [1, 2]
    assert env["run"] == "os.system(touch executed)"
    assert env["indices"] == "builtins.slice(None, None, None)"
    assert (env["thing"], env["new"]) == ({"a": 1}, 1)
    assert agent["num_steps_per_env"] == 16
    (other_dir / "params" / "env.yaml").write_text("sim:\n  dt: 0.01\nrange: [1, 2]\n")
    (other_dir / "params" / "agent.yaml").write_text((run_dir / "params" / "agent.yaml").read_text() + "gamma: 0.9\n")
    other_env, other_agent = runs.read_parameters(other_dir)
    found = {one.key: (one.first, one.second) for one in runs.compare(env, other_env, "env.")}
    assert found["env.sim.dt"] == (0.02, 0.01)
    assert found["env.new"] == (1, runs.ABSENT)
    assert "env.range" not in found
    assert runs.compare(agent, other_agent) == (runs.Difference("gamma", runs.ABSENT, 0.9),)
    assert runs.compare(env, env) == ()
    assert [one.key for one in runs.compare({"a": True, "b": [1]}, {"a": 1, "b": [1.0]})] == ["a"]


def test_labels_and_trash_with_undo(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, rewards=[1.0], models=["model_0.pt"])
    runs.rename(run_dir, "  mit  Feder 🚀 ")
    runs.tag(run_dir, ["gut", "", "gut", " zum Vergleich "])
    runs.archive(run_dir)
    run = only(logs, cache)
    assert (run.name, run.title, run.tags, run.archived) == ("mit Feder 🚀", run.name, ("gut", "zum Vergleich"), True)
    runs.archive(run_dir, False)
    runs.rename(run_dir, "")
    assert (only(logs, cache).archived, only(logs, cache).title) == (False, run_dir.name)

    index = RunIndex(logs, cache)
    index.refresh()
    deleted = runs.delete(run_dir)
    index.reread(run_dir)
    assert index.runs == ()
    assert not run_dir.exists()
    assert [one.path for one in runs.trash(logs)] == [run_dir]
    # another one in its place, deleted too
    make_run(logs)
    again = runs.delete(run_dir)
    assert {one.trashed for one in runs.trash(logs)} == {deleted.trashed, again.trashed}
    assert runs.restore(deleted) == run_dir
    index.reread(run_dir)
    assert index.runs[0].tags == ("gut", "zum Vergleich")
    assert (run_dir / "model_0.pt").is_file()
    with pytest.raises(UserError, match="is there again: move that away first"):
        runs.restore(again)
    assert runs.empty_trash(logs) == 1
    assert runs.trash(logs) == ()
    with pytest.raises(UserError, match="cannot be taken out of the trash"):
        runs.restore(runs.DeletedRun(run_dir.with_name("gone"), again.trashed, 0.0))
    assert only(logs, cache).path == run_dir


def test_a_thousand_runs_are_read_once_and_in_slices(logs: Path, cache: Path, monkeypatch) -> None:
    first = make_run(logs, models=["model_0.pt", "model_50.pt", "model_99.pt"], rewards=[1.0, 2.0, 3.0])
    for number in range(999):
        copy = first.with_name(f"2026-09-22_10-00-00_{number}")
        shutil.copytree(first, copy, copy_function=os.link)
    done: list[str] = []

    def noting(owner: object, name: str) -> None:
        original = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args: (done.append(name), original(*args))[1])

    noting(reading, "list_run_files")
    noting(reading, "read_run_files")
    noting(reading._Entry, "read_curve")
    monkeypatch.setattr(reading, "time", SimpleNamespace(time=time.time, monotonic=TickingClock(0.001)))
    index = RunIndex(logs, cache)
    slices = []
    while not index.refresh(0.005):
        slices.append(list(done))
        done.clear()
    assert index.progress == (1000, 1000)
    # five looks at the clock, and between two of them one run or one curve
    assert max(map(len, slices)) <= 12
    assert len(slices) > 300

    done.clear()
    again = RunIndex(logs, cache)
    assert len(again.runs) == 1000
    assert done == []
    assert again.refresh()
    assert again.progress == (1000, 1000)
    assert done == ["list_run_files"] * 1000
    # while a window shows them: a look every few seconds at what something trains alone
    done.clear()
    index._looked = -1e9
    assert index.refresh()
    assert done == []
