# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""RL-Games without a simulator: resuming to the bit, the best checkpoint, divergence, what a checkpoint must fit."""

from __future__ import annotations

import copy
import io
import zipfile

import pytest
import torch
from helpers.tiny_rl_games import NAME, TinyRlGamesEnv, agent_config, rl_games_training, train_rl_games
from helpers.tiny_trainings import EPISODE, NUM_ENVS, train_rsl_rl
from rl_games.common.algo_observer import IsaacAlgoObserver
from rl_games.torch_runner import Runner
from rl_trainer_ext import runs
from rl_trainer_ext.errors import NeedsTrustError, UserError
from rl_trainer_ext.learners.base import Purpose, load_learner
from rl_trainer_ext.learners.policy_files import PolicyCheck, write_policy
from rl_trainer_ext.learners.resuming import Progress
from rl_trainer_ext.learners.rl_games.agent import process_settings
from rl_trainer_ext.learners.rl_games.checkpoints import CENTRAL_VALUE, KEY, read
from rl_trainer_ext.learners.rl_games.policy import policy_network
from rl_trainer_ext.learners.rl_games.state import runner_of
from rl_trainer_ext.metrics import MEAN_EPISODE_LENGTH, MEAN_REWARD, EventReader

ROLLOUT = EPISODE * NUM_ENVS

LSTM = {"network": {"rnn": {"name": "lstm", "units": 6, "layers": 1, "before_mlp": True, "layer_norm": True}}}

CENTRAL = {
    "central_value_config": {
        "minibatch_size": 16,
        "mini_epochs": 2,
        "learning_rate": "5e-4",
        "clip_value": True,
        "normalize_input": True,
        "truncate_grads": True,
        "network": {
            "name": "actor_critic",
            "central_value": True,
            "mlp": {"units": [8], "activation": "elu", "initializer": {"name": "default"}},
        },
    }
}


def weights(checkpoint):
    """All weights of a checkpoint, by name."""
    saved = read(checkpoint)
    return {f"{part}.{name}": value for part in ("model", CENTRAL_VALUE) for name, value in saved.get(part, {}).items()}


