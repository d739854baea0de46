# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The list of runs: what it says of runs of either origin, whatever state their files are in; and how fast it opens."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from helpers.counting import TickingClock
from helpers.runs_on_disk import OLD, REWARD_TAG, TASK, make_checkpoint, make_run, write_events
from rl_trainer_ext import runs
from rl_trainer_ext.cli.runs import to_dict
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import RunIndex, RunStatus, list_checkpoints, reading
from rl_trainer_ext.runs.choosing import damaged_after

CONFIG = RunConfig(task=TASK, library="rsl_rl")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A log root whose name needs care."""
    root = tmp_path / "läufe und mehr 🚀"
    root.mkdir()
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def only(logs: Path, cache: Path) -> runs.Run:
    """The one run there is."""
    (run,) = runs.list_runs(logs, cache)
    return run


# --- Runs of isaaclab train -----------------------------------------------------------------------------------------


def test_a_finished_run_of_rsl_rl(logs: Path, cache: Path) -> None:
    rewards = [index * 0.5 for index in range(99)] + [3.0]
    models = ["model_0.pt", "model_50.pt", "model_99.pt"]
    run_dir = make_run(logs, rewards=rewards, models=models)
    run = only(logs, cache)
    assert (run.path, run.library, run.experiment, run.task) == (run_dir, "rsl_rl", "cartpole_direct", TASK)
    assert run.status is RunStatus.FINISHED
    assert (run.iterations, run.steps) == (100, 100 * 4 * 16)
    assert (run.last_reward, run.best_reward, run.best_iteration) == (3.0, 49.0, 98)
    assert run.created == OLD
    assert run.has_manifest
    assert (run.name, run.tags, run.archived, run.problem, run.resumed_from) == ("", (), False, "", None)
    assert len(run.sparkline) == 32
    assert run.sparkline[0] == pytest.approx(0.5)
    assert list(run.sparkline[:-1]) == sorted(run.sparkline[:-1])
    assert run.size == sum(path.stat().st_size for path in run_dir.rglob("*") if path.is_file())
    listed = [(one.path.name, one.iteration, one.steps, one.kind) for one in list_checkpoints(run_dir)]
    kinds = runs.CheckpointKind
    assert listed == [
        ("model_99.pt", 99, 6400, kinds.FINAL),
        ("model_50.pt", 50, 51 * 64, kinds.PERIODIC),
        ("model_0.pt", 0, 64, kinds.PERIODIC),
    ]


def test_a_finished_run_of_sb3(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, library="sb3", experiment=TASK, rewards=[1.0, 2.0], max_iterations=3)
    make_checkpoint(run_dir / "model.zip", steps=192)
    make_checkpoint(run_dir / "model_128_steps.zip", steps=128)
    (run_dir / "model_vecnormalize.pkl").write_bytes(b"statistics")
    run = only(logs, cache)
    assert (run.status, run.iterations, run.steps) == (RunStatus.FINISHED, 3, 192)
    assert (run.last_reward, run.best_iteration) == (2.0, 1)
    final, periodic = list_checkpoints(run_dir)
    assert (final.path.name, final.iteration, final.steps, final.kind) == ("model.zip", 3, 192, "final")
    assert final.size == (run_dir / "model.zip").stat().st_size + len(b"statistics")
    assert (periodic.iteration, periodic.steps, periodic.kind) == (2, 128, "periodic")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"models": ["model_0.pt", "model_50.pt"]}, RunStatus.UNKNOWN),  # killed, or interrupted: it does not say
        ({"models": ["model_0.pt", "model_70.pt"]}, RunStatus.STOPPED),  # saved out of turn, before the end
        ({"models": ["model_149.pt"], "first_step": 50}, RunStatus.FINISHED),  # resumed from model_49.pt
        ({"models": ["model_100.pt"], "first_step": 50}, RunStatus.UNKNOWN),
        ({"models": []}, RunStatus.UNKNOWN),
        ({"library": "sb3", "models": ["model_64_steps.zip"]}, RunStatus.UNKNOWN),
        ({"library": "sb3", "models": ["model.zip"]}, RunStatus.STOPPED),  # interrupted, it saves its model too
    ],
)
def test_how_a_run_without_a_record_ended_is_told_from_what_it_left(logs, cache, changes, status) -> None:
    make_run(logs, rewards=[1.0], **changes)
    assert only(logs, cache).status is status


def test_a_run_without_a_record_runs_while_its_events_grow(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, models=["model_0.pt"], rewards=[1.0])
    index = RunIndex(logs, cache)
    index.refresh()
    assert index.runs[0].status is RunStatus.UNKNOWN
    version = index.version
    index.look_again()
    index.refresh()
    assert index.version == version  # nothing has changed, so nothing is drawn
    (events,) = run_dir.glob("*tfevents*")
    later = write_events(run_dir / "params", REWARD_TAG["rsl_rl"], [1, 2], [5.0, 4.0])
    with events.open("ab") as file:  # the writer of a training appends
        file.write(later.read_bytes()[first_record(later) :])
    later.unlink()
    index.look_again()
    index.refresh()
    (run,) = index.runs
    assert run.status is RunStatus.RUNNING
    assert (run.iterations, run.last_reward, run.best_reward) == (3, 4.0, 5.0)


def first_record(events: Path) -> int:
    """Length of the first record of an event file, which gives the format's version [bytes]."""
    return 8 + 4 + int.from_bytes(events.read_bytes()[:8], "little") + 4


