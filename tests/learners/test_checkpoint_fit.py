# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Why a checkpoint does not fit is named: version, algorithm, tensor, bounds. With files of the real libraries."""

from __future__ import annotations

import base64
import json
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box
from helpers.tiny_trainings import runner, sb3_training, train_rsl_rl, train_sb3
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners.base import Purpose, load_learner, mismatch_as_user_error
from rl_trainer_ext.learners.rsl_rl import state as rsl_rl_state
from rl_trainer_ext.learners.sb3 import state as sb3_state
from stable_baselines3 import A2C, PPO, SAC

# Isaac Lab is imported inside the functions: it reads where assets are when it is


def ppo_cfg(actor=None, critic=None, **algorithm):
    """The configuration that the tiny trainings have."""
    from isaaclab_rl.rsl_rl import RslRlMLPModelCfg, RslRlOnPolicyRunnerCfg, RslRlPpoAlgorithmCfg

    gaussian = RslRlMLPModelCfg.GaussianDistributionCfg(init_std=1.0)
    plain = {"hidden_dims": [8], "activation": "elu", "obs_normalization": True}
    cfg = RslRlOnPolicyRunnerCfg()
    cfg.actor = actor or RslRlMLPModelCfg(**plain, distribution_cfg=gaussian)
    cfg.critic = critic or RslRlMLPModelCfg(**plain)
    cfg.algorithm = RslRlPpoAlgorithmCfg(**algorithm)
    return cfg


def model_cfg(**changes):
    from isaaclab_rl.rsl_rl import RslRlMLPModelCfg, RslRlRNNModelCfg

    gaussian = RslRlMLPModelCfg.GaussianDistributionCfg(init_std=1.0, std_type=changes.pop("std_type", "scalar"))
    recurrent = changes.pop("recurrent", None)
    values = {
        "hidden_dims": [8],
        "activation": "elu",
        "obs_normalization": True,
        "distribution_cfg": gaussian,
    } | changes
    return RslRlRNNModelCfg(**values, **recurrent) if recurrent else RslRlMLPModelCfg(**values)


