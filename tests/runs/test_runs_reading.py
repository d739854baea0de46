# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What is read of a run of this extension or of ``isaaclab train``: its counters, its rewards, its status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.runs_on_disk import OLD, REWARD_TAG, TASK, age, make_checkpoint, make_run, only, write_events
from rl_trainer_ext import runs
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs import RunIndex, RunStatus, list_checkpoints

CONFIG = RunConfig(task=TASK, library="rsl_rl")


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


def skrl_models(*names: str) -> list[str]:
    return [f"checkpoints/{name}.pt" for name in names]


def test_a_finished_run_of_skrl(logs: Path, cache: Path) -> None:
    """It counts the steps of each environment, and keeps its checkpoints in a folder of the run."""
    models = skrl_models("agent_800", "agent_1590", "agent_1600", "best_agent")
    run_dir = make_run(logs, library="skrl", rewards=range(99), first_step=1, models=models)
    run = only(logs, cache)
    assert (run.path, run.library, run.status) == (run_dir, "skrl", RunStatus.FINISHED)
    assert (run.iterations, run.steps, run.best_reward, run.best_iteration) == (99, 99 * 4 * 16, 98.0, 99)
    kinds = runs.CheckpointKind
    assert [(one.path.name, one.iteration, one.steps, one.kind) for one in list_checkpoints(run_dir)] == [
        ("best_agent.pt", None, None, kinds.BEST),
        ("agent_1600.pt", 100, 6400, kinds.FINAL),
        ("agent_1590.pt", 99, 6360, kinds.PERIODIC),
        ("agent_800.pt", 50, 3200, kinds.PERIODIC),
    ]


def test_a_run_of_skrl_that_did_not_come_to_its_end(logs: Path, cache: Path) -> None:
    """The command saves nothing when it is interrupted."""
    run_dir = make_run(logs, library="skrl", rewards=range(50), first_step=1, models=skrl_models("agent_480"))
    assert only(logs, cache).status is RunStatus.UNKNOWN
    assert [one.kind for one in list_checkpoints(run_dir)] == [runs.CheckpointKind.PERIODIC]


def test_a_run_of_skrl_that_logged_nothing_is_counted_by_its_checkpoint(logs: Path, cache: Path) -> None:
    """The command writes scalars a hundred times in a training, and never in one of fewer steps."""
    make_run(logs, library="skrl", models=skrl_models("agent_48"), max_iterations=3)
    run = only(logs, cache)
    assert (run.status, run.iterations, run.steps) == (RunStatus.FINISHED, 3, 3 * 64)


def test_a_resumed_run_of_skrl_counts_on(logs: Path) -> None:
    """Ten iterations before it, with twice as many environments."""
    run_dir = make_run(logs, library="skrl", models=skrl_models("agent_168", "agent_176", "best_agent"))
    origin = runs.ResumedFrom("checkpoints/agent_160.pt", 10, 10 * 128, 5.0)
    record = runs.RunRecord.begin(run_dir, CONFIG.replace(library="skrl"), origin)
    best = runs.Best(11, 1.0, "checkpoints/best_agent.pt")
    record.end(RunStatus.FINISHED, iterations=11, steps=10 * 128 + 64, seconds=6.0, best=best)
    listed = [(one.path.name, one.iteration, one.steps) for one in list_checkpoints(run_dir)]
    assert listed == [
        ("best_agent.pt", 11, 1280 + 64),
        ("agent_176.pt", 11, 1280 + 64),
        ("agent_168.pt", 10, 1280 + 32),
    ]


def rl_games_models(*epochs: int) -> list[str]:
    return [f"nn/last_cartpole_direct_ep_{epoch}_rew_{epoch / 3}.pth" for epoch in epochs]


def test_a_finished_run_of_rl_games(logs: Path, cache: Path) -> None:
    """It counts its iterations from 1, and has two checkpoints of the last one where that is a periodic one too."""
    models = [*rl_games_models(50, 100), "nn/last_cartpole_direct_ep_100_rew__33.0_.pth", "nn/cartpole_direct.pth"]
    run_dir = make_run(logs, library="rl_games", rewards=range(100), first_step=1, models=models)
    # the same against environment steps and seconds, and more that is logged against one of them only
    for tag in ("rewards/step", "losses/c_loss"):
        write_events(run_dir, tag, range(0, 6400, 64), range(100))
    write_events(run_dir, "rewards/time", range(5000, 5100), range(100))
    age(run_dir)
    run = only(logs, cache)
    assert (run.path, run.library, run.status) == (run_dir, "rl_games", RunStatus.FINISHED)
    assert (run.iterations, run.steps, run.best_reward, run.best_iteration) == (100, 100 * 4 * 16, 99.0, 100)
    kinds = runs.CheckpointKind
    listed = [(one.path.name, one.iteration, one.steps, one.kind) for one in list_checkpoints(run_dir)]
    assert listed[0] == ("cartpole_direct.pth", None, None, kinds.BEST)
    assert {one[1:] for one in listed[1:3]} == {(100, 6400, kinds.FINAL)}
    assert listed[3] == (models[0].removeprefix("nn/"), 50, 3200, kinds.PERIODIC)


def test_a_run_of_rl_games_that_did_not_come_to_its_end(logs: Path, cache: Path) -> None:
    make_run(logs, library="rl_games", rewards=range(60), first_step=1, models=rl_games_models(50))
    run = only(logs, cache)
    assert (run.status, run.iterations, run.steps) == (RunStatus.UNKNOWN, 60, 60 * 64)


def test_a_run_that_the_command_resumed_with_rl_games_ends_at_its_total_length(logs: Path, cache: Path) -> None:
    models = rl_games_models(80, 100)
    run_dir = make_run(logs, library="rl_games", rewards=range(20), first_step=81, models=models)
    run = only(logs, cache)
    assert (run.status, run.iterations) == (RunStatus.FINISHED, 100)
    assert list_checkpoints(run_dir)[0].kind is runs.CheckpointKind.FINAL


def test_a_resumed_run_of_rl_games_counts_on(logs: Path) -> None:
    """Ten iterations before it, with twice as many environments."""
    run_dir = make_run(logs, library="rl_games", models=[*rl_games_models(11), "nn/cartpole_direct.pth"])
    origin = runs.ResumedFrom("nn/last_cartpole_direct_ep_10_rew_1.pth", 10, 10 * 128, 5.0)
    record = runs.RunRecord.begin(run_dir, CONFIG.replace(library="rl_games"), origin)
    best = runs.Best(11, 1.0, "nn/cartpole_direct.pth")
    record.end(RunStatus.FINISHED, iterations=11, steps=10 * 128 + 64, seconds=6.0, best=best)
    assert [(one.iteration, one.steps) for one in list_checkpoints(run_dir)] == [(11, 1280 + 64)] * 2


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