# --- Runs of this extension -----------------------------------------------------------------------------------------


def test_the_record_of_a_run_counts(logs: Path, cache: Path) -> None:
    parent = make_run(logs, "2026-09-20_10-00-00", models=["model_9.pt"])
    run_dir = make_run(logs, rewards=[1.0, 7.0, 2.0], first_step=10, models=["model_12.pt", "best.pt"])
    resumed = runs.ResumedFrom(str(parent / "model_9.pt"), 10, 640, 2.5)
    record = runs.RunRecord.begin(run_dir, CONFIG, resumed)
    record.end(RunStatus.STOPPED, iterations=13, steps=832, seconds=60.0, best=runs.Best(11, 6.5, "best.pt"))
    run = next(run for run in runs.list_runs(logs, cache) if run.path == run_dir)
    assert (run.status, run.iterations, run.steps, run.seconds) == (RunStatus.STOPPED, 13, 832, 60.0)
    assert (run.last_reward, run.best_reward, run.best_iteration) == (2.0, 6.5, 11)
    assert run.resumed_from == parent
    best, final = list_checkpoints(run_dir)
    assert (best.path.name, best.iteration, best.kind) == ("best.pt", 11, "best")
    assert (final.path.name, final.kind) == ("model_12.pt", "final")


@pytest.mark.parametrize(("rewards", "best"), [([9.0, 7.0, 8.0], (8.0, 12)), ([9.0, 7.0, 5.0], (7.0, 11))])
def test_a_killed_run_has_no_newest_reward_above_its_best(logs: Path, cache: Path, rewards, best) -> None:
    run_dir = make_run(logs, rewards=rewards, first_step=10)
    record = runs.RunRecord.begin(run_dir, CONFIG)
    # as it is left by SIGKILL before the next iterations are noted; iteration 10 had no whole episodes
    record.update(iterations=12, steps=768, seconds=9.0, best=runs.Best(11, 7.0, "best.pt"), at_once=True)
    (run,) = runs.list_runs(logs, cache)
    assert (run.last_reward, run.best_reward, run.best_iteration) == (rewards[-1], *best)


def test_the_points_of_a_run_that_has_just_ended_are_kept(logs: Path, cache: Path, monkeypatch) -> None:
    monkeypatch.setattr("rl_trainer_ext.metrics.reading.CACHED_FROM", 2)
    run_dir = make_run(logs, rewards=[1.0, 2.0, 3.0])
    for file in run_dir.glob("*tfevents*"):
        os.utime(file)
    record = runs.RunRecord.begin(run_dir, CONFIG)
    runs.list_runs(logs, cache)
    assert not list(cache.glob("curves/*.npz"))
    record.end(RunStatus.FINISHED, iterations=3, steps=192, seconds=9.0, best=None)
    RunIndex(logs, cache / "new").refresh()
    assert len(list(cache.glob("new/curves/*.npz"))) == 1


