# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""skrl with the real library in a tiny environment: equal weights, resuming, what is kept, what is refused."""

from __future__ import annotations

import copy
import math
import os

import numpy as np
import pytest
import skrl
import torch
from helpers.runs_made_here import equal_to_the_bit, weights
from helpers.tiny_trainings import EPISODE, NUM_ENVS, SKRL_ENVIRONMENTS, TinySkrlEnv, skrl_config, skrl_training
from helpers.tiny_trainings import train_skrl as train
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners.base import Purpose, load_learner
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.learners.skrl.policy import deterministic, policy_network
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD
from rl_trainer_ext.metrics.reading import EventReader
from skrl.utils.runner.torch import Runner

ALGORITHMS = tuple(SKRL_ENVIRONMENTS)
ROLLOUT = EPISODE * NUM_ENVS


def checkpoint(folder, iterations):
    return folder / "checkpoints" / f"agent_{iterations * EPISODE}.pt"


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A training to 6 iterations in one go, and its first 3, by algorithm."""
    folder = tmp_path_factory.mktemp("skrl")
    for algorithm in ALGORITHMS:
        train(folder / algorithm / "whole", 6, **{"class": algorithm})
        train(folder / algorithm / "half", 3, **{"class": algorithm})
    return folder


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_weights_equal_those_of_the_library_alone(runs, tmp_path, algorithm):
    config = skrl_config(iterations=6, **{"class": algorithm})
    config["agent"]["experiment"] = {"directory": str(tmp_path), "experiment_name": "theirs"}
    skrl.config.torch.key = 0  # as a new process has it
    runner = Runner(SKRL_ENVIRONMENTS[algorithm](), config)
    runner.run()
    runner.agent.write_checkpoint(timestep=6 * EPISODE, timesteps=6 * EPISODE)
    assert equal_to_the_bit(checkpoint(runs / algorithm / "whole", 6), checkpoint(tmp_path / "theirs", 6))


@pytest.mark.parametrize("algorithm", ["PPO", "IPPO", "MAPPO"])
def test_it_resumes_to_the_bit(runs, tmp_path, algorithm):
    before = runs / algorithm
    torch.rand(7)  # whatever the process drew in between
    on = train(tmp_path, 3, checkpoint(before / "half", 3), **{"class": algorithm})
    assert equal_to_the_bit(checkpoint(tmp_path, 6), checkpoint(before / "whole", 6))
    assert not equal_to_the_bit(checkpoint(tmp_path, 6), checkpoint(before / "half", 3))
    whole, resumed = (torch.load(checkpoint(each, 6), weights_only=True) for each in (before / "whole", tmp_path))
    first, second = (each if algorithm == "PPO" else each["left"] for each in (whole, resumed))
    assert first["optimizer"]["param_groups"] == second["optimizer"]["param_groups"]
    for key, state in first["optimizer"]["state"].items():
        assert all(torch.equal(state[name], second["optimizer"]["state"][key][name]) for name in state)
    assert whole["rl_trainer"]["returns"] == resumed["rl_trainer"]["returns"]
    # iteration 3 follows iteration 2: none is done twice, and the curve continues
    assert on.metrics.get(MEAN_REWARD).points()[0].tolist() == [4 * EPISODE, 5 * EPISODE, 6 * EPISODE]
    assert (on.start, on.iteration) == (Progress(3, 3 * ROLLOUT, 0.75), 6)


def test_amp_resumes_with_motions_that_it_collects_again(runs, tmp_path):
    on = train(tmp_path, 3, checkpoint(runs / "AMP" / "half", 3), **{"class": "AMP"})
    assert (on.start.iterations, on.iteration) == (3, 6)
    assert checkpoint(tmp_path, 6).is_file()


def test_without_the_random_generators_it_would_not_be_equal(runs, tmp_path):
    # the comparison above can fail: with another seed the generators are not taken over
    train(tmp_path, 3, checkpoint(runs / "PPO" / "half", 3), seed=2)
    assert not equal_to_the_bit(checkpoint(tmp_path, 6), checkpoint(runs / "PPO" / "whole", 6))


def test_the_curve_has_a_point_in_each_iteration_and_is_in_the_events(runs, tmp_path):
    training = train(tmp_path, 6)
    reader = EventReader(tmp_path, library="skrl")
    reader.read()
    for tag in (MEAN_REWARD, MEAN_EPISODE_LENGTH, "Loss / Policy loss", "Learning / Learning rate"):
        ours, written = training.metrics.get(tag), reader.metrics.get(tag)
        assert ours.points()[0].tolist() == written.points()[0].tolist() == [step * EPISODE for step in range(1, 7)]
        assert ours.points()[1] == pytest.approx(written.points()[1], rel=1e-6)
        assert ours.step_unit == written.step_unit == "steps of each environment"
    assert training.metrics.last(MEAN_EPISODE_LENGTH) == EPISODE


def test_an_interval_of_the_user_is_that_of_the_library(tmp_path):
    config = {"write_interval": 3, "checkpoint_interval": 5}
    training = train(tmp_path, 2, experiment=config)
    assert training.metrics.get("Reward / Instantaneous reward (mean)").points()[0].tolist() == [3, 6, 9, 12, 15]
    # the episodes end in steps 8 and 16; the library forgets them as soon as they are written
    assert training.metrics.get(MEAN_REWARD).points()[0].tolist() == [9]
    saved = {path.name for path in (tmp_path / "checkpoints").glob("agent_*.pt")}
    assert saved == {"agent_5.pt", "agent_10.pt", "agent_15.pt", "agent_16.pt"}
    silent = train(tmp_path / "silent", 1, experiment={"write_interval": 0, "checkpoint_interval": 0})
    assert silent.metrics.get(MEAN_REWARD) is None
    assert not list((tmp_path / "silent").rglob("*tfevents*"))
    assert checkpoint(tmp_path / "silent", 1).is_file()


def test_the_library_itself_loads_what_is_kept(runs):
    path = checkpoint(runs / "PPO" / "half", 3)
    agent = Runner(TinySkrlEnv(), in_no_folder(skrl_config())).agent
    agent.load(str(path))
    theirs = agent.policy.state_dict()
    saved = torch.load(path, weights_only=True)
    assert saved.keys() == {*agent.checkpoint_modules, "rl_trainer"}
    assert all(torch.equal(value, theirs[name]) for name, value in saved["policy"].items())


def in_no_folder(config):
    config["agent"]["experiment"] = {"write_interval": 0, "checkpoint_interval": 0}
    return config


def test_a_checkpoint_that_the_library_made_by_itself_is_followed_by_the_next_iteration(tmp_path):
    path = checkpoint(tmp_path / "theirs", 3)
    path.parent.mkdir(parents=True)
    Runner(TinySkrlEnv(), in_no_folder(skrl_config())).agent.save(str(path))
    training = skrl_training(tmp_path / "ours", path)
    assert (training.start.iterations, training.counter_at(0)) == (3, 3 * EPISODE)


def test_an_adaptive_learning_rate_is_restored_and_another_is_taken_where_it_is_asked_for(runs, tmp_path):
    path = checkpoint(runs / "PPO" / "half", 3)
    saved = torch.load(path, weights_only=True)["optimizer"]["param_groups"][0]["lr"]
    training = skrl_training(tmp_path / "on", path)
    assert training.agent.optimizer.param_groups[0]["lr"] == saved != 1e-3
    training.resume(path, "Tiny", learning_rate=3e-4)
    assert training.agent.optimizer.param_groups[0]["lr"] == 3e-4


def test_fine_tuning_takes_the_weights_and_normalisers_and_begins_everything_else(runs, tmp_path):
    path = checkpoint(runs / "PPO" / "half", 3)
    training = skrl_training(tmp_path / "on", iterations=2)
    training.fine_tune(path, "Tiny")
    saved = torch.load(path, weights_only=True)
    modules = training.agent.checkpoint_modules
    for name in ("policy", "value", "observation_preprocessor", "value_preprocessor"):
        assert all(torch.equal(value, modules[name].state_dict()[key]) for key, value in saved[name].items())
    assert not training.agent.optimizer.state
    assert training.agent.optimizer.param_groups[0]["lr"] == 1e-3
    training.learn()
    assert training.save() == checkpoint(tmp_path / "on", 2)


def test_the_settings_of_the_process_are_restored():
    before = skrl.config.torch.key, torch.backends.cudnn.benchmark, os.environ.get("PYTHONHASHSEED")
    with load_learner("skrl").training_scope():
        assert skrl.config.torch.key == 0  # what the environment's wrapper takes in a new process
        Runner(TinySkrlEnv(), in_no_folder(skrl_config(seed=5)))
        assert skrl.config.torch.key == 5
    assert (skrl.config.torch.key, torch.backends.cudnn.benchmark, os.environ.get("PYTHONHASHSEED")) == before


# --- What does not fit ----------------------------------------------------------------------------------------------


def check(path, playing=True, change=None, **agent):
    config = skrl_config(**agent)
    if change is not None:
        change(config)
    load_learner("skrl").check_checkpoint(path, Purpose("Tiny", config, playing))


def refusal(path, **kwargs):
    with pytest.raises(UserError) as refused:
        check(path, **kwargs)
    return str(refused.value)


@pytest.mark.parametrize("playing", [True, False])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_fits_is_taken(runs, algorithm, playing):
    check(checkpoint(runs / algorithm / "half", 3), playing, **{"class": algorithm})


@pytest.mark.parametrize(
    ("saved", "asked", "words"),
    [
        ("PPO", {"layers": (4, 4)}, "the layers of its policy are [8], the configured ones [4, 4]"),
        ("PPO", {"observation_preprocessor": None}, "it was trained with normalised observations; add"),
        ("PPO", {"class": "AMP"}, "was trained with another algorithm, not with AMP"),
        ("AMP", {}, "was trained with AMP, not with PPO"),
        ("PPO", {"class": "MAPPO"}, "was trained with a single agent, which MAPPO does not train"),
        ("IPPO", {}, "was trained with several agents (left, right), which PPO does not train"),
    ],
)
def test_what_does_not_fit_is_refused_before_there_is_an_environment(runs, saved, asked, words):
    assert words in refusal(checkpoint(runs / saved / "half", 3), **asked)


def test_files_of_others_and_damaged_ones_are_refused(runs, tmp_path):
    whole = checkpoint(runs / "PPO" / "half", 3)
    other = tmp_path / "model_1.pt"
    torch.save({"actor_state_dict": {}, "iter": 3}, other)
    assert "holds no agent of skrl: choose an agent_<N>.pt" in refusal(other)
    cut = tmp_path / "agent_8.pt"
    cut.write_bytes(whole.read_bytes()[:-40])
    assert "is no checkpoint, or it is damaged" in refusal(cut)
    jax = tmp_path / "agent_8.pickle"
    jax.write_bytes(b"")
    assert "is a checkpoint of skrl with JAX" in refusal(jax)
    newer = tmp_path / "agent_16.pt"
    saved = torch.load(whole, weights_only=True)
    torch.save(saved | {"rl_trainer": {"version": 99}}, newer)
    assert "was written by a newer version of RL Trainer" in refusal(newer, playing=False)
    torch.save({key: value for key, value in saved.items() if key != "optimizer"}, newer)
    with pytest.raises(UserError, match="no state of an optimizer, and can only be played"):
        skrl_training(tmp_path / "on", newer)


def test_a_file_that_could_run_code_needs_trust(tmp_path):
    class Runs:
        def __reduce__(self):
            return os.system, ("touch " + str(tmp_path / "ran"),)

    path = tmp_path / "agent_8.pt"
    torch.save({"policy": {"weight": torch.zeros(1)}, "more": Runs()}, path)
    with pytest.raises(NeedsTrustError, match="could run code"):
        check(path)
    assert not (tmp_path / "ran").exists()


def test_a_tensor_of_another_size_is_named_and_the_policy_stays_as_it_was(runs, tmp_path):
    saved = torch.load(checkpoint(runs / "PPO" / "half", 3), weights_only=True)
    saved["policy"]["net_container.0.weight"] = torch.zeros(8, 5)
    path = tmp_path / "agent_8.pt"
    torch.save(saved, path)
    training = skrl_training(tmp_path / "on")
    before = copy.deepcopy(training.agent.policy.state_dict())
    with pytest.raises(UserError, match=r"net_container\.0\.weight is \[8, 5\], that of the policy \[8, 2\]"):
        training.resume(path, "Tiny")
    assert all(torch.equal(value, before[name]) for name, value in training.agent.policy.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("env.observation_space=7", "its policy takes 4 observations, the task has 7"),
        ("env.action_space=2", "its policy gives 1 actions, the task has 2"),
    ],
)
def test_a_task_of_another_size_is_refused_before_there_is_an_environment(trainer, headless, override, words):
    from helpers.runs_made_here import CARTPOLE
    from rl_trainer_ext.isaac_lab import task_config

    config = CARTPOLE.replace(library="skrl", overrides=(override,))
    resolved, path = task_config.resolve(config), headless["skrl"].checkpoint
    purpose = Purpose(config.task, resolved.agent_cfg, True, env_cfg=resolved.env_cfg)
    with pytest.raises(UserError, match=words):
        load_learner("skrl").check_checkpoint(path, purpose)


# --- What the library would evaluate as code ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "OBSERVATIONS.__class__",
        "exec(OBSERVATIONS)",
        "[print(x) for x in STATES]",
        "(lambda: 0)()",
        "concatenate([OBSERVATIONS, open('x')])",
        "OBSERVATIONS; import os",
        "OBSERVATIONS)\n        import os",
        "f'{OBSERVATIONS}'",
    ],
)
@pytest.mark.parametrize("key", ["input", "output", "name", "layers", "activations"])
def test_a_network_whose_description_is_code_is_refused(runs, key, text):
    def change(config):
        policy = config["models"]["policy"]
        if key == "output":
            policy["output"] = text
        else:
            policy["network"][0][key] = [{"linear": {"out_features": text}}] if key == "layers" else text

    assert "is no expression that a network of skrl may have" in refusal(
        checkpoint(runs / "PPO" / "half", 3), change=change
    )


@pytest.mark.parametrize("key", ["observation_preprocessor", "learning_rate_scheduler"])
def test_a_class_that_is_code_is_refused(runs, key):
    said = refusal(checkpoint(runs / "PPO" / "half", 3), **{key: "__import__('os').system('true')"})
    assert f"'agent.agent.{key}=__import__('os').system('true')' does not train here: choose " in said


def test_the_expressions_of_isaac_labs_tasks_are_taken():
    import gymnasium
    from isaaclab_tasks.utils import load_cfg_from_registry
    from rl_trainer_ext.isaac_lab.tasks import register_tasks
    from rl_trainer_ext.learners.formats import format_of

    register_tasks()
    tried = 0
    for name, spec in gymnasium.registry.items():
        for key in (key for key in spec.kwargs if key.startswith("skrl_") and name.startswith("Isaac")):
            config = load_cfg_from_registry(name, key)
            format_of("skrl").check_config(getattr(config, "default", config))
            tried += 1
    assert tried > 40


# --- How a policy acts ----------------------------------------------------------------------------------------------


def test_actions_are_those_of_highest_probability():
    from gymnasium import spaces

    sampled, scores = torch.zeros(2, 1), torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.2, 0.3]])
    mean = torch.tensor([[0.3], [0.4]])
    assert torch.equal(deterministic(sampled, {"mean_actions": mean}, spaces.Box(-1, 1, (1,))), mean)
    assert deterministic(sampled, {"net_output": scores}, spaces.Discrete(3)).tolist() == [[1], [0]]
    both = spaces.MultiDiscrete([3, 2])
    scores = torch.cat((scores, torch.tensor([[0.9, 0.1], [0.2, 0.8]])), dim=1)
    assert deterministic(sampled, {"net_output": scores}, both).tolist() == [[1, 0], [0, 1]]


def test_the_policy_is_a_network_that_answers_as_the_agent_does(runs, tmp_path):
    agent = skrl_training(tmp_path, checkpoint(runs / "PPO" / "half", 3)).agent
    network = policy_network(agent)
    observations = torch.from_numpy(np.random.default_rng(1).normal(size=(5, 2)).astype(np.float32))
    with torch.inference_mode():
        _, outputs = agent.act(observations, None, timestep=0, timesteps=0)
    assert torch.allclose(network.module(observations), outputs["mean_actions"])
    assert torch.allclose(network.script(observations), outputs["mean_actions"])
    team = skrl_training(tmp_path / "team", **{"class": "IPPO"}).agent
    for name in team.possible_agents:
        acting = policy_network(team, name).module(observations)
        assert acting.shape == (5, 1)


def test_the_best_is_chosen_by_whole_episodes_of_all_agents(tmp_path):
    training = train(tmp_path, 6, **{"class": "MAPPO"})
    _, rewards = training.metrics.get(MEAN_REWARD).points()
    assert training.checkpoint_writer.best.mean_reward == pytest.approx(rewards.max())
    assert math.isfinite(rewards.max())
    assert weights(tmp_path / "checkpoints" / "best_agent.pt").keys() == weights(checkpoint(tmp_path, 6)).keys()
