# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Trainings whose numbers are no longer finite: what is said of it, and what is left."""

from __future__ import annotations

import io
import math
import pickle
import re
import zipfile

import numpy as np
import pytest
import torch
from helpers.tiny_trainings import EPISODE, LIBRARIES, NUM_ENVS, TRAININGS, TinyEnv, TinyVecEnv, learn
from rl_trainer_ext.errors import Diverged
from rl_trainer_ext.learners.divergence import Kind, Signal, first_bad_tensor, first_fault
from rl_trainer_ext.learners.tensors import all_finite
from stable_baselines3.common.save_util import load_from_zip_file

STEP = 2 * EPISODE + 3
"""The step from which the environments here misbehave, in the third iteration."""

all_libraries = pytest.mark.parametrize("library", LIBRARIES)
not_finite = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])


def third(library):
    """The number of the third iteration, which RL-Games counts from 1."""
    return 3 if library == "rl_games" else 2


class Fault:
    """Spoils what the tiny environments give, from a step on."""

    def __init__(self, monkeypatch, environment, observation=0.0, reward=0.0, column=1):
        self.environment, self.observation, self.reward, self.column = environment, observation, reward, column
        step, get_observations, single_step = TinyVecEnv.step, TinyVecEnv.get_observations, TinyEnv.step
        calls = dict.fromkeys(range(NUM_ENVS), 0)
        vec_calls = 0

        def get_spoilt(env):
            result = get_observations(env)
            if vec_calls >= STEP:
                result["policy"][environment, column] += observation
            return result

        def spoilt(env, actions):
            nonlocal vec_calls
            vec_calls += 1
            result = step(env, actions)
            if vec_calls >= STEP:
                result[1][environment] += reward
            return result

        def spoilt_single(env, action):
            index = round((env._start + 1.0) / 2.0 * (NUM_ENVS - 1))
            calls[index] += 1
            observed, rewarded, *rest = single_step(env, action)
            if index == environment and calls[index] >= STEP:
                observed[column] += observation
                rewarded += reward
            return observed, rewarded, *rest

        monkeypatch.setattr(TinyVecEnv, "get_observations", get_spoilt)
        monkeypatch.setattr(TinyVecEnv, "step", spoilt)
        monkeypatch.setattr(TinyEnv, "step", spoilt_single)


def diverge(library, folder, iterations=5, **kwargs):
    """Trains until it diverges. Returns the training and what was raised."""
    length = {"iterations": iterations} if library in ("skrl", "rl_games") else {}
    training = TRAININGS[library](folder, **length, **kwargs)
    with pytest.raises(Diverged) as raised:
        learn(library, training, iterations)
    return training, raised.value


def everything_in(checkpoint):
    """All numbers of a checkpoint: weights, optimizer, normalisers, windows of episodes."""
    if checkpoint.suffix == ".pth":
        return [torch.load(checkpoint, weights_only=False)]
    if checkpoint.suffix == ".pt":
        saved = torch.load(checkpoint, weights_only=False)
        if "rl_trainer" in saved:  # skrl's
            return [saved, torch.tensor(saved["rl_trainer"]["returns"])]
        kept = saved["infos"]["rl_trainer"]
        return [saved, torch.tensor([*kept["rewards"], *kept["lengths"]])]
    data, parameters, _ = load_from_zip_file(checkpoint)
    with zipfile.ZipFile(checkpoint) as archive:
        assert archive.namelist()
    statistics = pickle.load(io.BytesIO((checkpoint.parent / "model_vecnormalize.pkl").read_bytes()))
    rewards = [episode["r"] for episode in data["ep_info_buffer"]]
    running = [statistics.obs_rms.mean, statistics.obs_rms.var, statistics.ret_rms.mean, statistics.ret_rms.var]
    return [parameters, torch.tensor(rewards), *(torch.as_tensor(each) for each in running)]


@all_libraries
@not_finite
def test_the_observation_is_named_with_its_group_column_and_environment(tmp_path, monkeypatch, library, value):
    Fault(monkeypatch, environment=3, observation=value)
    training, error = diverge(library, tmp_path)
    assert str(error).startswith(
        f"Diverged at iteration {third(library)}: observation 'policy', column 1 of environment 3 is not finite ("
    )
    assert (f"({value:g})" in str(error)) or library == "sb3"
    assert error.iteration == third(library)
    assert first_bad_tensor(everything_in(training.save())) is None


@all_libraries
@not_finite
def test_the_reward_is_named_with_its_environment(tmp_path, monkeypatch, library, value):
    Fault(monkeypatch, environment=2, reward=value)
    training, error = diverge(library, tmp_path)
    assert str(error).startswith(
        f"Diverged at iteration {third(library)}: the reward of environment 2 is not finite ({value:g}). Look at how"
    )
    assert first_bad_tensor(everything_in(training.save())) is None


