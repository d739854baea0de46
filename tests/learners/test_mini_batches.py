# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings whose iterations collect too little for their mini-batches are refused before anything is opened."""

from __future__ import annotations

import gymnasium as gym
import pytest
from helpers.runs_made_here import CARTPOLE, run_to_end
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.learners.mini_batches import Batch
from rl_trainer_ext.training.commands import Train


def batch(num_envs, num_steps, parts, least=1, **kwargs):
    return Batch(num_envs, num_steps, parts, least, steps_key="steps", parts_key="parts", **kwargs)


@pytest.mark.parametrize(
    ("enough", "words"),
    [
        (batch(1, 2, 4), ("2 samples cannot be split into 4 mini-batches", "1 environment x 2 steps")),
        (batch(1, 2, 4), ("use 2 environments or more", "set steps to 4 or more", "set parts to 2 or less")),
        (batch(1, 1, 1, 2), ("1 sample cannot be split into 1 mini-batch of 2 or more", "set steps to 2 or more")),
        (batch(3, 2, 4, 2), ("6 samples cannot be split into 4 mini-batches of 2 or more", "set parts to 3 or less")),
        (batch(2, 16, 4, whole_environments=True), ("2 environments cannot be split into 4", "set parts to 2 or less")),
        (batch(4, 16, 0), ("parts is 0",)),
        (batch(4, 0, 1), ("steps is 0",)),
    ],
)
def test_too_few_samples_are_refused_with_what_to_change(enough, words):
    with pytest.raises(UserError) as refused:
        enough.check()
    assert all(word in str(refused.value) for word in words), refused.value


@pytest.mark.parametrize(
    "enough",
    [batch(1, 4, 4), batch(2, 4, 4, 2), batch(4, 1, 4, whole_environments=True), batch(5, 1, 4), batch(1, 1, 1)],
)
def test_what_is_just_enough_is_accepted(enough):
    enough.check()


@pytest.mark.parametrize(
    ("library", "num_envs", "overrides", "words"),
    [
        ("rsl_rl", 1, ["agent.num_steps_per_env=2"], "2 samples cannot be split into 4 mini-batches"),
        (
            "rsl_rl",
            1,
            ["agent.num_steps_per_env=4", "agent.algorithm.normalize_advantage_per_mini_batch=true"],
            "4 samples cannot be split into 4 mini-batches of 2 or more",
        ),
        ("rsl_rl", 1, ["agent.num_steps_per_env=1", "agent.algorithm.num_mini_batches=1"], "1 sample cannot be split"),
        ("rsl_rl", 2, ["agent.actor.class_name=RNNModel"], "2 environments cannot be split into 4 mini-batches"),
        ("sb3", 1, ["agent.n_steps=1"], "agent.n_steps to 2 or more"),
        ("sb3", 4, ["agent.batch_size=1"], "agent.batch_size is 1"),
        ("skrl", 1, ["agent.agent.rollouts=8"], "8 samples cannot be split into 8 mini-batches of 2 or more"),
        ("skrl", 1, ["agent.agent.rollouts=8"], "or set agent.agent.mini_batches to 4 or less"),
    ],
)
def test_a_training_that_could_not_learn_opens_no_environment(
    trainer, tmp_path, monkeypatch, library, num_envs, overrides, words
):
    monkeypatch.setattr(gym, "make", lambda *args, **kwargs: pytest.fail("an environment was made"))
    config = CARTPOLE.replace(
        library=library, num_envs=num_envs, overrides=tuple(overrides), log_root=str(tmp_path / "logs")
    )
    after = run_to_end(trainer, Train(config))
    assert words in after.failure.message
    assert after.failure.bad_input
    assert not list(tmp_path.rglob("*"))