def test_a_run_whose_process_is_gone_was_killed(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, rewards=[1.0])
    script = (
        "import sys, time, pathlib\n"
        "from rl_trainer_ext import runs\n"
        "from rl_trainer_ext.run_config import RunConfig\n"
        "runs.RunRecord.begin(pathlib.Path(sys.argv[1]), RunConfig(task='T', library='rsl_rl'))\n"
        "print('begun', flush=True)\n"
        "time.sleep(60)\n"
    )
    index = RunIndex(logs, cache)
    process = subprocess.Popen([sys.executable, "-c", script, str(run_dir)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout.readline() == "begun\n"
        index.refresh()
        assert index.runs[0].status is RunStatus.RUNNING
        with pytest.raises(UserError, match="is being trained: stop it first"):
            runs.delete(run_dir)
        process.kill()
    index.look_again()
    index.refresh()
    assert index.runs[0].status is RunStatus.KILLED
    # from the cache too: what was running then need not be now
    assert RunIndex(logs, cache).runs[0].status is RunStatus.KILLED


def test_a_run_of_another_machine_runs_while_it_gives_signs_of_life(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, rewards=[1.0])
    runs.RunRecord.begin(run_dir, CONFIG)
    path = run_dir / "rl_trainer.json"
    values = json.loads(path.read_text()) | {"host": "another"}
    path.write_text(json.dumps(values))
    assert only(logs, cache).status is RunStatus.RUNNING
    path.write_text(json.dumps(values | {"updated_at": "2026-01-01T00:00:00+00:00"}))
    assert only(logs, cache).status is RunStatus.UNKNOWN


# --- Bad input ------------------------------------------------------------------------------------------------------


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


def test_a_checkpoint_that_is_not_whole_is_not_chosen_and_marked(logs: Path, cache: Path) -> None:
    run_dir = make_run(logs, models=["model_50.pt", "model_100.pt", "best.pt"])
    config = CONFIG.replace(log_root=str(logs))

    def found(checkpoint: str) -> str:
        return runs.find_checkpoint(config.replace(checkpoint=checkpoint), "cartpole_direct").name

    assert (found("latest"), found("best")) == ("model_100.pt", "best.pt")
    for name in ("model_100.pt", "best.pt"):  # as a command leaves it that was killed while it saved
        (run_dir / name).write_bytes((run_dir / name).read_bytes()[:-30])
    assert [one.path.name for one in list_checkpoints(run_dir)] == ["model_50.pt"]
    assert (found("latest"), found("best")) == ("model_50.pt", "model_50.pt")
    assert damaged_after(run_dir / "model_50.pt", "latest") == (run_dir / "model_100.pt",)
    assert damaged_after(run_dir / "model_50.pt", "best") == (run_dir / "best.pt", run_dir / "model_100.pt")
    (run,) = runs.list_runs(logs, cache)
    assert run.problem == "model_100.pt and best.pt are damaged, and are skipped: latest and best take what is whole."
    assert runs.list_runs(logs, cache) == (run,)  # from the cache
    marked = {one.path.name: bool(one.problem) for one in list_checkpoints(run_dir, damaged=True)}
    assert marked == {"best.pt": True, "model_100.pt": True, "model_50.pt": False}
    told = to_dict(run)["damaged"]
    assert told == {name: runs.find_damage(run_dir / name) for name in ("best.pt", "model_100.pt")}
    assert all("does not end as an archive does" in sentence for sentence in told.values())
    (run_dir / "model_50.pt").write_bytes(b"")
    with pytest.raises(UserError, match="is damaged, and its run has no other checkpoint"):
        found("latest")


def flip_a_byte(path: Path) -> None:
    """Changes the first byte of what an archive holds, as a bad disk does."""
    with zipfile.ZipFile(path) as archive:
        first = archive.infolist()[0]
        content = archive.read(first)
    whole = path.read_bytes()
    at = whole.index(content)
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])


def test_a_checkpoint_with_a_wrong_checksum_is_not_chosen(logs: Path) -> None:
    run_dir = make_run(logs, models=["model_50.pt", "model_100.pt", "best.pt"])
    config = CONFIG.replace(log_root=str(logs))
    for name in ("model_100.pt", "best.pt"):
        flip_a_byte(run_dir / name)
    found = {
        asked: runs.find_checkpoint(config.replace(checkpoint=asked), "cartpole_direct").name
        for asked in ("latest", "best")
    }
    assert found == {"latest": "model_50.pt", "best": "model_50.pt"}
    assert damaged_after(run_dir / "model_50.pt", "latest") == (run_dir / "model_100.pt",)
    path = run_dir / "model_100.pt"
    wrong = f"{path} is damaged: the checksum of data in it is wrong. Choose another checkpoint."
    assert runs.find_damage(path) == wrong
    assert runs.find_damage(run_dir / "model_50.pt") == ""


def test_of_a_cut_archive_the_one_within_it_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    make_checkpoint(tmp_path / "policy.pth")
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data", "{}")
        archive.write(tmp_path / "policy.pth", "policy.pth")
    assert runs.find_damage(path) == ""
    within = path.read_bytes().index((tmp_path / "policy.pth").read_bytes())
    path.write_bytes(path.read_bytes()[: within + (tmp_path / "policy.pth").stat().st_size])
    assert zipfile.is_zipfile(path)
    assert "does not end as an archive does" in runs.find_damage(path)


