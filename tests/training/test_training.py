# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Real trainings of real Isaac Lab tasks: weights, files, stop, pause, play, faults."""

from __future__ import annotations

import json

import pytest
import torch
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, idle, run_to_end, tick_until, weights
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD
from rl_trainer_ext.training.snapshot import DismissFailure, Pause, Play, SetSpeed, State, Step, Stop, Train, Unpause

pytestmark = pytest.mark.slow

LIBRARIES = ("rsl_rl", "sb3")
FINAL = {"rsl_rl": "model_2.pt", "sb3": "model.zip"}


@pytest.fixture
def config(request, tmp_path):
    """A short Cartpole training below a folder of the test's own, with a name that needs care."""
    library = getattr(request, "param", "rsl_rl")
    return CARTPOLE.replace(library=library, log_root=str(tmp_path / "läufe und mehr"))


both_libraries = pytest.mark.parametrize("config", LIBRARIES, indirect=True)


@both_libraries
def test_weights_equal_those_of_isaac_labs_command_to_the_bit(trainer, config, isaac_lab_trained):
    theirs = isaac_lab_trained[config.library] / FINAL[config.library]
    frames = 0

    def count(snapshot):
        nonlocal frames
        frames += snapshot.state is State.TRAINING
        return idle(snapshot)

    trainer.request(Train(config))
    trainer.tick(0.0)
    ours = tick_until(trainer, count)
    assert ours.status == "finished"
    assert frames > 10  # it did run in slices
    assert ours.checkpoint.name == theirs.name
    assert equal_to_the_bit(ours.checkpoint, theirs)
    assert not equal_to_the_bit(ours.checkpoint, _other_seed(trainer, config))


def _other_seed(trainer, config):
    return run_to_end(trainer, Train(config.replace(seed=8))).checkpoint


@both_libraries
def test_a_run_leaves_isaac_labs_files(trainer, config):
    snapshot = run_to_end(trainer, Train(config))
    run_dir = snapshot.run_dir
    experiment = {"rsl_rl": "cartpole_direct", "sb3": "Isaac-Cartpole-Direct"}[config.library]
    assert run_dir.parent == config.log_root_path / config.library / experiment
    manifest = json.loads((run_dir / "run.json").read_text())
    assert manifest["library"] == config.library
    assert manifest["task"] == config.task
    assert manifest["metadata"] == {"agent": f"{config.library}_cfg_entry_point"}
    assert (run_dir / "params" / "env.yaml").stat().st_size > 1000
    assert (run_dir / "params" / "agent.yaml").stat().st_size > 100
    assert (run_dir / FINAL[config.library]).is_file()
    assert list(run_dir.rglob("events.out.tfevents.*"))


@both_libraries
def test_the_metrics_hold_what_the_events_hold(trainer, config):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    snapshot = run_to_end(trainer, Train(config))
    (events,) = snapshot.run_dir.rglob("events.out.tfevents.*")
    written = EventAccumulator(str(events))
    written.Reload()
    ours = {"rollout/ep_rew_mean": MEAN_REWARD, "rollout/ep_len_mean": MEAN_EPISODE_LENGTH}
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


@both_libraries
def test_progress_counts_iterations_and_steps(trainer, config):
    seen = []

    def watch(snapshot):
        if snapshot.state is State.TRAINING:
            seen.append((snapshot.iteration, snapshot.steps, snapshot.counts.eta))
        return idle(snapshot)

    trainer.request(Train(config))
    trainer.tick(0.0)
    last = tick_until(trainer, watch)
    rollout = 16 * config.num_envs  # both configurations of Cartpole collect 16 steps an environment
    assert (last.iteration, last.counts.total_iterations) == (3, 3)
    assert last.steps == 3 * rollout
    assert [iteration for iteration, _, _ in seen] == sorted(iteration for iteration, _, _ in seen)
    assert {iteration for iteration, _, _ in seen} >= {0, 1, 2}
    for iteration, steps, eta in seen:
        assert iteration * rollout <= steps <= (iteration + 1) * rollout
        assert (eta is None) == (iteration == 0)


@both_libraries
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


@both_libraries
def test_play_the_latest_checkpoint(trainer, config):
    trained = run_to_end(trainer, Train(config))
    played = run_to_end(trainer, Play(config.replace(num_steps=320, speed=0.0, max_iterations=None)))
    assert played.status == "finished"
    assert played.playing
    assert played.checkpoint == trained.checkpoint
    assert played.steps == 320 * config.num_envs
    # an episode of Cartpole lasts 300 steps at most
    assert 1 <= played.run.mean_episode_length <= 300
    again = run_to_end(trainer, Play(config.replace(num_steps=320, speed=0.0, checkpoint=str(trained.checkpoint))))
    assert again.mean_reward == played.mean_reward  # deterministic actions, same seed


