# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Hydra overrides: what Isaac Lab takes is taken, everything else is one sentence before anything is built."""

from __future__ import annotations

import json
import os

import pytest
from helpers.runs_made_here import CARTPOLE, run_to_end
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.run_config import RunConfig, check_folder_name
from rl_trainer_ext.training.commands import Train
from rl_trainer_ext.training.snapshot import State

EXAMPLES = int(os.environ.get("RL_TRAINER_FUZZ_EXAMPLES", "150"))
"""How many overrides the property-based test tries; more on demand."""


def resolved(*overrides: str, library: str = "rsl_rl") -> task_config.ResolvedConfig:
    return task_config.resolve(CARTPOLE.replace(library=library, overrides=overrides))


def refusal(*overrides: str, library: str = "rsl_rl") -> str:
    with pytest.raises(UserError) as raised:
        resolved(*overrides, library=library)
    message = str(raised.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("+env.foo=1", "env has no 'foo'"),
        ("+agent.nonsense=1", "agent has no 'nonsense'"),
        ("++env.foo=1", "env has no 'foo'"),
        ("+env.sim.dt=0.01", "adds a key that exists already"),
        ("~env.sim.dt", "cannot be removed"),
        ("+hydra.run.dir=/nowhere", "start it with env. or agent."),
        ("+agent.seed=1,2", "one run takes one value"),
        ("+agent.seed=[1", "is not a Hydra override"),
        ("enw.sim.dt=1", "did you mean env?"),
        ("agent.algorithm.num_mini_batchs=2", "did you mean num_mini_batches?"),
        ("agent.actor.hidden_dims=64", "agent.actor.hidden_dims is a list of whole numbers, now [32, 32], not 64"),
        ("agent.actor.hidden_dims=[64,abc]", "not the text '[64,abc]'"),
        ("agent.actor.hidden_dims=[64,64", "not the text '[64,64'"),
        ("agent.actor.hidden_dims=[64,2.5]", "a list of whole numbers"),
        ("agent.actor.obs_normalization=maybe", "is true or false, now False, not the text 'maybe'"),
        ("agent.algorithm.num_mini_batches=2.5", "is a whole number"),
        ("agent.algorithm.num_mini_batches=4.0", "; write 4"),
        ("agent.algorithm.num_mini_batches=True", "is a whole number"),
        ("agent.algorithm.num_mini_batches=0", "must be greater than 0"),
        ("agent.algorithm.learning_rate=null", "is a number"),
        ("env.sim=5", "env.sim is a section with values of its own, not 5"),
        ("env.sim={'dt':0.01}", "env.sim is a section"),
        ("env.sim=null", "env.sim is a section"),
        ("agent.actor=foo", "agent.actor is a section"),
        ("env.sim.dt=0", "must be greater than 0"),
        ("env.sim.dt=", "is a number"),
        ("agent.logger=nonsense", "is tensorboard or neptune or wandb"),
        ("agent.experiment_name=a/b", "without slashes"),
        ("agent.experiment_name=../../out", "without slashes"),
        ("agent.experiment_name=/absolute", "without slashes"),
        ("agent.experiment_name=.hidden", "must not start with a dot"),
        ("agent.experiment_name=", "not empty"),
        ("agent.run_name=x/y", "agent.run_name=x/y cannot name a run's folder"),
        ("agent.run_name=a\nb", "printable"),
        ("agent.run_name=a\udcffb", "not valid UTF-8"),
        ("agent.run_name=" + "n" * 10_000, "at most 200 bytes"),
        ("env.sim.dt=" + "[" * 10_000, "env.sim.dt"),
    ],
)
def test_what_rsl_rl_would_not_take_or_take_for_something_else_is_refused(override, sentence):
    assert sentence in refusal(override)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("agent.n_stepz=8", "agent has no 'n_stepz'; did you mean n_steps?"),
        ("+agent.n_stepz=8", "did you mean n_steps?"),
        ("agent.policy_kwargs.net_arhc=[8]", "did you mean net_arch?"),
        ("agent.n_steps=2.5", "is a whole number"),
        ("agent.n_steps=0", "must be greater than 0"),
        ("agent.normalize_input=maybe", "is true or false"),
        ("agent.learning_rate=fast", "such as lin_1e-3"),
        ("agent.learning_rate=lin_", "such as lin_1e-3"),
        ("agent.policy=Nonsense", "choose MlpPolicy or"),
        ("agent.policy_kwargs.activation_fn=nn.Nonsense", "activation_fn=nn.Nonsense is no class"),
        ("agent.policy_kwargs.activation_fn=elu", "such as nn.ELU"),
        ("agent.policy_kwargs.activation_fn=nn.Module.forward", "such as nn.ELU"),
        ("agent.policy_kwargs.activation_fn=nn.functional", "such as nn.ELU"),
        ("agent.policy_kwargs.activation_fn=5", "agent.policy_kwargs.activation_fn"),
        ("agent.policy_kwargs.net_arch=64", "agent.policy_kwargs.net_arch is a list of whole numbers"),
        ("agent.policy_kwargs.net_arch=[64,0]", "holds no sizes of layers"),
        ("agent.policy_kwargs.net_arch={'pi':[64],'v':[64]}", "names other networks than pi and vf"),
        ("agent.policy_kwargs.net_arch={'pi':64}", "holds no sizes of layers"),
        ("agent.policy_kwargs.log_std_init=much", "is a number"),
        ("agent.policy_kwargs.ortho_init=maybe", "is true or false"),
        ("agent.policy_kwargs.optimizer_class=Adam", "optimizer_class=Adam is no class"),
        ("agent.policy_kwargs=5", "agent.policy_kwargs"),
        ("agent.seed=-5", "agent.seed must be a whole number from 0"),
        ("env.seed=5", "has no effect"),
        ("~agent.n_steps", "cannot be removed"),
        ("~agent.n_stepz", "removes nothing"),
    ],
)
def test_what_stable_baselines3_would_not_take_is_refused(override, sentence):
    assert sentence in refusal(override, library="sb3")


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("agent.agent.learning_rat=1e-3", "agent.agent has no 'learning_rat'; did you mean learning_rate?"),
        ("agent.rollouts=8", "overrides nothing: agent has no 'rollouts'"),
        ("agent.agent.experiment.writeinterval=5", "did you mean write_interval?"),
        ("agent.trainer.timestep=5", "did you mean timesteps?"),
        ("agent.agent.rollouts=2.5", "agent.agent.rollouts is a whole number"),
        ("agent.agent.rollouts=0", "agent.agent.rollouts must be greater than 0"),
        ("agent.agent.mini_batches=null", "agent.agent.mini_batches is a whole number"),
        ("agent.agent.mixed_precision=maybe", "is true or false"),
        ("agent.agent.learning_rate=fast", "agent.agent.learning_rate is a number"),
        ("agent.agent.class=SAC", "'agent.agent.class=SAC' does not train here: choose PPO or AMP or IPPO or MAPPO."),
        ("agent.agent.observation_preprocessor=Scaler", "choose RunningStandardScaler."),
        ("agent.agent.learning_rate_scheduler=print", "choose KLAdaptiveLR."),
        ("agent.agent.experiment.directory=../elsewhere", "agent.agent.experiment.directory"),
        ("agent.agent.experiment.store_separately=true", "skrl cannot load a checkpoint in several files"),
        ("agent.models.policy.class=Nonsense", "'agent.models.policy.class=Nonsense' does not train here: choose Gaus"),
        ("agent.models.policy.output=print(1)", "is no expression that a network of skrl may have"),
        ("agent.models.policy=5", "agent.models.policy"),
        ("agent.trainer=5", "agent.trainer"),
        ("agent.trainer.class=ParallelTrainer", "choose SequentialTrainer."),
        ("agent.memory.class=Nonsense", "choose RandomMemory."),
        ("agent.seed=-5", "agent.seed must be a whole number from 0"),
        ("~agent.agent.rollouts", "cannot be removed"),
        ("~agent.models", "cannot be removed"),
    ],
)
def test_what_skrl_would_not_take_is_refused(override, sentence):
    assert sentence in refusal(override, library="skrl")


