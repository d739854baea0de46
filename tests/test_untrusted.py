# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A checkpoint cannot run code: files whose payload leaves a note are loaded in every way, and there is no note."""

import base64
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.learners import sb3_state
from rl_trainer_ext.learners.untrusted import read_tensors, tensors_only, unpickled
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.vec_env import VecNormalize


class _Hostile:
    def __init__(self, note: Path) -> None:
        self.note = note

    def __reduce__(self) -> tuple:
        return Path.touch, (self.note,)


@pytest.fixture
def note(tmp_path):
    note = tmp_path / "executed"
    yield note
    assert not note.exists()


def test_a_hostile_pt_is_refused_also_by_the_librarys_own_call(tmp_path, note):
    path = tmp_path / "model_4.pt"
    torch.save({"iter": 4, "infos": _Hostile(note)}, path)
    with pytest.raises(UserError, match="could run code"):
        read_tensors(path)
    with tensors_only(), pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=False)


@pytest.mark.parametrize("key", ["lr_schedule", "observation_space"])
def test_a_hostile_archive_plays_where_the_payload_is_not_needed(tmp_path, note, key):
    env = make_vec_env("Pendulum-v1", 2)
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, seed=1)
    agent.save(tmp_path / "honest.zip")
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(tmp_path / "honest.zip") as honest, zipfile.ZipFile(path, "w") as hostile:
        for name in honest.namelist():
            content = honest.read(name)
            if name == "data":
                data = json.loads(content)
                payload = base64.b64encode(pickle.dumps(_Hostile(note))).decode()
                data[key] = {":type:": "x", ":serialized:": payload}
                content = json.dumps(data).encode()
            hostile.writestr(name, content)
    sb3_state.resume(agent, path) if key == "lr_schedule" else None
    if key == "observation_space":
        with pytest.raises(UserError, match="could run code"):
            sb3_state.load_agent(path, env, "cpu")
        return
    observation = env.reset()
    loaded = sb3_state.load_agent(path, env, "cpu").predict(observation, deterministic=True)[0]
    assert np.array_equal(loaded, agent.predict(observation, deterministic=True)[0])


def test_hostile_statistics_are_refused_and_honest_ones_read(tmp_path, note):
    env = make_vec_env("Pendulum-v1", 2)
    with pytest.raises(UserError, match="could run code"):
        unpickled(pickle.dumps(_Hostile(note)), tmp_path)
    honest = VecNormalize(env)
    honest.reset()
    read = unpickled(pickle.dumps(honest), tmp_path)
    assert np.array_equal(read.obs_rms.mean, honest.obs_rms.mean)


@pytest.mark.parametrize("name", ["deque.__init__", "namedtuple", "abc"])
def test_only_exact_names_are_found(tmp_path, name):
    with pytest.raises(UserError):
        unpickled(b"\x80\x04\x8c\x0bcollections\x8c" + bytes([len(name)]) + name.encode() + b"\x93.", tmp_path)


def test_a_space_with_a_generator_is_read(tmp_path):
    space = Box(-1, 1, (3,), np.float32)
    space.seed(3)
    assert unpickled(pickle.dumps(space), tmp_path) == space
