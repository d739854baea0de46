# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains real tasks of Isaac Lab: weights, files, scalars, stop, pause, resume."""

from __future__ import annotations

import json

import pytest
import torch
from helpers.runs_made_here import equal_to_the_bit, idle, run_counting_frames, run_to_end, tick_until, weights
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD
from rl_trainer_ext.training.commands import Pause, Step, Stop, Train, Unpause
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow

FINAL = {"rsl_rl": "model_2.pt", "sb3": "model.zip", "skrl": "checkpoints/agent_96.pt"}

all_libraries = pytest.mark.parametrize("config", ["rsl_rl", "sb3", "skrl"], indirect=True)


@all_libraries
def test_weights_equal_those_of_isaac_labs_command_to_the_bit(trainer, config, isaac_lab_trained):
    theirs = isaac_lab_trained[config.library] / FINAL[config.library]
    ours, frames = run_counting_frames(trainer, config)
    assert ours.status == "finished"
    assert frames > 10  # it did run in slices
    assert ours.checkpoint.name == theirs.name
    assert equal_to_the_bit(ours.checkpoint, theirs)
    assert not equal_to_the_bit(ours.checkpoint, _other_seed(trainer, config))


def _other_seed(trainer, config):
    return run_to_end(trainer, Train(config.replace(seed=8))).checkpoint


@all_libraries
def test_a_run_leaves_isaac_labs_files(trainer, config):
    snapshot = run_to_end(trainer, Train(config))
    run_dir = snapshot.run_dir
    experiment = {"rsl_rl": "cartpole_direct", "sb3": "Isaac-Cartpole-Direct", "skrl": "cartpole_direct"}[
        config.library
    ]
    assert run_dir.parent == config.log_root_path / config.library / experiment
    manifest = json.loads((run_dir / "run.json").read_text())
    assert manifest["library"] == config.library
    assert manifest["task"] == config.task
    more = {"algorithm": "ppo", "ml_framework": "torch"} if config.library == "skrl" else {}
    assert manifest["metadata"] == {"agent": f"{config.library}_cfg_entry_point", **more}
    assert (run_dir / "params" / "env.yaml").stat().st_size > 1000
    assert (run_dir / "params" / "agent.yaml").stat().st_size > 100
    assert (run_dir / FINAL[config.library]).is_file()
    assert list(run_dir.rglob("events.out.tfevents.*"))


@all_libraries
def test_the_metrics_hold_what_the_events_hold(trainer, config):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    snapshot = run_to_end(trainer, Train(config))
    (events,) = snapshot.run_dir.rglob("events.out.tfevents.*")
    written = EventAccumulator(str(events))
    written.Reload()
    ours = {"rollout/ep_rew_mean": MEAN_REWARD, "rollout/ep_len_mean": MEAN_EPISODE_LENGTH}
    ours |= {"Reward / Total reward (mean)": MEAN_REWARD, "Episode / Total timesteps (mean)": MEAN_EPISODE_LENGTH}
    tags = written.Tags()["scalars"]
    assert len(tags) > 5
    for tag in tags:
        series = snapshot.metrics.get(ours.get(tag, tag))
        assert series is not None, tag
        steps, values = series.points()
        points = written.Scalars(tag)
        assert [point.step for point in points] == steps.tolist(), tag
        assert [point.value for point in points] == pytest.approx(values.tolist(), rel=1e-6), tag
    assert snapshot.mean_reward == snapshot.metrics.last(MEAN_REWARD)


@all_libraries
def test_progress_counts_iterations_and_steps(trainer, config):
    seen = []

    def watch(snapshot):
        if snapshot.state is State.TRAINING:
            seen.append((snapshot.iteration, snapshot.steps, snapshot.counts.eta))
        return idle(snapshot)

    trainer.request(Train(config))
    trainer.tick(0.0)
    last = tick_until(trainer, watch)
    # what the configurations of Cartpole collect
    rollout = config.num_envs * (32 if config.library == "skrl" else 16)
    assert (last.iteration, last.counts.total_iterations) == (3, 3)
    assert last.steps == 3 * rollout
    assert [iteration for iteration, _, _ in seen] == sorted(iteration for iteration, _, _ in seen)
    assert {iteration for iteration, _, _ in seen} >= {0, 1, 2}
    for iteration, steps, eta in seen:
        assert iteration * rollout <= steps <= (iteration + 1) * rollout
        assert (eta is None) == (iteration == 0)