def test_play_leaves_the_policy_for_a_robot_as_isaac_labs_command_does(trainer, config, monkeypatch):
    from rsl_rl.runners import OnPolicyRunner

    trained = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    play = Play(config.replace(num_steps=2, speed=0.0))
    exported = trained.run_dir / "exported"

    def refuse(*_, **__):
        raise RuntimeError("no such operator")

    with monkeypatch.context() as patched:
        patched.setattr(OnPolicyRunner, "export_policy_to_onnx", refuse)
        played = run_to_end(trainer, play)
    assert played.status == "finished"
    assert "was not exported" in played.notice
    assert "no such operator" in played.notice
    assert list(exported.iterdir()) == []  # no incomplete file

    played = run_to_end(trainer, play)
    assert played.status == "finished"
    assert played.notice == ""
    assert {"policy.pt", "policy.onnx"} <= {file.name for file in exported.iterdir()}
    assert not list(exported.glob(".policy-*"))
    policy = torch.jit.load(exported / "policy.pt")
    assert policy(torch.zeros(1, 4)).shape == (1, 1)


def test_playback_is_paced_and_follows_the_speed(trainer, config):
    run_to_end(trainer, Train(config))
    step_dt, slow = 1 / 60, 0.25
    paced = run_to_end(trainer, Play(config.replace(num_steps=20, speed=slow)))
    assert paced.elapsed >= 19 * step_dt / slow

    trainer.request(Play(config.replace(speed=slow)))
    trainer.tick(0.0)
    # between steps it sleeps until a known time, so that the host need not poll
    tick_until(trainer, lambda s: s.state is State.PLAYING and trainer.idle_until > 0)
    trainer.request(SetSpeed(0.0))
    trainer.tick(0.0)
    unpaced = tick_until(trainer, lambda _: trainer.idle_until == 0)
    slept = []
    tick_until(trainer, lambda s: slept.append(trainer.idle_until) or s.steps >= unpaced.steps + 50 * config.num_envs)
    assert set(slept) == {0.0}
    trainer.request(Stop())
    trainer.tick(0.0)
    assert tick_until(trainer, idle).status == "stopped"


def test_an_environment_with_normalised_observations_plays_with_its_statistics(trainer, tmp_path):
    from stable_baselines3 import PPO

    config = CARTPOLE.replace(library="sb3", overrides=("agent.normalize_input=True",), log_root=str(tmp_path))
    trained = run_to_end(trainer, Train(config))
    # where Isaac Lab's play looks for them; here they come with the checkpoint
    (trained.run_dir / "model_vecnormalize.pkl").unlink()
    assert run_to_end(trainer, Play(config.replace(num_steps=20, speed=0.0))).status == "finished"
    bare = trained.run_dir / "model_1_steps.zip"
    PPO.load(trained.checkpoint).save(bare)
    refused = run_to_end(trainer, Play(config.replace(num_steps=20, speed=0.0, checkpoint=str(bare))))
    assert "model_vecnormalize_1_steps.pkl is not beside it" in refused.failure.message
    assert refused.failure.bad_input


@both_libraries
def test_a_training_resumes_from_a_checkpoint(trainer, config):
    first = run_to_end(trainer, Train(config))
    on = run_to_end(trainer, Train(config.replace(checkpoint="latest", max_iterations=1)))
    assert on.status == "finished"
    assert on.run_dir != first.run_dir
    assert not equal_to_the_bit(first.checkpoint, on.checkpoint)
    assert list(on.run_dir.rglob("events.out.tfevents.*"))  # the new run has its own events
    scratch = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    assert not equal_to_the_bit(scratch.checkpoint, on.checkpoint)


class Breaks:
    """Makes an environment's step fail, or return NaN, after some steps."""

    def __init__(self, monkeypatch, what):
        from isaaclab.envs import DirectRLEnv

        step, steps = DirectRLEnv.step, 0

        def broken_step(env, action):
            nonlocal steps
            steps += 1
            result = step(env, action)
            if steps > 20:
                if what == "raises":
                    raise RuntimeError("the gripper fell off")
                result[1].fill_(float("nan"))
            return result

        monkeypatch.setattr(DirectRLEnv, "step", broken_step)