@all_libraries
@pytest.mark.parametrize("reward", [1e20, 1e38])
def test_huge_rewards_are_told_as_the_cause_of_what_follows(tmp_path, monkeypatch, library, reward):
    Fault(monkeypatch, environment=2, reward=reward)
    kwargs = {"sb3": {"normalize_reward": False}, "rl_games": {"normalize_value": False, "reward_shaper": {}}}
    training, error = diverge(library, tmp_path, **kwargs.get(library, {}))
    assert re.match(
        f"Diverged at iteration {third(library)}: the (loss|weight) '[A-Za-z_. ]+' is not finite [(](inf|nan)[)]",
        str(error),
    )
    assert str(error).endswith(f"The rewards reach {reward:.0e}: scale them down.")
    assert first_bad_tensor(everything_in(training.save())) is None


@all_libraries
def test_a_learning_rate_that_is_too_high_is_told(tmp_path, library):
    fixed = {"rsl_rl": {"schedule": "fixed"}, "sb3": {}, "skrl": {"learning_rate_scheduler": None}}
    fixed["rl_games"] = {"lr_schedule": None}
    rate = {"learning_rate": 1e30} | fixed[library]
    training, error = diverge(library, tmp_path, **rate)
    assert str(error).startswith("Diverged at iteration ")
    assert "Lower the learning rate (1e+30)" in str(error)
    assert training.save() is None or first_bad_tensor(everything_in(training.save())) is None


@all_libraries
def test_weights_that_are_no_numbers_are_named_with_the_iteration_that_made_them(tmp_path, library, monkeypatch):
    steps = 0
    step = torch.optim.Adam.step

    def spoilt(optimizer, *args, **kwargs):
        nonlocal steps
        step(optimizer, *args, **kwargs)
        steps += 1
        if steps == 12:  # the last of the third iteration: four mini-batches each
            with torch.no_grad():
                optimizer.param_groups[0]["params"][1].view(-1)[0] = math.nan

    monkeypatch.setattr(torch.optim.Adam, "step", spoilt)
    training, error = diverge(library, tmp_path)
    assert str(error).startswith(f"Diverged at iteration {third(library)}: the weight '")
    assert "is not finite (nan) in its update" in str(error)
    saved = training.save()
    assert first_bad_tensor(everything_in(saved)) is None
    # what was learned in the first two iterations is not lost
    names = {"rsl_rl": "model_1.pt", "sb3": "model.zip", "skrl": "agent_16.pt", "rl_games": "last_tiny_ep_2_rew_"}
    assert saved.name.startswith(names[library])


@all_libraries
def test_weights_that_are_no_numbers_at_the_end_are_no_success(tmp_path, library, monkeypatch):
    steps = 0
    step = torch.optim.Adam.step

    def spoilt(optimizer, *args, **kwargs):
        nonlocal steps
        step(optimizer, *args, **kwargs)
        steps += 1
        if steps == 8:
            with torch.no_grad():
                optimizer.param_groups[0]["params"][1].view(-1)[0] = math.inf

    monkeypatch.setattr(torch.optim.Adam, "step", spoilt)
    training, error = diverge(library, tmp_path, iterations=2)
    assert error.iteration == third(library) - 1
    assert first_bad_tensor(everything_in(training.save())) is None


@all_libraries
def test_what_has_another_cause_keeps_its_own_words(tmp_path, monkeypatch, library):
    def broken(*args):
        raise RuntimeError("the gripper fell off")

    monkeypatch.setattr(TinyVecEnv, "step", broken)
    monkeypatch.setattr(TinyEnv, "step", broken)
    training = TRAININGS[library](tmp_path)
    with pytest.raises(RuntimeError, match="the gripper fell off"):
        learn(library, training, 5)


def test_the_first_fault_is_the_first_in_time():
    observed, rewarded = torch.zeros(4, 3, 2), torch.zeros(4, 3)
    signals = [Signal(Kind.OBSERVATION, "policy", observed), Signal(Kind.REWARD, "the reward", rewarded)]
    assert first_fault(signals) is None
    observed[3, 1, 0] = math.nan
    assert first_fault(signals).environment == 1
    rewarded[2, 0] = math.inf  # of the same state as that observation, which is told
    assert first_fault(signals).signal.kind is Kind.OBSERVATION
    rewarded[1, 2] = math.inf
    found = first_fault(signals)
    assert (found.signal.kind, found.environment, found.value) == (Kind.REWARD, 2, math.inf)
    counts = Signal(Kind.OBSERVATION, "counts", torch.ones(4, 3, 2, dtype=torch.long))
    assert first_fault([counts]) is None


def test_whole_numbers_and_empty_tensors_are_finite():
    assert all_finite([torch.tensor([1, 2]), torch.empty(0), torch.tensor(True), torch.tensor([3e38, -3e38])])
    assert all_finite([torch.full((3,), 1e300, dtype=torch.float64)])
    assert not all_finite([torch.tensor([1, 2]), torch.from_numpy(np.array([0.0, np.nan]))])
