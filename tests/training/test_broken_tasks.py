# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trains tasks that raise, or whose observations and rewards are not finite."""

from __future__ import annotations

import json

import pytest
import torch
from helpers.runs_made_here import run_to_end, weights
from rl_trainer_ext.training.commands import DismissFailure, Train

pytestmark = pytest.mark.slow

all_libraries = pytest.mark.parametrize("config", ["rsl_rl", "sb3", "skrl"], indirect=True)


def break_steps(monkeypatch, what):
    """Makes an environment's step raise, or return NaN as reward, after 20 steps."""
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


@all_libraries
def test_an_exception_in_the_environment_ends_the_run_and_nothing_else(trainer, config, monkeypatch):
    with monkeypatch.context() as patch:
        break_steps(patch, "raises")
        after = run_to_end(trainer, Train(config))
    assert after.status == "failed"
    assert "RuntimeError: the gripper fell off" in after.failure.message
    assert "broken_step" in after.failure.details
    assert weights(after.checkpoint)
    trainer.request(DismissFailure())
    trainer.tick(0.0)
    assert trainer.snapshot().failure is None
    assert run_to_end(trainer, Train(config)).status == "finished"


@all_libraries
def test_rewards_that_are_not_finite_end_the_run_with_its_weights_intact(trainer, config, monkeypatch):
    with monkeypatch.context() as patch:
        break_steps(patch, "nan")
        after = run_to_end(trainer, Train(config))
    assert after.status == "failed"
    # 16 steps make an iteration, with skrl 32, and the 21st is spoilt
    iteration = 0 if config.library == "skrl" else 1
    assert after.failure.message.startswith(
        f"Diverged at iteration {iteration}: the reward of environment 0 is not finite (nan). "
        "Look at how the task computes it."
    )
    assert f"The last checkpoint with finite weights is {after.checkpoint.name}" in after.failure.message
    assert after.failure.checkpoint == after.checkpoint
    assert not after.failure.bad_input
    assert after.notice == ""  # the failure says it
    record = json.loads((after.run_dir / "rl_trainer.json").read_text())
    assert (record["status"], record["failure"]) == ("failed", after.failure.message)
    assert all(torch.isfinite(value).all() for value in weights(after.checkpoint).values())
    assert run_to_end(trainer, Train(config)).status == "finished"


@all_libraries
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
        f"Diverged at iteration {1 if config.library == 'skrl' else 2}: "
        f"observation 'policy', column 2 of environment 5 is not finite ({value:g}). "
    )
    assert all(torch.isfinite(saved).all() for saved in weights(after.checkpoint).values())


@all_libraries
def test_the_term_of_a_huge_reward_is_named(trainer, config):
    task = config.replace(task="Isaac-Cartpole", overrides=("env.rewards.alive.weight=1e38",))
    after = run_to_end(trainer, Train(task))
    assert "The rewards reach 2e+36 (term 'alive'): scale them down. " in after.failure.message
    assert after.failure.message.startswith("Diverged at iteration 0: ")
    assert after.failure.message.endswith("Nothing was learned before, so this run has no checkpoint to resume from.")
    assert not [path for path in after.run_dir.iterdir() if path.suffix in (".pt", ".zip")]
