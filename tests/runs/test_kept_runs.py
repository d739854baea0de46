# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What a real training leaves, how the next one goes on from it, and policies that change in mid-playback."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until, weights
from rl_trainer_ext.learners import checkpoint_writer as writing
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.runs import list_checkpoints
from rl_trainer_ext.training import lifecycle
from rl_trainer_ext.training.commands import (
    DescribeCheckpoint,
    DismissFailure,
    Follow,
    Play,
    Stop,
    SwapCheckpoint,
    Train,
    Unpause,
)
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow

ROLLOUT = 16 * CARTPOLE.num_envs
LIBRARIES = ("rsl_rl", "sb3")


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return CARTPOLE.replace(log_root=str(tmp_path_factory.mktemp("logs")))


@pytest.fixture(scope="module")
def trained(trainer, config):
    """A run of each library, long enough that episodes end."""
    return {
        library: run_to_end(trainer, Train(config.replace(library=library, max_iterations=8))) for library in LIBRARIES
    }


def record(snapshot) -> dict:
    return json.loads((snapshot.run_dir / "rl_trainer.json").read_text())


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_record_and_the_best_of_a_run(trained, library):
    snapshot = trained[library]
    kept = record(snapshot)
    assert (kept["status"], kept["iterations"], kept["steps"]) == ("finished", 8, 8 * ROLLOUT)
    assert kept["seconds"] == pytest.approx(snapshot.elapsed, abs=1e-3)
    _, rewards = snapshot.metrics.get(MEAN_REWARD).points()
    assert kept["best"]["mean_reward"] == pytest.approx(rewards.max())
    assert weights(snapshot.run_dir / kept["best"]["file"])
    assert not list(snapshot.run_dir.glob(".saving*"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_counters_go_on(trainer, config, trained, library):
    first = trained[library]
    seen = []

    def watch(snapshot):
        if snapshot.state is State.TRAINING:
            seen.append((snapshot.iteration, snapshot.steps, snapshot.elapsed))
        return idle(snapshot)

    trainer.request(Train(config.replace(library=library, checkpoint=str(first.checkpoint), max_iterations=2)))
    trainer.tick(0.0)
    on = tick_until(trainer, watch)
    start = record(on)["resumed_from"]
    assert (on.counts.start_iteration, start["steps"]) == (8, 8 * ROLLOUT)
    assert start["seconds"] == pytest.approx(first.elapsed, abs=0.5)
    assert seen[0][0] == 8
    assert seen[0][1] >= 8 * ROLLOUT
    assert start["seconds"] <= seen[0][2] < seen[-1][2]
    assert (on.iteration, on.counts.total_iterations, on.steps) == (10, 10, 10 * ROLLOUT)
    steps, _ = on.metrics.get(MEAN_REWARD).points()
    assert steps.tolist() == ([8, 9] if library == "rsl_rl" else [9 * ROLLOUT, 10 * ROLLOUT])
    assert on.checkpoint.name == {"rsl_rl": "model_9.pt", "sb3": "model.zip"}[library]
    assert on.counts.steps_per_second == pytest.approx(2 * ROLLOUT / (on.elapsed - start["seconds"]))
    kept = record(on)
    assert (kept["iterations"], kept["steps"]) == (10, 10 * ROLLOUT)
    assert kept["resumed_from"]["checkpoint"] == str(first.checkpoint)
    assert kept["resumed_from"]["iteration"] == 8
    # what was best is best until there is better
    assert kept["best"]["mean_reward"] >= record(first)["best"]["mean_reward"]
    assert weights(on.run_dir / kept["best"]["file"])


@pytest.mark.parametrize("library", LIBRARIES)
def test_counters_go_on_from_a_run_of_the_command(trainer, config, isaac_lab_trained, library):
    final = isaac_lab_trained[library] / {"rsl_rl": "model_2.pt", "sb3": "model.zip"}[library]
    on = run_to_end(trainer, Train(config.replace(library=library, checkpoint=str(final), max_iterations=1)))
    start = record(on)["resumed_from"]
    assert (on.counts.start_iteration, start["steps"]) == (3, 3 * ROLLOUT)
    assert (on.iteration, on.steps) == (4, 4 * ROLLOUT)
    if library == "rsl_rl":  # the command's SB3 logs nothing so early, and so its training time is unknown
        assert 0.0 < start["seconds"] < 60.0


def test_a_learning_rate_that_is_asked_for_wins(trainer, config, trained):
    asked = config.replace(checkpoint=str(trained["rsl_rl"].checkpoint), max_iterations=1)

    def logged(*overrides: str) -> float:
        snapshot = run_to_end(trainer, Train(asked.replace(overrides=overrides)))
        return torch.load(snapshot.checkpoint)["optimizer_state_dict"]["param_groups"][0]["lr"]

    saved = torch.load(trained["rsl_rl"].checkpoint)["optimizer_state_dict"]["param_groups"][0]["lr"]
    # without a divergence to aim at, the adaptive schedule leaves the rate as it finds it
    still = "agent.algorithm.desired_kl=null"
    assert logged(still) == saved
    assert logged(still, "agent.algorithm.learning_rate=0.00123") == 0.00123
    assert logged("agent.algorithm.schedule=fixed", "agent.algorithm.learning_rate=0.00123") == 0.00123


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_would_differ_from_the_checkpoint_is_told_before(trainer, config, trained, library):
    def details(asked):
        trainer.request(DescribeCheckpoint(asked))
        trainer.tick(0.0)
        answer = trainer.snapshot().checkpoint_details
        assert answer.config == asked
        return answer

    asked = config.replace(library=library, checkpoint=str(trained[library].checkpoint), max_iterations=None)
    same = details(asked)
    assert (same.path, same.changes, same.problem) == (trained[library].checkpoint, (), "")
    assert same.iteration == {"rsl_rl": 7, "sb3": 8}[library]
    key = {"rsl_rl": "algorithm.learning_rate", "sb3": "learning_rate"}[library]
    changes = details(asked.replace(overrides=(f"agent.{key}=0.0123",), seed=8)).changes
    assert {(one.key, one.second) for one in changes} == {(key, 0.0123), ("seed", 8)}
    assert "does not exist" in details(asked.replace(checkpoint="/no/such/model_3.pt")).problem


def test_statistics_of_normalised_observations_go_on(trainer, config):
    import pickle

    normalised = config.replace(library="sb3", overrides=("agent.normalize_input=True",), max_iterations=2)
    first = run_to_end(trainer, Train(normalised))
    on = run_to_end(trainer, Train(normalised.replace(checkpoint=str(first.checkpoint))))

    def count(snapshot) -> float:
        return pickle.loads((snapshot.run_dir / "model_vecnormalize.pkl").read_bytes()).obs_rms.count

    # once at the beginning the environments were reset; the second run does not count that again
    assert count(first) == pytest.approx(2 * ROLLOUT + 16, abs=1)
    assert count(on) == pytest.approx(4 * ROLLOUT + 16, abs=1)
    assert (on.run_dir / "best.pkl").exists() == (on.run_dir / "best.zip").exists()


def test_a_checkpoint_that_does_not_fit_leaves_no_run_behind(trainer, config, trained):
    before = sorted(config.log_root_path.glob("*/*/*"))
    wider = config.replace(checkpoint=str(trained["rsl_rl"].checkpoint), overrides=("agent.actor.hidden_dims=[16,16]",))
    refused = run_to_end(trainer, Train(wider))
    assert "does not fit" in refused.failure.message
    assert refused.run_dir is None
    trainer.request(Train(config))
    trainer.tick(0.0)
    tick_until(trainer, lambda snapshot: snapshot.run_dir is not None)
    trainer.request(Stop())
    trainer.tick(0.0)
    assert tick_until(trainer, idle).status == "stopped"
    assert sorted(config.log_root_path.glob("*/*/*")) == before


def test_a_stop_and_a_failure_are_recorded(trainer, config, monkeypatch):
    trainer.request(Train(config.replace(max_iterations=10_000)))
    trainer.tick(0.0)
    tick_until(trainer, lambda snapshot: snapshot.iteration >= 2)
    trainer.request(Stop())
    stopped = tick_until(trainer, lambda snapshot: idle(snapshot) and snapshot.status == "stopped")
    assert record(stopped)["status"] == "stopped"
    assert record(stopped)["steps"] == stopped.steps
    on = run_to_end(trainer, Train(config.replace(checkpoint=str(stopped.checkpoint), max_iterations=1)))
    assert on.counts.start_iteration == stopped.iteration

    from isaaclab.envs import DirectRLEnv

    step = DirectRLEnv.step

    def broken(env, action):
        if trainer.snapshot().iteration >= 1:
            raise RuntimeError("the gripper fell off")
        return step(env, action)

    with monkeypatch.context() as patch:
        patch.setattr(DirectRLEnv, "step", broken)
        failed = run_to_end(trainer, Train(config))
    kept = record(failed)
    assert kept["status"] == "failed"
    assert "the gripper fell off" in kept["failure"]
    assert weights(failed.checkpoint)


def test_a_full_disk_pauses_the_run(trainer, config, monkeypatch):
    monkeypatch.setattr(lifecycle, "RETRY_INTERVAL", 1000.0)
    room = {"free": 10**9}
    monkeypatch.setattr(writing, "free_bytes", lambda folder: room["free"])
    trainer.request(Train(config.replace(max_iterations=10_000)))
    trainer.tick(0.0)
    tick_until(trainer, lambda snapshot: snapshot.iteration >= 2)
    room["free"] = 1000
    held = tick_until(trainer, lambda snapshot: snapshot.held)
    assert held.state is State.PAUSED
    assert held.held.startswith(f"The disk is full: {held.run_dir} needs ")
    still = [trainer.tick(0.01) or trainer.snapshot() for _ in range(5)][-1]
    assert (still.steps, still.elapsed, still.state) == (held.steps, held.elapsed, State.PAUSED)
    trainer.request(Unpause())  # there is no room yet
    trainer.tick(0.5)
    assert trainer.snapshot().held
    room["free"] = 10**9
    trainer.request(Unpause())
    on = tick_until(trainer, lambda snapshot: snapshot.iteration >= held.iteration + 2)
    assert (on.state, on.held) == (State.TRAINING, "")
    room["free"] = 1000
    tick_until(trainer, lambda snapshot: snapshot.held)
    trainer.request(Stop())
    stopped = tick_until(trainer, lambda snapshot: idle(snapshot))
    assert stopped.status == "stopped"
    assert weights(stopped.checkpoint)


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_checkpoint_plays_on_in_the_same_environment(trainer, config, trained, library, monkeypatch):
    from isaaclab.envs import DirectRLEnv

    opened = []
    create = DirectRLEnv.__init__

    def create_and_count(env, *args, **kwargs):
        opened.append(env)
        create(env, *args, **kwargs)

    monkeypatch.setattr(DirectRLEnv, "__init__", create_and_count)
    first = trained[library]
    other = first.run_dir / json.loads((first.run_dir / "rl_trainer.json").read_text())["best"]["file"]
    trainer.request(Play(config.replace(library=library, checkpoint=str(first.checkpoint), speed=0.0)))
    trainer.tick(0.0)
    playing = tick_until(trainer, lambda snapshot: snapshot.state is State.PLAYING and snapshot.steps)
    assert playing.checkpoint == first.checkpoint
    trainer.request(SwapCheckpoint(other))
    swapped = tick_until(trainer, lambda snapshot: snapshot.checkpoint == other)
    on = tick_until(trainer, lambda snapshot: snapshot.steps > swapped.steps)
    assert on.failure is None

    foreign = trained[LIBRARIES[1 - LIBRARIES.index(library)]].checkpoint
    for path, sentence in ((foreign, "choose that library"), (other.with_name("model_999.pt"), "does not exist")):
        trainer.request(SwapCheckpoint(path))
        refused = tick_until(trainer, lambda snapshot: snapshot.failure is not None)
        assert sentence in refused.failure.message
        assert refused.failure.bad_input
        on = tick_until(trainer, lambda snapshot, then=refused.steps: snapshot.steps > then)
        assert (on.state, on.checkpoint) == (State.PLAYING, other)
        trainer.request(DismissFailure())
        tick_until(trainer, lambda snapshot: snapshot.failure is None)

    # a run that is being trained: each checkpoint as it appears
    folder = first.run_dir.with_name("followed")
    shutil.copytree(first.run_dir, folder)
    newest = max(list_checkpoints(folder), key=lambda one: (one.kind != "best", one.modified)).path
    trainer.request(Follow(folder))
    assert tick_until(trainer, lambda snapshot: snapshot.checkpoint == newest).run.following == folder
    pattern = {"rsl_rl": "model_50.pt", "sb3": "model_99999_steps.zip"}[library]
    shutil.copy(first.checkpoint, folder / "writing")
    (folder / "writing").rename(folder / pattern)
    assert tick_until(trainer, lambda snapshot: snapshot.checkpoint == folder / pattern).failure is None
    assert len(opened) == 1
    trainer.request(Stop())
    assert tick_until(trainer, lambda snapshot: idle(snapshot)).status == "stopped"