@both_libraries
def test_an_exception_in_the_environment_ends_the_run_and_nothing_else(trainer, config, monkeypatch):
    with monkeypatch.context() as patch:
        Breaks(patch, "raises")
        after = run_to_end(trainer, Train(config))
    assert after.status == "failed"
    assert "RuntimeError: the gripper fell off" in after.failure.message
    assert "broken_step" in after.failure.details
    assert weights(after.checkpoint)
    trainer.request(DismissFailure())
    trainer.tick(0.0)
    assert trainer.snapshot().failure is None
    assert run_to_end(trainer, Train(config)).status == "finished"


@both_libraries
def test_rewards_that_are_not_finite_end_the_run_with_its_weights_intact(trainer, config, monkeypatch):
    with monkeypatch.context() as patch:
        Breaks(patch, "nan")
        after = run_to_end(trainer, Train(config))
    assert after.status == "failed"
    # 16 steps make an iteration, and the 21st is spoilt
    assert after.failure.message.startswith(
        "Diverged at iteration 1: the reward of environment 0 is not finite (nan). Look at how the task computes it."
    )
    assert f"The last checkpoint with finite weights is {after.checkpoint.name}" in after.failure.message
    assert after.failure.checkpoint == after.checkpoint
    assert not after.failure.bad_input
    assert after.notice == ""  # the failure says it
    record = json.loads((after.run_dir / "rl_trainer.json").read_text())
    assert (record["status"], record["failure"]) == ("failed", after.failure.message)
    assert all(torch.isfinite(value).all() for value in weights(after.checkpoint).values())
    assert run_to_end(trainer, Train(config)).status == "finished"


def test_a_playback_steps_once_and_then_waits(trainer, headless, config):
    def step() -> int:
        """Returns the environment steps of all environments after a single step."""
        trainer.request(Step())
        trainer.tick(0.02)
        tick_until(trainer, lambda s: s.state is State.PAUSED)
        for _ in range(5):
            trainer.tick(0.02)
        return trainer.snapshot().steps

    checkpoint = str(headless["rsl_rl"].checkpoint)
    trainer.request(Play(config.replace(checkpoint=checkpoint, max_iterations=None)))
    tick_until(trainer, lambda s: s.state is State.PLAYING and s.steps > 0)
    trainer.request(Pause())
    trainer.tick(0.02)
    before = trainer.snapshot().steps
    assert [step() - before for _ in range(3)] == [16, 32, 48]
    trainer.request(Unpause())
    tick_until(trainer, lambda s: s.steps > before + 48)
    assert trainer.snapshot().state is State.PLAYING
    playing = step()  # which also pauses
    assert step() == playing + 16
    trainer.request(Stop())
    trainer.tick(0.02)
    tick_until(trainer, idle)
    trainer.request(Step())  # ignored: nothing plays
    trainer.tick(0.02)
    assert idle(trainer.snapshot())


def test_a_training_takes_no_single_steps(trainer, config):
    trainer.request(Train(config.replace(max_iterations=50)))
    tick_until(trainer, lambda s: s.state is State.TRAINING and s.steps > 0)
    trainer.request(Step())
    trainer.tick(0.02)
    assert trainer.snapshot().state is State.TRAINING
    trainer.request(Stop())
    trainer.tick(0.02)
    tick_until(trainer, idle)


@both_libraries
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_observation_that_is_not_finite_is_named(trainer, config, monkeypatch, value):
    from isaaclab_tasks.core.cartpole.cartpole_direct_env import CartpoleEnv

    get_observations, calls = CartpoleEnv._get_observations, 0

    def spoilt(env):
        nonlocal calls
        calls += 1
        observations = get_observations(env)
        if calls > 40:
            observations["policy"][5, 2] = value
        return observations

    monkeypatch.setattr(CartpoleEnv, "_get_observations", spoilt)
    after = run_to_end(trainer, Train(config))
    assert after.failure.message.startswith(
        f"Diverged at iteration 2: observation 'policy', column 2 of environment 5 is not finite ({value:g}). "
    )
    assert all(torch.isfinite(saved).all() for saved in weights(after.checkpoint).values())


@both_libraries
def test_the_term_of_a_huge_reward_is_named(trainer, config):
    task = config.replace(task="Isaac-Cartpole", overrides=("env.rewards.alive.weight=1e38",))
    after = run_to_end(trainer, Train(task))
    assert "The rewards reach 2e+36 (term 'alive'): scale them down. " in after.failure.message
    assert after.failure.message.startswith("Diverged at iteration 0: ")
    assert after.failure.message.endswith("Nothing was learned before, so this run has no checkpoint to resume from.")
    assert not [path for path in after.run_dir.iterdir() if path.suffix in (".pt", ".zip")]