@pytest.mark.parametrize(
    ("library", "models"),
    [
        ("rsl_rl", ["model_9.pt", "model_10.pt", "model_abc.pt", "model_10_copy.pt", "model_.pt"]),
        ("sb3", ["model_640_steps.zip", "model_6400_steps.zip", "model_old.zip", "model_x_steps.zip"]),
    ],
)
def test_numbers_decide_what_is_latest_and_never_the_alphabet(logs: Path, library: str, models: list[str]) -> None:
    experiment = "cartpole_direct" if library == "rsl_rl" else TASK
    make_run(logs, library=library, experiment=experiment, models=models)
    config = RunConfig(task=TASK, library=library, log_root=str(logs))
    assert runs.find_checkpoint(config, experiment).name == models[1]


def test_another_agent_s_checkpoint_is_named_where_there_is_none_of_the_asked(logs: Path) -> None:
    for name, agent, age in (("a", "rsl_rl_old_cfg_entry_point", 9), ("b", "rsl_rl_new_cfg_entry_point", 5)):
        run_dir = make_run(logs, name, experiment="other_name", models=["model_0.pt"], created=OLD - age)
        manifest = json.loads((run_dir / "run.json").read_text())
        (run_dir / "run.json").write_text(json.dumps(manifest | {"metadata": {"agent": agent}}))
    make_run(logs, "c", experiment="other_name", task="Isaac-Ant", models=["model_0.pt"])
    config = CONFIG.replace(log_root=str(logs), checkpoint="latest")
    with pytest.raises(
        UserError, match=r"one with rsl_rl_new_cfg_entry_point in .*/b: choose it with --agent rsl_rl_new"
    ):
        runs.find_checkpoint(config, "cartpole_direct")


def test_a_run_of_stable_baselines3_resumed_with_other_environments_counts_on(logs: Path) -> None:
    run_dir = make_run(logs, library="sb3", experiment=TASK, models=["model_1152_steps.zip"])
    make_checkpoint(run_dir / "model.zip", steps=1216)
    # 8 iterations of 128 steps, and then two or three of 64
    runs.RunRecord.begin(run_dir, CONFIG, runs.ResumedFrom("/elsewhere/model.zip", 8, 1024, 1.0))
    assert [(one.iteration, one.steps) for one in list_checkpoints(run_dir)] == [(11, 1216), (10, 1152)]


def test_latest_is_what_was_saved_last(logs: Path) -> None:
    make_run(logs, "2026-09-20_10-00-00", library="sb3", experiment=TASK, models=["model_999.zip"], created=OLD - 9)
    models = ["model_64_steps.zip", "model_640_steps.zip"]
    run_dir = make_run(logs, library="sb3", experiment=TASK, models=models)
    make_run(logs, "2026-09-22_10-00-00", library="sb3", experiment=TASK, created=OLD + 9)  # no checkpoint yet
    config = RunConfig(task=TASK, library="sb3", log_root=str(logs))
    assert runs.find_checkpoint(config, TASK) == run_dir / "model_640_steps.zip"
    # Isaac Lab's natural sort would put the final model before these
    make_checkpoint(run_dir / "model.zip")
    assert runs.find_checkpoint(config, TASK) == run_dir / "model.zip"
    make_checkpoint(run_dir / "best.zip")
    assert runs.find_checkpoint(config, TASK) == run_dir / "model.zip"
    assert runs.find_checkpoint(config.replace(checkpoint="best"), TASK) == run_dir / "best.zip"


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


# --- Parameters -----------------------------------------------------------------------------------------------------


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
    found = {one.key: (one.first, one.second) for one in runs.differences(run_dir, other_dir)}
    assert found["env.sim.dt"] == (0.02, 0.01)
    assert found["env.new"] == (1, runs.ABSENT)
    assert found["agent.gamma"] == (runs.ABSENT, 0.9)
    assert "env.range" not in found
    assert not [key for key in found if key.startswith("agent.") and key != "agent.gamma"]
    assert runs.differences(run_dir, run_dir) == ()
    assert [one.key for one in runs.compare({"a": True, "b": [1]}, {"a": 1, "b": [1.0]})] == ["a"]


# --- Labels and trash -----------------------------------------------------------------------------------------------


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


# --- A thousand runs ------------------------------------------------------------------------------------------------


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
    noting(reading, "read_facts")
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