@all_libraries
def test_stop_saves_what_was_learned_and_the_next_run_starts(trainer, config):
    trainer.request(Train(config.replace(max_iterations=10_000)))
    trainer.tick(0.0)
    before = tick_until(trainer, lambda s: s.state is State.TRAINING and s.steps > 600)
    trainer.request(Stop())
    trainer.tick(0.0)
    assert trainer.snapshot().state is State.STOPPING
    after = tick_until(trainer, idle)
    assert after.status == "stopped"
    assert after.failure is None
    # Stop was requested between two slices: not one step more was taken
    assert after.steps == before.steps
    assert weights(after.checkpoint)
    assert run_to_end(trainer, Train(config)).status == "finished"


def test_stop_ends_within_an_optimizer_step(trainer, config):
    from torch.optim.optimizer import register_optimizer_step_post_hook

    steps = 0

    def count(*_):
        nonlocal steps
        steps += 1

    # many minibatches: the update takes far longer than a slice
    slow = config.replace(num_envs=64, overrides=("agent.algorithm.num_learning_epochs=200",), max_iterations=5)
    handle = register_optimizer_step_post_hook(count)
    try:
        trainer.request(Train(slow))
        trainer.tick(0.0)
        tick_until(trainer, lambda _: steps > 10)
        taken, environment_steps = steps, trainer.snapshot().steps
        trainer.request(Stop())
        after = tick_until(trainer, idle)
    finally:
        handle.remove()
    assert steps == taken
    assert after.steps == environment_steps
    assert after.status == "stopped"


def test_stop_while_the_environment_is_being_created(trainer, config):
    seen = set()
    for _ in range(12):
        trainer.request(Train(config))
        trainer.tick(0.0)
        snapshot = tick_until(
            trainer, lambda s: s.state is State.TRAINING or (s.state is State.LAUNCHING and s.activity not in seen)
        )
        seen.add(snapshot.activity)
        trainer.request(Stop())
        trainer.tick(0.0)
        after = tick_until(trainer, idle)
        assert after.status == "stopped", snapshot.activity
        assert after.failure is None
        if snapshot.state is State.TRAINING:
            break
    assert "Creating environment: starting physics…" in seen
    assert run_to_end(trainer, Train(config)).status == "finished"


def test_a_pause_takes_no_step_and_no_time(trainer, config):
    trainer.request(Train(config.replace(max_iterations=50)))
    trainer.tick(0.0)
    tick_until(trainer, lambda s: s.state is State.TRAINING and s.iteration >= 1)
    trainer.request(Pause())
    trainer.tick(0.02)
    paused = trainer.snapshot()
    assert paused.state is State.PAUSED
    for _ in range(20):
        trainer.tick(0.02)
    still = trainer.snapshot()
    assert still.steps == paused.steps
    assert still.elapsed == paused.elapsed
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    trainer.request(Unpause())
    tick_until(trainer, lambda s: s.steps > paused.steps)
    trainer.request(Pause())
    trainer.tick(0.02)
    trainer.request(Stop())  # from a pause too
    trainer.tick(0.02)
    assert tick_until(trainer, idle).status == "stopped"


@all_libraries
def test_a_training_resumes_from_a_checkpoint(trainer, config):
    first = run_to_end(trainer, Train(config))
    on = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=1)))
    assert on.status == "finished"
    assert on.run_dir != first.run_dir
    assert not equal_to_the_bit(first.checkpoint, on.checkpoint)
    assert list(on.run_dir.rglob("events.out.tfevents.*"))  # the new run has its own events
    scratch = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    assert not equal_to_the_bit(scratch.checkpoint, on.checkpoint)


def test_a_training_takes_no_single_steps(trainer, config):
    trainer.request(Train(config.replace(max_iterations=50)))
    tick_until(trainer, lambda s: s.state is State.TRAINING and s.steps > 0)
    trainer.request(Step())
    trainer.tick(0.02)
    assert trainer.snapshot().state is State.TRAINING
    trainer.request(Stop())
    trainer.tick(0.02)
    tick_until(trainer, idle)