def distillation_cfg(**changes):
    from isaaclab_rl.rsl_rl import RslRlDistillationAlgorithmCfg, RslRlDistillationRunnerCfg

    cfg = RslRlDistillationRunnerCfg()
    cfg.student, cfg.teacher = model_cfg(**changes), model_cfg(**changes)
    cfg.algorithm = RslRlDistillationAlgorithmCfg(num_learning_epochs=1, learning_rate=1e-3, gradient_length=2)
    return cfg


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A checkpoint of each library, one iteration old."""
    folder = tmp_path_factory.mktemp("trained")
    train_rsl_rl(folder / "rsl_rl", 1)
    train_sb3(folder / "sb3", 1)
    return {"rsl_rl": folder / "rsl_rl" / "model_0.pt", "sb3": folder / "sb3" / "model.zip"}


@pytest.fixture
def saved(trained):
    return torch.load(trained["rsl_rl"], weights_only=False)


def check(saved, path, agent_cfg, playing=True):
    """Checks a file of RSL-RL as a session does before the environment is built."""
    torch.save(saved, path)
    load_learner("rsl_rl").check_checkpoint(path, Purpose("Tiny", agent_cfg, playing))


def refusal(saved, tmp_path, agent_cfg, playing=True):
    with pytest.raises(UserError) as refused:
        check(saved, tmp_path / "model_0.pt", agent_cfg, playing)
    return str(refused.value)


@pytest.mark.parametrize("playing", [True, False])
def test_what_fits_is_taken(saved, tmp_path, playing):
    check(saved, tmp_path / "model_0.pt", ppo_cfg(), playing)


@pytest.mark.parametrize("playing", [True, False])
def test_checkpoints_of_rsl_rl_before_5_are_refused_by_name(saved, tmp_path, playing):
    before_4 = {"model_state_dict": {"std": torch.ones(1)}, "optimizer_state_dict": {}, "iter": 9, "infos": None}
    assert "written by RSL-RL before 5.0" in refusal(before_4, tmp_path, ppo_cfg(), playing)
    actor = dict(saved["actor_state_dict"])
    actor["std"] = actor.pop("distribution.std_param")
    assert "written by RSL-RL before 5.0" in refusal({**saved, "actor_state_dict": actor}, tmp_path, ppo_cfg(), playing)


@pytest.mark.parametrize(
    ("actor", "tensor", "override"),
    [
        (
            {"hidden_dims": [4, 4]},
            "mlp.0.weight is [8, 2], that of the policy [4, 2]",
            "agent.actor.hidden_dims=[8] to the overrides",
        ),
        ({"obs_normalization": False}, "obs_normalizer._mean ([1, 2]) is not", "agent.actor.obs_normalization=true"),
        ({"std_type": "log"}, "distribution.log_std_param ([1] in the", "distribution_cfg.std_type=scalar"),
        (
            {"recurrent": {"rnn_type": "gru", "rnn_hidden_dim": 4, "rnn_num_layers": 1}},
            "rnn.rnn.weight_ih_l0 ([12, 2] in the policy) is missing",
            "choose the agent",
        ),
    ],
)
def test_the_first_tensor_that_differs_is_named_with_its_override(saved, tmp_path, actor, tensor, override):
    said = refusal(saved, tmp_path, ppo_cfg(model_cfg(**actor)))
    assert "does not fit the configuration of Tiny: of its actor, " in said
    assert tensor in said
    assert override in said


def test_a_normaliser_that_is_missing_is_named(saved, tmp_path):
    bare = {name: tensor for name, tensor in saved["actor_state_dict"].items() if "normalizer" not in name}
    said = refusal({**saved, "actor_state_dict": bare}, tmp_path, ppo_cfg())
    assert "obs_normalizer._mean ([1, 2] in the policy) is missing" in said
    assert "add agent.actor.obs_normalization=false" in said


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_what_is_said_of_recurrent_networks_is_what_the_library_builds(tmp_path, kind):
    recurrent = {"rnn_type": kind, "rnn_hidden_dim": 6, "rnn_num_layers": 2}
    made = runner(tmp_path / "made", model={"class_name": "RNNModel", **recurrent})
    held = {**made.alg.save(), "iter": 0, "infos": None}
    fitting_cfg = model_cfg(recurrent=recurrent)
    check(held, tmp_path / "model_0.pt", ppo_cfg(fitting_cfg, fitting_cfg.replace(distribution_cfg=None)), False)
    said = refusal(held, tmp_path, ppo_cfg(model_cfg(recurrent=recurrent | {"rnn_hidden_dim": 5})))
    assert "add agent.actor.rnn_hidden_dim=6 to the overrides" in said


def test_a_critic_does_not_stand_in_the_way_of_playing(saved, tmp_path):
    other = ppo_cfg(critic=model_cfg(hidden_dims=[3], distribution_cfg=None))
    check(saved, tmp_path / "model_0.pt", other, playing=True)
    assert "of its critic, mlp.0.weight is [8, 2]" in refusal(saved, tmp_path, other, playing=False)
    made = runner(tmp_path / "made")
    del saved["critic_state_dict"], saved["optimizer_state_dict"]
    torch.save(saved, tmp_path / "model_0.pt")
    rsl_rl_state.load_policy(made, tmp_path / "model_0.pt", "Tiny")
    assert torch.equal(made.alg.get_policy().mlp[0].weight, saved["actor_state_dict"]["mlp.0.weight"])


def test_observations_of_another_task_are_named(saved, tmp_path):
    for name, tensor in saved["actor_state_dict"].items():
        if tensor.shape[-1:] == (2,):
            saved["actor_state_dict"][name] = torch.zeros(*tensor.shape[:-1], 5)
    check(saved, tmp_path / "model_0.pt", ppo_cfg())  # the configuration does not tell
    with pytest.raises(UserError, match=r"does not fit Tiny: .* it has 5 numbers of observations, the task 2: choose"):
        rsl_rl_state.load_policy(runner(tmp_path / "made"), tmp_path / "model_0.pt", "Tiny")


def test_what_a_resumed_training_needs_is_named_where_it_is_missing(saved, tmp_path):
    without = {name: value for name, value in saved.items() if name != "optimizer_state_dict"}
    assert "has no optimizer_state_dict, only actor_state_dict" in refusal(without, tmp_path, ppo_cfg(), playing=False)
    rnd = ppo_cfg(rnd_cfg=object())
    assert "trained without random network distillation" in refusal(saved, tmp_path, rnd, playing=False)
    check(saved, tmp_path / "model_0.pt", rnd, playing=True)


def test_a_newer_format_of_this_extension_plays_and_is_not_resumed(saved, tmp_path):
    newer = {**saved, "infos": {rsl_rl_state.INFOS_KEY: {"version": 2}}}
    check(newer, tmp_path / "model_0.pt", ppo_cfg(), playing=True)
    assert "written by a newer version of RL Trainer" in refusal(newer, tmp_path, ppo_cfg(), playing=False)
    damaged = {**saved, "infos": {rsl_rl_state.INFOS_KEY: {"version": 1, "iterations": 1}}}
    assert "lacks steps, seconds" in refusal(damaged, tmp_path, ppo_cfg(), playing=False)


def test_algorithms_are_told_apart(saved, tmp_path):
    said = refusal(saved, tmp_path, distillation_cfg(), playing=True)
    assert "was trained with PPO and holds a teacher, but no student to play" in said
    check(saved, tmp_path / "model_0.pt", distillation_cfg(), playing=False)
    said = refusal(saved, tmp_path, distillation_cfg(hidden_dims=[16]), playing=False)
    assert "of its teacher, mlp.0.weight is [8, 2]" in said
    assert "add agent.teacher.hidden_dims=[8]" in said
    student = {"student_state_dict": saved["actor_state_dict"], "teacher_state_dict": saved["actor_state_dict"]}
    student |= {"optimizer_state_dict": {}, "iter": 3, "infos": None}
    check(student, tmp_path / "model_0.pt", distillation_cfg(), playing=True)
    assert "was trained with distillation, not with PPO" in refusal(student, tmp_path, ppo_cfg())
    assert "another version of RSL-RL than" in refusal({"iter": 1, "networks": {}}, tmp_path, ppo_cfg())


SB3_CFG = {"policy": "MlpPolicy", "policy_kwargs": {"net_arch": [8]}, "normalize_input": True}


def check_sb3(path, playing=True, **changes):
    load_learner("sb3").check_checkpoint(path, Purpose("Tiny", SB3_CFG | changes, playing))


def changed(source, target, change=None, leave_out=()):
    """A copy of an archive, ``change`` called with its settings."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "data" and change is not None:
                settings = json.loads(content)
                change(settings)
                content = json.dumps(settings).encode()
            if name not in leave_out:
                copy.writestr(name, content)
    return target