def test_what_isaac_lab_takes_is_taken():
    assert resolved("agent.learning_rate=lin_1e-3", library="sb3").agent_cfg["learning_rate"] == "lin_1e-3"
    sb3 = resolved("agent.clip_range_vf=0.2", "+agent.target_kl=0.1", "~agent.vf_coef", library="sb3").agent_cfg
    assert (sb3["clip_range_vf"], sb3["target_kl"], "vf_coef" in sb3) == (0.2, 0.1, False)
    config = resolved(
        "agent.actor.hidden_dims=[64,64]", "agent.run_name=5", "env.episode_length_s=3", "++env.sim.dt=0.01"
    )
    assert config.agent_cfg.actor.hidden_dims == [64, 64]
    assert (config.agent_cfg.run_name, config.env_cfg.episode_length_s, config.env_cfg.sim.dt) == (5, 3, 0.01)
    assert resolved("agent.clip_actions=null").agent_cfg.clip_actions is None
    assert resolved("agent.algorithm.desired_kl=null").agent_cfg.algorithm.desired_kl is None
    assert resolved("agent.clip_actions=1.5").agent_cfg.clip_actions == 1.5
    assert resolved("env.sim.physics=newton_mjwarp").env_cfg.sim.dt > 0


@pytest.mark.parametrize(
    ("override", "advice"),
    [
        ("agent.actor.class_name=MLPModle", "did you mean MLPModel?"),
        ("agent.actor.class_name=no_such_module:Model", "no_such_module"),
        ("agent.actor.activation=nonsense", "Valid activations are"),
        ("agent.algorithm.class_name=X", "choose Distillation or PPO"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused_before_the_environment_is_built(
    trainer, tmp_path, override, advice, monkeypatch
):
    def no_environment(*_: object) -> None:
        raise AssertionError("the environment is built")

    monkeypatch.setattr("rl_trainer_ext.isaac_lab.simulation.environment", no_environment)
    config = CARTPOLE.replace(log_root=str(tmp_path), overrides=(override,))
    snapshot = run_to_end(trainer, Train(config))
    assert f"'{override}' names nothing" in snapshot.failure.message
    assert advice in snapshot.failure.message
    assert snapshot.failure.bad_input
    assert not list(tmp_path.iterdir())


def test_a_kind_of_memory_that_the_library_would_take_for_another_is_refused():
    from isaaclab_rl.rsl_rl import RslRlRNNModelCfg
    from rl_trainer_ext.learners.rsl_rl.options import check_names

    agent_cfg = resolved().agent_cfg
    agent_cfg.actor = RslRlRNNModelCfg(rnn_type="gru", rnn_hidden_dim=8, rnn_num_layers=1, hidden_dims=[8])
    check_names(agent_cfg)
    agent_cfg.actor.rnn_type = "transformer"
    with pytest.raises(UserError, match="rnn_type=transformer' names nothing that RSL-RL finds: choose lstm"):
        check_names(agent_cfg)


def test_a_task_that_cannot_be_read_is_not_blamed_on_the_overrides(monkeypatch):
    import isaaclab_tasks.utils

    for error in (RuntimeError("the task is broken"), ValueError("the task is broken")):

        def broken(*_: object, error: Exception = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(isaaclab_tasks.utils, "resolve_task_config", broken)
        with pytest.raises(type(error), match="the task is broken") as raised:
            resolved("env.sim.dt=0.01")
        assert not isinstance(raised.value, UserError)


@pytest.mark.slow
def test_what_only_the_environment_finds_out_names_the_override_and_leaves_no_run(trainer, tmp_path):
    override = "env.action_space=-1"
    snapshot = run_to_end(trainer, Train(CARTPOLE.replace(log_root=str(tmp_path), overrides=(override,))))
    assert snapshot.state is State.IDLE
    assert snapshot.failure is not None
    assert snapshot.failure.bad_input, snapshot.failure.details
    assert f"'{override}'" in snapshot.failure.message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_a_refused_override_leaves_a_trainer_that_trains(trainer, tmp_path):
    config = CARTPOLE.replace(log_root=str(tmp_path), max_iterations=1)
    refused = run_to_end(trainer, Train(config.replace(overrides=("+agent.nonsense=1",))))
    assert refused.failure is not None
    assert refused.failure.bad_input
    assert run_to_end(trainer, Train(config)).status == "finished"


@pytest.mark.slow
@pytest.mark.parametrize(
    "way", [{"seed": -1}, {"seed": None, "overrides": ("agent.seed=-1",)}], ids=["option", "override"]
)
@pytest.mark.parametrize("library", ["rsl_rl", "sb3", "skrl"])
def test_a_drawn_seed_is_the_same_in_record_configuration_and_panel(trainer, tmp_path, library, way):
    config = CARTPOLE.replace(log_root=str(tmp_path), max_iterations=1, library=library).replace(**way)
    snapshot = run_to_end(trainer, Train(config))
    seed = snapshot.config.seed
    assert seed >= 0
    assert json.loads((snapshot.run_dir / "rl_trainer.json").read_text())["config"]["seed"] == seed
    assert f"\nseed: {seed}\n" in "\n" + (snapshot.run_dir / "params" / "agent.yaml").read_text()


KEYS = st.sampled_from(
    [
        *("env", "agent", "env.sim", "env.sim.dt", "env.sim.physics", "env.scene", "env.decimation", "env.viewer.eye"),
        *("agent.actor", "agent.actor.hidden_dims", "agent.obs_groups", "agent.seed", "agent.policy_kwargs"),
        *("agent.policy_kwargs.net_arch", "agent.learning_rate", "agent.run_name", "agent.experiment_name", "hydra"),
        *("agent.agent", "agent.agent.rollouts", "agent.agent.class", "agent.models.policy.network", "agent.trainer"),
        *("agent.logger", "physics", "presets", "renderer", "hydra.help", "env.nonsense", "agent..x", "env.sim@x"),
    ]
) | st.from_regex(r"[A-Za-z_][\w.@/-]{0,40}", fullmatch=True)
ODD_VALUES = [
    *("", "null", "None", "true", "maybe", "0", "-1", "2.5", "1e999", "nan", "[]", "[1,2", "[[1],[a]]", "{}", "{a: 1}"),
    *("'", '"', "'a", "${x}", "${oc.env:HOME}", "$", "???", "1,2", "range(1,3)", "a" * 10_000, "[" * 10_000),
]
ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
NESTED = st.recursive(st.integers() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3))
VALUES = st.sampled_from(ODD_VALUES) | ANY_TEXT | NESTED.map(str)
OVERRIDES = st.builds("{}{}={}".format, st.sampled_from(["", "+", "++", "~", "+++", "~+"]), KEYS, VALUES) | st.builds(
    "{}{}".format, st.sampled_from(["~", "~~", ""]), KEYS
)


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.lists(OVERRIDES | st.text(max_size=30), min_size=1, max_size=2), st.sampled_from(["rsl_rl", "sb3", "skrl"]))
def test_every_override_ends_in_a_configuration_or_in_one_sentence(overrides, library):
    sentence = ""
    try:
        resolved(*overrides, library=library)
    except UserError as error:
        sentence = str(error)
    assert "\n" not in sentence
    assert len(sentence) < 1000


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_a_name_that_is_taken_is_the_name_of_one_visible_folder(tmp_path_factory, name):
    try:
        check_folder_name("agent.run_name", name)
    except UserError:
        return
    root = tmp_path_factory.mktemp("names")
    (root / f"2026-01-01_00-00-00_{name}").mkdir()
    assert len(list(root.iterdir())) == 1
    assert not name.startswith(".")


def test_a_run_configuration_takes_no_other_sign():
    with pytest.raises(UserError, match="is not a Hydra override"):
        RunConfig(task="T", library="L", overrides=("+++env.sim.dt=1",)).validate()