def equal(first, second):
    one, other = weights(first), weights(second)
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A training to 6 iterations in one go, and its first 3."""
    folder = tmp_path_factory.mktemp("rl_games")
    return {
        "whole": train_rl_games(folder / "whole", 6).path,
        "half": train_rl_games(folder / "half", 3).path,
    }


def test_the_library_by_itself_gives_the_same_weights(tmp_path, halves):
    env = TinyRlGamesEnv()
    runner = Runner(IsaacAlgoObserver())
    runner.load(agent_config(tmp_path / "theirs", iterations=3))
    runner.params["config"] |= {"env_info": env.get_env_info(), "vec_env": env}
    runner.run({"train": True, "play": False, "sigma": None})
    theirs = tmp_path / "theirs" / "nn" / halves["half"].name
    assert equal(theirs, halves["half"])
    # and its own checkpoint is followed by the next iteration
    resumed = rl_games_training(tmp_path / "ours", theirs)
    assert (resumed.start.iterations, resumed.start.steps, resumed.agent.epoch_num) == (3, 3 * ROLLOUT, 3)
    resumed.close()


def test_it_resumes_to_the_bit(halves, tmp_path):
    disturbed = torch.rand(7)  # whatever the process drew in between
    resumed = train_rl_games(tmp_path / "on", 3, halves["half"])
    assert equal(resumed.path, halves["whole"]), disturbed
    assert not equal(resumed.path, halves["half"])
    whole, on = read(halves["whole"]), read(resumed.path)
    assert whole["optimizer"]["param_groups"] == on["optimizer"]["param_groups"]
    for key, state in whole["optimizer"]["state"].items():
        assert all(torch.equal(value, on["optimizer"]["state"][key][name]) for name, value in state.items())
    assert resumed.path.name == halves["whole"].name
    assert (whole["epoch"], whole["frame"]) == (on["epoch"], on["frame"]) == (6, 6 * ROLLOUT)
    assert resumed.metrics.get(MEAN_REWARD).points()[0].tolist() == [4, 5, 6]
    assert (resumed.total_iterations, resumed.start) == (6, Progress(3, 3 * ROLLOUT, 0.75))


def test_another_seed_takes_no_random_generators(halves, tmp_path):
    assert not equal(train_rl_games(tmp_path / "on", 3, halves["half"], seed=2).path, halves["whole"])


@pytest.mark.parametrize(
    "settings",
    [LSTM | CENTRAL, {"schedule_type": "standard"}],
    ids=["recurrent with central value", "standard schedule"],
)
def test_other_networks_and_settings_resume_to_the_bit(tmp_path, settings):
    whole = train_rl_games(tmp_path / "whole", 4, **copy.deepcopy(settings)).path
    half = train_rl_games(tmp_path / "half", 2, **copy.deepcopy(settings)).path
    on = train_rl_games(tmp_path / "on", 2, half, **copy.deepcopy(settings)).path
    assert equal(on, whole)
    assert not equal(on, half)


def test_an_adaptive_learning_rate_is_state_and_the_other_settings_are_not(tmp_path):
    first = train_rl_games(tmp_path / "first", 2, kl_threshold=1.0)
    learned = first.agent.last_lr
    assert learned > 5e-4
    resumed = rl_games_training(tmp_path / "on", first.path, kl_threshold=1.0, weight_decay=0.25)
    group = resumed.agent.optimizer.param_groups[0]
    assert (resumed.agent.last_lr, group["lr"], group["weight_decay"]) == (learned, learned, 0.25)
    other = rl_games_training(tmp_path / "other")
    other.resume(first.path, "Tiny", keep_learning_rate=False)
    assert (other.agent.last_lr, other.agent.optimizer.param_groups[0]["lr"]) == (5e-4, 5e-4)
    constant = rl_games_training(tmp_path / "constant", first.path, lr_schedule=None)
    assert constant.agent.optimizer.param_groups[0]["lr"] == 5e-4
    for training in (resumed, other, constant):
        training.close()


def test_a_falling_learning_rate_falls_to_the_end_of_the_resumed_training(tmp_path):
    first = train_rl_games(tmp_path / "first", 2, lr_schedule="linear")
    resumed = rl_games_training(tmp_path / "on", first.path, iterations=2, lr_schedule="linear")
    assert resumed.agent.last_lr == pytest.approx(5e-4 / 2, rel=0.01)
    resumed.learn()
    resumed.close()
    assert resumed.agent.last_lr == pytest.approx(1e-6)


def test_a_fine_tuning_takes_the_weights_and_nothing_else(halves, tmp_path):
    training = rl_games_training(tmp_path / "on", iterations=2, seed=5)
    training.fine_tune(halves["half"], "Tiny")
    now = training.agent.model.state_dict()
    assert all(torch.equal(value, now[name]) for name, value in read(halves["half"])["model"].items())
    assert not training.agent.optimizer.state
    assert (training.start, training.agent.epoch_num, training.agent.frame) == (Progress(), 0, 0)
    assert training.agent.game_rewards.current_size == 0
    training.learn()
    training.close()
    assert training.metrics.get(MEAN_REWARD).points()[0].tolist() == [1, 2]


def test_the_best_checkpoint_is_the_librarys_choice_under_its_name(tmp_path):
    training = train_rl_games(tmp_path / "run", 6, save_best_after=3)
    means = training.metrics.get(MEAN_REWARD).points()[1].tolist()
    best = max(range(2, 6), key=lambda index: means[index])  # the library chooses from the third on
    found = training.checkpoint_writer.best
    assert (found.iteration, found.file) == (best + 1, f"nn/{NAME}.pth")
    assert found.mean_reward == pytest.approx(means[best])
    assert read(tmp_path / "run" / found.file)["epoch"] == best + 1


def test_a_best_checkpoint_that_is_inherited_is_replaced_by_a_better_one_only(halves, tmp_path):
    resumed = rl_games_training(tmp_path / "on", halves["half"], iterations=2)
    resumed.checkpoint_writer.best = runs.Best(2, 1e6, f"nn/{NAME}.pth")
    resumed.learn()
    resumed.save()
    resumed.close()
    assert resumed.checkpoint_writer.best.mean_reward == 1e6
    assert not (tmp_path / "on" / "nn" / f"{NAME}.pth").exists()


def test_a_mean_return_that_was_asked_for_ends_the_training_and_leaves_a_final_model(tmp_path):
    training = train_rl_games(tmp_path / "run", 20, score_to_win=-100.0, save_best_after=2)
    assert training.iteration == 2
    assert training.path.name.startswith(f"last_{NAME}_ep_2_rew_")
    assert read(training.path)["epoch"] == 2


def test_every_scalar_is_in_the_events_with_its_unit(halves, tmp_path):
    training = train_rl_games(tmp_path / "logs" / "rl_games" / NAME / "run", 3)
    reader = EventReader(training.checkpoint_writer.run_dir, library="rl_games")
    reader.read()
    assert {MEAN_REWARD, MEAN_EPISODE_LENGTH, "losses/c_loss", "rewards/time"} <= set(training.metrics.tags)
    for series in training.metrics:
        read_back = reader.metrics.get(series.tag)
        assert read_back.step_unit == series.step_unit, series.tag
        assert read_back.points()[0].tolist() == pytest.approx(series.points()[0].tolist()) or "time" in series.tag
    units = {tag: training.metrics.get(tag).step_unit for tag in (MEAN_REWARD, "losses/c_loss", "rewards/time")}
    assert list(units.values()) == ["iterations", "environment steps", "seconds"]
    # the library's own writer, and its thread, are gone
    (events,) = (training.checkpoint_writer.run_dir / "summaries").iterdir()
    assert events.stat().st_size > 500


def test_the_settings_of_the_process_are_restored(tmp_path):
    def settings():
        cuda, cudnn = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn
        precision = torch.get_float32_matmul_precision()
        return cuda, cudnn.allow_tf32, cudnn.benchmark, precision, torch.get_num_threads()

    torch.set_num_threads(1)
    before = settings()
    with process_settings():
        runner_of(agent_config(tmp_path), TinyRlGamesEnv())
        assert settings() != before
    assert settings() == before


# --- What a checkpoint must fit -------------------------------------------------------------------------------------


def check(path, playing=False, **config):
    purpose = Purpose("Tiny", agent_config(path.parent, **copy.deepcopy(config)), playing)
    load_learner("rl_games").check_checkpoint(path, purpose)


def refusal(path, playing=False, **config):
    with pytest.raises(UserError) as refused:
        check(path, playing, **config)
    return str(refused.value)


def altered(checkpoint, folder, change):
    """A copy of a checkpoint with other content."""
    saved = torch.load(checkpoint, weights_only=False)
    change(saved)
    path = folder / "last_tiny_ep_3_rew_0.pth"
    torch.save(saved, path)
    return path


@pytest.mark.parametrize("playing", [True, False])
def test_a_checkpoint_that_fits_is_accepted(halves, playing):
    check(halves["half"], playing)


def test_other_hidden_layers_are_named_with_the_override(halves):
    said = refusal(
        halves["half"], network={"mlp": {"units": [16], "activation": "elu", "initializer": {"name": "default"}}}
    )
    assert "a2c_network.actor_mlp.0.weight is [8, 2], that of the policy [16, 2]" in said
    assert said.endswith("add agent.params.network.mlp.units=[8] to the overrides, or choose another checkpoint.")


def test_statistics_that_are_missing_or_not_wanted_are_named_with_the_override(halves, tmp_path):
    said = refusal(halves["half"], normalize_input=False)
    assert "trained with normalised observations, which the configuration of Tiny does not have" in said
    assert "add agent.params.config.normalize_input=True" in said
    bare = train_rl_games(tmp_path / "bare", 2, normalize_input=False).path
    assert "add agent.params.config.normalize_input=False" in refusal(bare)
    check(bare, normalize_input=False)


def test_a_central_value_function_that_is_missing_or_not_wanted_is_named(halves, tmp_path):
    with_it = train_rl_games(tmp_path / "central", 2, **copy.deepcopy(CENTRAL)).path
    assert "was trained without a central value function" in refusal(halves["half"], **CENTRAL)
    assert "was trained with a central value function" in refusal(with_it)
    check(with_it, playing=True)  # a policy plays without it
    check(with_it, **CENTRAL)


def test_a_checkpoint_of_sac_is_refused_by_name(halves, tmp_path):
    path = altered(halves["half"], tmp_path, lambda saved: saved.update(actor={}, critic={}, critic_target={}))
    assert "was trained with SAC" in refusal(path)


def test_a_checkpoint_without_an_optimizer_plays_only(halves, tmp_path):
    path = altered(halves["half"], tmp_path, lambda saved: saved.pop("optimizer"))
    assert "can only be played" in refusal(path)
    check(path, playing=True)


def test_a_checkpoint_of_a_newer_version_plays_only(halves, tmp_path):
    path = altered(halves["half"], tmp_path, lambda saved: saved[KEY].update(version=99))
    assert "newer version of RL Trainer" in refusal(path)
    check(path, playing=True)


def test_a_checkpoint_of_another_library_is_refused(tmp_path):
    train_rsl_rl(tmp_path / "rsl_rl", 1)
    assert "holds no training of RL-Games" in refusal(tmp_path / "rsl_rl" / "model_0.pt", playing=True)


def test_damage_is_said_at_once(halves, tmp_path):
    content = halves["half"].read_bytes()
    cut, spoilt = tmp_path / "cut.pth", tmp_path / "spoilt.pth"
    cut.write_bytes(content[:-200])
    assert "it is damaged: it does not end as an archive does" in refusal(cut)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        weights = max((archive.read(name) for name in archive.namelist()), key=len)
    spoilt.write_bytes(content.replace(weights, weights[:-8] + b"\xff" * 8))
    assert "is damaged: the checksum of" in refusal(spoilt)


class _Runs:
    def __reduce__(self):
        return print, ("it ran",)


def test_a_checkpoint_that_could_run_code_needs_trust(halves, tmp_path, capsys):
    path = altered(halves["half"], tmp_path, lambda saved: saved.update(env_state=_Runs()))
    capsys.readouterr()
    with pytest.raises(NeedsTrustError, match=r"builtins\.print"):
        check(path)
    with pytest.raises(NeedsTrustError):
        rl_games_training(tmp_path / "on", path)
    assert "it ran" not in capsys.readouterr().out


# --- Export -----------------------------------------------------------------------------------------------------------


def player_of(checkpoint, folder, **config):
    agent_cfg, env = agent_config(folder, **copy.deepcopy(config)), TinyRlGamesEnv()
    with process_settings():
        player = runner_of(agent_cfg, env).create_player()
    player.set_weights({"model": read(checkpoint)["model"]})
    player.get_batch_size(env.reset()["obs"], 1)
    player.reset()
    return player, agent_cfg


def test_the_network_for_policy_files_acts_as_the_player_does(halves, tmp_path):
    player, agent_cfg = player_of(halves["half"], tmp_path)
    observations = 3.0 * torch.randn(50, 2)
    expected = player.get_action(observations, is_deterministic=True)
    network = policy_network(player, agent_cfg)
    for policy in (network.script, network.module):
        assert torch.allclose(policy(observations), expected, atol=1e-6)
    assert expected.abs().max() <= 1.0


def with_memory(name, **network):
    rnn = {"name": name, "units": 6, "layers": 2, "before_mlp": True, "layer_norm": True}
    return {"network": {"rnn": rnn | network.pop("rnn", {}), **network}}


@pytest.mark.parametrize(
    ("config", "memory"),
    [
        (with_memory("lstm", separate=True), {"h_in": "h_out", "c_in": "c_out"}),
        (with_memory("gru", rnn={"before_mlp": False, "concat_output": True}), {"h_in": "h_out"}),
    ],
    ids=["lstm, separate critic", "gru after the layers"],
)
def test_a_policy_with_a_memory_takes_it_as_inputs(tmp_path, config, memory):
    path = train_rl_games(tmp_path / "run", 1, **copy.deepcopy(config)).path
    player, agent_cfg = player_of(path, tmp_path, **config)
    network = policy_network(player, agent_cfg)
    assert (network.memory, network.outputs) == (memory, ("actions", *memory.values()))
    write_policy(network, tmp_path)
    check = PolicyCheck(network, tmp_path, NUM_ENVS)
    fresh = player.get_action(torch.ones(NUM_ENVS, 2), is_deterministic=True)
    check.compare([torch.ones(NUM_ENVS, 2)], fresh)
    for step in range(6):
        observations = 3.0 * torch.randn(NUM_ENVS, 2)
        check.compare([observations], player.get_action(observations, is_deterministic=True))
        if step == 3:  # the episode of one environment ends
            for state in player.states:
                state[:, 1] = 0.0
            check.reset([env == 1 for env in range(NUM_ENVS)])
    check.require_equal()
    again = player.get_action(torch.ones(NUM_ENVS, 2), is_deterministic=True)
    assert not torch.allclose(again, fresh, atol=1e-6), "the memory changes the actions"


def test_a_policy_with_another_memory_says_how_it_is_exported(tmp_path):
    path = train_rl_games(tmp_path / "lstm", 1, **copy.deepcopy(LSTM)).path
    player, agent_cfg = player_of(path, tmp_path, **LSTM)
    agent_cfg["params"]["network"]["rnn"]["name"] = "identity"
    with pytest.raises(UserError, match=r"this one has the model .*, the memory identity and .* use isaaclab export"):
        policy_network(player, agent_cfg)
