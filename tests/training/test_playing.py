# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Plays policies that real trainings have made: episodes, pace, single steps, the exported policy."""

from __future__ import annotations

import pytest
import torch
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.training.commands import Pause, Play, SetSpeed, Step, Stop, Train, Unpause
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow

all_libraries = pytest.mark.parametrize("config", ["rsl_rl", "sb3", "skrl"], indirect=True)


@all_libraries
def test_play_the_latest_checkpoint(trainer, config):
    trained = run_to_end(trainer, Train(config))
    short = config.replace(num_steps=40, speed=0.0, max_iterations=None, overrides=("env.episode_length_s=0.5",))
    played = run_to_end(trainer, Play(short))
    assert played.status == "finished"
    assert played.playing
    assert played.checkpoint == trained.checkpoint
    assert played.steps == 40 * config.num_envs
    # half a second of Cartpole is 30 steps
    assert 1 <= played.run.mean_episode_length <= 30
    again = run_to_end(trainer, Play(short.replace(checkpoint=str(trained.checkpoint))))
    assert again.mean_reward == played.mean_reward  # deterministic actions, same seed


def test_play_leaves_the_policy_for_a_robot_as_isaac_labs_command_does(trainer, config, monkeypatch):
    from rsl_rl.models import MLPModel

    trained = run_to_end(trainer, Train(config.replace(max_iterations=1)))
    play = Play(config.replace(num_steps=2, speed=0.0))
    exported = trained.run_dir / "exported"

    def refuse(*_, **__):
        raise RuntimeError("no such operator")

    with monkeypatch.context() as patched:
        patched.setattr(MLPModel, "as_onnx", refuse)
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