def pickled(value):
    return {":type:": "x", ":serialized:": base64.b64encode(pickle.dumps(value)).decode()}


@pytest.mark.parametrize("playing", [True, False])
def test_sb3_other_algorithms_are_refused_by_name(trained, tmp_path, playing):
    check_sb3(trained["sb3"], playing)
    for algorithm, name in ((SAC, "(SAC)"), (A2C, "another algorithm")):
        algorithm("MlpPolicy", "Pendulum-v1").save(tmp_path / "model.zip")
        with pytest.raises(UserError, match="not with PPO: choose a checkpoint of PPO") as refused:
            check_sb3(tmp_path / "model.zip", playing)
        assert name in str(refused.value)


def test_sb3_the_first_tensor_that_differs_is_named_with_its_override(trained):
    state = torch.get_rng_state()
    with pytest.raises(UserError) as refused:
        check_sb3(trained["sb3"], playing=False, policy_kwargs={"net_arch": [16, 4]})
    assert "mlp_extractor.policy_net.0.weight is [8, 2], that of the policy [16, 2]" in str(refused.value)
    assert "add agent.policy_kwargs.net_arch=[8] to the overrides" in str(refused.value)
    assert torch.equal(torch.get_rng_state(), state)
    check_sb3(trained["sb3"], playing=True, policy_kwargs={"net_arch": [16, 4]})  # it plays with its own networks


