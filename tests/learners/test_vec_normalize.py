# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Statistics of VecNormalize in checkpoints of Stable-Baselines3."""

from __future__ import annotations

import io
import pickle
import zipfile

import numpy as np
import pytest
from helpers.hostile_files import Hostile
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners.sb3 import vec_normalize
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize

pytestmark = pytest.mark.usefixtures("no_trust")


@pytest.fixture
def env():
    return make_vec_env("Pendulum-v1", 2)


@pytest.mark.parametrize("task", ["Pendulum-v1", "dictionary"])
def test_statistics_are_stored_as_arrays_and_read_back_to_the_bit(tmp_path, task):
    if task == "dictionary":
        from stable_baselines3.common.envs import SimpleMultiObsEnv

        env = make_vec_env(SimpleMultiObsEnv, 2)
        normalized = VecNormalize(env, norm_obs_keys=["vec"], clip_reward=np.inf, gamma=0.9)
    else:
        env = make_vec_env(task, 2, seed=1)
        normalized = VecNormalize(env, clip_obs=7.0, clip_reward=np.inf)
    normalized.reset()
    for _ in range(5):
        normalized.step(np.array([env.action_space.sample() for _ in range(2)]))
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(vec_normalize.ENTRY, vec_normalize.entry(normalized))
    with np.load(io.BytesIO(vec_normalize.entry(normalized)), allow_pickle=False) as arrays:
        assert all(array.dtype.kind in "fiU" for array in arrays.values())
    assert vec_normalize.exists(path)
    read = vec_normalize.load(path, env)
    assert {name: getattr(read, name) for name in vec_normalize._OPTIONS} == {
        name: getattr(normalized, name) for name in vec_normalize._OPTIONS
    }
    observation = env.reset()
    same = read.normalize_obs(observation), normalized.normalize_obs(observation)
    if task == "dictionary":
        assert all(np.array_equal(same[0][key], same[1][key]) for key in observation)
    else:
        assert np.array_equal(*same)
    assert np.array_equal(read.normalize_reward(np.ones(2)), normalized.normalize_reward(np.ones(2)))


def test_damaged_statistics_and_those_of_other_observations_are_refused(tmp_path, env):
    path = tmp_path / "model.zip"
    normalized = VecNormalize(env)
    normalized.reset()
    for damaged in (b"no arrays", vec_normalize.entry(normalized)[:-40]):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(vec_normalize.ENTRY, damaged)
        with pytest.raises(UserError, match="damaged statistics"):
            vec_normalize.check(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(vec_normalize.ENTRY, vec_normalize.entry(normalized))
    with pytest.raises(ValueError, match="shape"):
        vec_normalize.load(path, make_vec_env("CartPole-v1", 2))


def test_pickled_statistics_of_earlier_versions_are_still_read(tmp_path, env, note):
    normalized = VecNormalize(env)
    normalized.reset()
    path = tmp_path / "model.zip"
    for content in (pickle.dumps(normalized), pickle.dumps(Hostile(note))):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rl_trainer_vecnormalize", content)
        if b"Hostile" in content or b"touch" in content:
            with pytest.raises(NeedsTrustError):
                vec_normalize.check(path)
        else:
            read = vec_normalize.load(path, env)
            assert np.array_equal(read.obs_rms.mean, normalized.obs_rms.mean)
