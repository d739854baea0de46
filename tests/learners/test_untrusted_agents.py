# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""An archive of Stable-Baselines3 runs no code unasked: resuming, playing, and classes of the user's own."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest
import torch
from helpers.hostile_files import Hostile, OwnExtractor, with_pickled
from rl_trainer_ext.errors import NeedsTrustError
from rl_trainer_ext.learners import trust
from rl_trainer_ext.learners.sb3 import state as sb3_state
from rl_trainer_ext.learners.sb3.pickled import unpickled
from rl_trainer_ext.learners.untrusted import classes_in
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize

pytestmark = pytest.mark.usefixtures("no_trust")


@pytest.fixture
def env():
    return make_vec_env("Pendulum-v1", 2)


@pytest.fixture
def agent(env, tmp_path):
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, seed=1)
    agent.save(tmp_path / "honest.zip")
    return agent


def test_a_hostile_schedule_is_not_run_and_the_policy_plays(tmp_path, note, env, agent):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", "lr_schedule", Hostile(note))
    observation = env.reset()
    loaded = sb3_state.load_agent(path, env, "cpu", "Pendulum-v1").predict(observation, deterministic=True)[0]
    assert np.array_equal(loaded, agent.predict(observation, deterministic=True)[0])


@pytest.mark.parametrize("key", ["lr_schedule", "observation_space", "policy_class", "policy_kwargs", "ep_info_buffer"])
def test_resuming_runs_nothing_that_an_archive_has_pickled(tmp_path, note, agent, key):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", key, Hostile(note))
    assert sb3_state.resume(agent, path).iterations == 0


@pytest.mark.parametrize("key", ["observation_space", "action_space", "policy_class", "policy_kwargs"])
def test_what_a_playback_needs_is_refused_where_it_is_hostile(tmp_path, note, env, agent, key):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", key, Hostile(note))
    with pytest.raises(NeedsTrustError, match="could run code"):
        sb3_state.load_agent(path, env, "cpu", "Pendulum-v1")


def test_hostile_statistics_are_refused_and_honest_ones_read(tmp_path, note, env):
    path = tmp_path / "statistics.pkl"
    path.write_bytes(pickle.dumps(Hostile(note)))
    with pytest.raises(NeedsTrustError, match="could run code"):
        unpickled(path.read_bytes(), path)
    honest = VecNormalize(env)
    honest.reset()
    read = unpickled(pickle.dumps(honest), path)
    assert np.array_equal(read.obs_rms.mean, honest.obs_rms.mean)


def test_a_class_of_the_users_own_plays_once_its_file_is_trusted_and_asks_again_when_it_changes(tmp_path, env):
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, policy_kwargs={"features_extractor_class": OwnExtractor})
    path = tmp_path / "model.zip"
    agent.save(path)
    with pytest.raises(NeedsTrustError, match="OwnExtractor") as refused:
        sb3_state.load_agent(path, env, "cpu", "Pendulum-v1")
    trust.remember(refused.value.digest)
    trust._of_this_process.clear()  # the next session
    assert isinstance(sb3_state.load_agent(path, env, "cpu", "Pendulum-v1").policy.features_extractor, OwnExtractor)

    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more", "")
    with pytest.raises(NeedsTrustError):
        sb3_state.load_agent(path, env, "cpu", "Pendulum-v1")


def test_resuming_does_not_ask_for_a_class_that_the_configuration_names(tmp_path, env):
    kwargs = {"features_extractor_class": OwnExtractor}
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, policy_kwargs=kwargs)
    agent.save(tmp_path / "model.zip")
    other = PPO("MlpPolicy", env, n_steps=8, batch_size=8, policy_kwargs=kwargs)
    sb3_state.resume(other, tmp_path / "model.zip")
    observation = env.reset()
    assert np.array_equal(*(one.predict(observation, deterministic=True)[0] for one in (agent, other)))


def test_a_class_that_the_configuration_names_plays_without_a_question(tmp_path, env):
    kwargs = {"features_extractor_class": OwnExtractor, "activation_fn": torch.nn.Identity}
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, policy_kwargs=kwargs)
    path = tmp_path / "model.zip"
    agent.save(path)
    configured = classes_in({"policy": "MlpPolicy", "policy_kwargs": kwargs})
    assert configured == {OwnExtractor, torch.nn.Identity}
    loaded = sb3_state.load_agent(path, env, "cpu", "Pendulum-v1", configured)
    assert isinstance(loaded.policy.features_extractor, OwnExtractor)
    observation = env.reset()
    assert np.array_equal(*(one.predict(observation, deterministic=True)[0] for one in (agent, loaded)))
    with pytest.raises(NeedsTrustError, match="OwnExtractor"):
        sb3_state.load_agent(path, env, "cpu", "Pendulum-v1", {torch.nn.Identity})