def test_sb3_other_action_bounds_are_named_for_playing_and_for_training(trained, tmp_path):
    wide = Box(-100.0, 100.0, (1,), np.float32)
    path = changed(trained["sb3"], tmp_path / "model.zip", lambda data: data.update(action_space=pickled(wide)))
    sentence = "actions are bounded by -100 and 100, those of the task by -1 and 1; the same policy would act"
    with pytest.raises(UserError, match=sentence):
        sb3_training(tmp_path / "on", path)
    env = sb3_training(tmp_path / "off").env
    with pytest.raises(UserError, match=sentence):
        sb3_state.load_agent(path, env, "cpu", "Tiny")


def test_sb3_observations_of_another_task_are_named(tmp_path):
    other = PPO("MlpPolicy", "Pendulum-v1", n_steps=8, batch_size=8)
    other.save(tmp_path / "model.zip")
    env = sb3_training(tmp_path / "made").env
    with pytest.raises(UserError, match=r"observations have the shape \(3,\), those of the task \(2,\); choose"):
        sb3_state.load_agent(tmp_path / "model.zip", env, "cpu", "Tiny")


@pytest.mark.parametrize("playing", [True, False])
def test_sb3_a_missing_normaliser_is_named(trained, tmp_path, playing):
    path = changed(trained["sb3"], tmp_path / "model.zip", leave_out=("rl_trainer_vecnormalize.npz",))
    with pytest.raises(UserError, match=r"agent.normalize_input is on, but model.zip holds no statistics"):
        check_sb3(path, playing)
    check_sb3(path, playing, normalize_input=False)


def test_sb3_a_newer_format_of_this_extension_plays_and_is_not_resumed(trained, tmp_path):
    path = changed(trained["sb3"], tmp_path / "model.zip", leave_out=(sb3_state.ENTRY,))
    torch.save({"version": 2}, tmp_path / "kept")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "kept", sb3_state.ENTRY)
    check_sb3(path, playing=True)
    with pytest.raises(UserError, match="written by a newer version of RL Trainer"):
        check_sb3(path, playing=False)


def test_sb3_modules_that_are_missing_are_named_where_they_are_needed(trained, tmp_path, monkeypatch):
    gone = types.ModuleType("gone_module")
    exec("class Thing:\n    pass\ndef schedule(progress):\n    return 1e-3", gone.__dict__)
    monkeypatch.setitem(sys.modules, "gone_module", gone)
    contents = {"lr_schedule": pickled(gone.schedule), "observation_space": pickled(gone.Thing())}
    monkeypatch.delitem(sys.modules, "gone_module")
    for key, content in contents.items():
        path = changed(trained["sb3"], tmp_path / "model.zip", lambda data: data.update({key: content}))  # noqa: B023
        check_sb3(path, playing=False)  # a training has its own schedules and spaces
        if key == "lr_schedule":
            check_sb3(path, playing=True)
            continue
        with pytest.raises(NeedsTrustError, match=r"gone_module\.Thing"):
            check_sb3(path, playing=True)
    garbage = {":type:": "x", ":serialized:": base64.b64encode(b"\x80\x05garbage").decode()}
    path = changed(trained["sb3"], tmp_path / "model.zip", lambda data: data.update(observation_space=garbage))
    with pytest.raises(UserError, match="is damaged"):
        check_sb3(path, playing=True)


def test_what_only_the_library_finds_is_passed_on(tmp_path):
    with (
        pytest.raises(UserError, match=r"cannot be loaded for Tiny \(TypeError: odd\): choose"),
        mismatch_as_user_error(tmp_path, "Tiny"),
    ):
        raise TypeError("odd")
    with pytest.raises(MemoryError), mismatch_as_user_error(tmp_path, "Tiny"):
        raise MemoryError
    with pytest.raises(RuntimeError, match="DefaultCPU"), mismatch_as_user_error(tmp_path, "Tiny"):
        torch.empty(2**55)
