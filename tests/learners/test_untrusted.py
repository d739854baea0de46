# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""A checkpoint cannot run code unasked: files whose payload leaves a note are loaded in every way, and leave none."""

import base64
import dataclasses
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.cli.main import main
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners import trust
from rl_trainer_ext.learners.sb3 import state as sb3_state
from rl_trainer_ext.learners.sb3 import vec_normalize
from rl_trainer_ext.learners.sb3.format import statistics_beside
from rl_trainer_ext.learners.untrusted import classes_in, read_tensors, tensors_only, unpickled
from rl_trainer_ext.training.snapshot import DescribeCheckpoint, Play, Train, Trust
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env
from stable_baselines3.common.torch_layers import FlattenExtractor
from stable_baselines3.common.vec_env import VecNormalize


class _Hostile:
    def __init__(self, note: Path) -> None:
        self.note = note

    def __reduce__(self) -> tuple:
        return Path.touch, (self.note,)


class OwnExtractor(FlattenExtractor):
    """A class of the user's own, which an archive of Stable-Baselines3 names."""


@dataclasses.dataclass
class OwnInfo:
    """Likewise in a checkpoint of RSL-RL."""

    value: int


@pytest.fixture(autouse=True)
def no_trust_yet(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(trust, "_of_this_process", set())


@pytest.fixture
def note(tmp_path):
    note = tmp_path / "executed"
    yield note
    assert not note.exists()


@pytest.fixture
def env():
    return make_vec_env("Pendulum-v1", 2)


def rewritten(source: Path, target: Path, **changes: bytes | None) -> Path:
    """A copy of an archive with other contents of some entries; None leaves one out."""
    with zipfile.ZipFile(source) as honest:
        contents = {name: honest.read(name) for name in honest.namelist()} | changes
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in contents.items():
            if content is not None:
                archive.writestr(name, content)
    return target


def with_pickled(source: Path, target: Path, key: str, value: object) -> Path:
    """A copy of an archive of Stable-Baselines3 with another pickled value in its ``data``."""
    with zipfile.ZipFile(source) as honest:
        data = json.loads(honest.read("data"))
    data[key] = {":type:": "x", ":serialized:": base64.b64encode(pickle.dumps(value)).decode()}
    return rewritten(source, target, data=json.dumps(data).encode())


@pytest.fixture
def agent(env, tmp_path):
    agent = PPO("MlpPolicy", env, n_steps=8, batch_size=8, seed=1)
    agent.save(tmp_path / "honest.zip")
    return agent


def test_a_hostile_pt_is_refused_also_by_the_librarys_own_call(tmp_path, note):
    path = tmp_path / "model_4.pt"
    torch.save({"iter": 4, "infos": _Hostile(note)}, path)
    with pytest.raises(NeedsTrustError, match="could run code"):
        read_tensors(path)
    with tensors_only(path), pytest.raises(pickle.UnpicklingError):
        torch.load(path, weights_only=False)


def test_a_pt_with_arrays_and_numbers_of_numpy_is_read(tmp_path):
    path = tmp_path / "model_4.pt"
    torch.save({"iter": np.int64(4), "infos": {"curriculum": np.arange(3.0), "reward": np.float32(2.5)}}, path)
    read = read_tensors(path)
    assert (read["iter"], read["infos"]["reward"]) == (4, 2.5)
    assert np.array_equal(read["infos"]["curriculum"], [0.0, 1.0, 2.0])


def test_a_hostile_schedule_is_not_run_and_the_policy_plays(tmp_path, note, env, agent):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", "lr_schedule", _Hostile(note))
    observation = env.reset()
    loaded = sb3_state.load_agent(path, env, "cpu", "Pendulum-v1").predict(observation, deterministic=True)[0]
    assert np.array_equal(loaded, agent.predict(observation, deterministic=True)[0])


@pytest.mark.parametrize("key", ["lr_schedule", "observation_space", "policy_class", "policy_kwargs", "ep_info_buffer"])
def test_training_on_runs_nothing_that_an_archive_has_pickled(tmp_path, note, agent, key):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", key, _Hostile(note))
    assert sb3_state.resume(agent, path).iterations == 0


@pytest.mark.parametrize("key", ["observation_space", "action_space", "policy_class", "policy_kwargs"])
def test_what_a_playback_needs_is_refused_where_it_is_hostile(tmp_path, note, env, agent, key):
    path = with_pickled(tmp_path / "honest.zip", tmp_path / "model.zip", key, _Hostile(note))
    with pytest.raises(NeedsTrustError, match="could run code"):
        sb3_state.load_agent(path, env, "cpu", "Pendulum-v1")


def test_hostile_statistics_are_refused_and_honest_ones_read(tmp_path, note, env):
    path = tmp_path / "statistics.pkl"
    path.write_bytes(pickle.dumps(_Hostile(note)))
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


def test_training_on_does_not_ask_for_a_class_that_the_configuration_names(tmp_path, env):
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


@dataclasses.dataclass
class Writer:
    """A class that a configuration could name, and that does something when it is called."""

    note: Path

    def __post_init__(self) -> None:
        self.note.touch()


def test_a_file_cannot_call_a_class_that_the_configuration_names(tmp_path, note):
    assert unpickled(pickle.dumps({"a": Writer}), tmp_path, {Writer}) == {"a": Writer}
    # the class, a tuple with a text, and the order to call the one with the other
    calls_it = pickle.dumps(Writer, 2)[:-1] + pickle.dumps((str(note),), 2)[2:-1] + b"R."
    with pytest.raises(UserError, match="is damaged"):
        unpickled(calls_it, tmp_path, {Writer})


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
@pytest.mark.parametrize("how", [{"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}])
def test_a_pt_whose_names_torch_does_not_list_can_be_trusted_and_asks_again_when_it_changes(tmp_path, how):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, path, **how)
    with pytest.raises(NeedsTrustError, match=r"OwnInfo.*Load it only if you trust its author") as refused:
        read_tensors(path)
    trust.remember(refused.value.digest)
    trust._of_this_process.clear()  # the next session
    assert read_tensors(path)["infos"] == OwnInfo(3)
    torch.save({"iter": 2, "infos": OwnInfo(3)}, path, **how)
    with pytest.raises(NeedsTrustError):
        read_tensors(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
@pytest.mark.parametrize("how", [{"pickle_protocol": 4}, {"_use_new_zipfile_serialization": False}])
def test_listing_the_names_of_a_hostile_pt_runs_nothing(tmp_path, note, how):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": _Hostile(note)}, path, **how)
    with pytest.raises(NeedsTrustError, match="could run code"):
        read_tensors(path)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4:UserWarning")
def test_a_pt_whose_pickle_is_damaged_is_not_offered_for_trust(tmp_path):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, tmp_path / "honest.pt", pickle_protocol=4)
    with zipfile.ZipFile(tmp_path / "honest.pt") as archive:
        content = archive.read("honest/data.pkl")
    rewritten(tmp_path / "honest.pt", path, **{"honest/data.pkl": content[:20] + b"\xff" + content[21:40]})
    with pytest.raises(UserError, match="is damaged") as refused:
        read_tensors(path)
    assert not isinstance(refused.value, NeedsTrustError)


def test_a_trusted_file_that_cannot_be_read_says_why(tmp_path):
    path = tmp_path / "model_1.pt"
    torch.save({"iter": 1, "infos": OwnInfo(3)}, path)
    content = path.read_bytes()
    trust.allow(path)
    assert read_tensors(path)["infos"] == OwnInfo(3)
    path.write_bytes(content.replace(b"test_untrusted", b"test_untrustee"))
    trust.allow(path)
    with pytest.raises(UserError, match="although you trust it: "):
        read_tensors(path)


def test_a_damaged_list_of_trusted_contents_trusts_nothing(tmp_path):
    trust.remember("0" * 64)
    assert trust.remembered() == {"0" * 64}
    trust.store_path().write_text('{"a": [')
    assert trust.remembered() == set()


@pytest.mark.parametrize("name", ["deque.__init__", "namedtuple", "abc"])
def test_only_exact_names_are_found(tmp_path, name):
    path = tmp_path / "named.pkl"
    path.write_bytes(b"\x80\x04\x8c\x0bcollections\x8c" + bytes([len(name)]) + name.encode() + b"\x93.")
    with pytest.raises(NeedsTrustError):
        unpickled(path.read_bytes(), path)


def test_a_space_with_a_generator_is_read(tmp_path):
    space = Box(-1, 1, (3,), np.float32)
    space.seed(3)
    assert unpickled(pickle.dumps(space), tmp_path) == space


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
    for content in (pickle.dumps(normalized), pickle.dumps(_Hostile(note))):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rl_trainer_vecnormalize", content)
        if b"Hostile" in content or b"touch" in content:
            with pytest.raises(NeedsTrustError):
                vec_normalize.check(path)
        else:
            read = vec_normalize.load(path, env)
            assert np.array_equal(read.obs_rms.mean, normalized.obs_rms.mean)


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory):
    """A log root with one short run of each library; that of Stable-Baselines3 is normalised."""
    config = CARTPOLE.replace(max_iterations=1, num_steps=2, speed=0.0, log_root=str(tmp_path_factory.mktemp("logs")))
    normalized = config.replace(library="sb3", overrides=("agent.normalize_input=True", "agent.n_steps=8"))
    ends = {one.library: run_to_end(trainer, Train(one)) for one in (config, normalized)}
    assert all(end.status == "finished" for end in ends.values()), ends
    return {library: (end.config.replace(num_steps=2, speed=0.0), end.checkpoint) for library, end in ends.items()}


def hostile_files(trained, note: Path) -> list[tuple]:
    """A configuration and a checkpoint, for each place where a file can hold a payload."""
    config, honest = trained["rsl_rl"]
    saved = torch.load(honest, weights_only=True)
    hostile_pt = honest.with_name("model_98.pt")
    torch.save({**saved, "infos": _Hostile(note)}, hostile_pt)
    files = [(config, hostile_pt)]
    config, honest = trained["sb3"]
    for key in ("policy_class", "observation_space", "lr_schedule"):
        path = honest.with_name(f"model_{98 + len(files)}_steps.zip")
        files.append((config, with_pickled(honest, path, key, _Hostile(note))))
    path, nothing = honest.with_name("model_96_steps.zip"), {vec_normalize.ENTRY: None}
    pickled = pickle.dumps(_Hostile(note))
    files.append((config, rewritten(honest, path, **nothing, rl_trainer_vecnormalize=pickled)))
    path = rewritten(honest, honest.with_name("model_97_steps.zip"), **nothing)
    statistics_beside(path).write_bytes(pickled)
    return [*files, (config, path)]


@pytest.mark.slow
def test_no_hostile_file_leaves_its_note_whatever_is_done_with_it(trainer, trained, note, monkeypatch, capsys):
    files = hostile_files(trained, note)
    before = sorted(Path(files[0][0].log_root).glob("*/*/*"))
    refused = 0
    for config, path in files:
        config = config.replace(checkpoint=str(path))
        for command in (Play(config), Train(config)):
            end = run_to_end(trainer, command)
            if end.failure is not None:
                assert "could run code" in end.failure.message, end.failure
                assert end.failure.bad_input
                assert end.failure.untrusted == trust.digest(
                    statistics_beside(path) if path.name == "model_97_steps.zip" else path
                )
                refused += 1
        trainer.request(DescribeCheckpoint(config))
        tick_until(trainer, idle)
        assert main(["runs", "--log_root", config.log_root, "--json"]) == 0
    # all but those whose payload a playback or a training does not need
    assert refused >= 8
    made = set(Path(files[0][0].log_root).glob("*/*/*")) - set(before)
    assert all(
        (run / "rl_trainer.json").is_file() and '"finished"' in (run / "rl_trainer.json").read_text() for run in made
    )


def test_a_hostile_file_is_refused_before_the_environment_is_built(trainer, trained, note, monkeypatch):
    def no_environment(*_: object) -> None:
        raise AssertionError("the environment is built")

    monkeypatch.setattr("rl_trainer_ext.isaac_lab.simulation.environment", no_environment)
    for config, path in hostile_files(trained, note)[:2]:
        end = run_to_end(trainer, Play(config.replace(checkpoint=str(path))))
        assert "could run code" in end.failure.message


@pytest.mark.parametrize("way", ["asked", "option"])
def test_a_trusted_file_plays(trainer, trained, way):
    config, honest = trained["rsl_rl"]
    path = honest.with_name("model_90.pt")
    torch.save({**torch.load(honest, weights_only=True), "infos": {"mine": OwnInfo(1)}}, path)
    config = config.replace(checkpoint=str(path), trust=way == "option")
    end = run_to_end(trainer, Play(config))
    if way == "asked":
        assert "OwnInfo" in end.failure.message
        trainer.request(Trust("0" * 64))  # of another file: nothing happens
        trainer.tick(0.0)
        assert trainer.snapshot().failure == end.failure
        end = run_to_end(trainer, Trust(end.failure.untrusted))
    assert (end.failure, end.status) == (None, "finished")
    assert trust.remembered() == ({trust.digest(path)} if way == "asked" else set())


def test_trust_is_not_recorded_with_a_run():
    config = CARTPOLE.replace(trust=True)
    assert "trust" not in config.to_dict()
    assert not type(config).from_dict({**config.to_dict(), "trust": True}).trust
