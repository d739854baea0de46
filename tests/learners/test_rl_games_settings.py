# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Configurations of RL-Games that cannot train are refused before anything is opened, with what to change."""

from __future__ import annotations

import copy
import random
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from helpers.runs_made_here import CARTPOLE
from rl_games.common.datasets import PPODataset
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.learners.base import load_learner
from rl_trainer_ext.learners.formats import format_of
from rl_trainer_ext.learners.rl_games.mini_batches import check_batches
from rl_trainer_ext.learners.rl_games.options import check_compiler, check_config
from rl_trainer_ext.system.installation import not_installed

CONFIG = "agent.params.config"


def params(horizon=16, sequence=4, recurrent=False, central=None, **sizes):
    config = {"horizon_length": horizon, "seq_length": sequence, "normalize_advantage": True, **sizes}
    if central is not None:
        config["central_value_config"] = {"minibatch_size": central}
    return {"config": config, "network": {"rnn": {"name": "lstm"}} if recurrent else {}}


def refusal(num_envs, settings):
    with pytest.raises(UserError) as refused:
        check_batches(num_envs, settings)
    return str(refused.value)


@pytest.mark.parametrize(
    ("num_envs", "settings", "said"),
    [
        (
            64,
            params(32, minibatch_size=16384),
            "RL-Games cannot split 2048 samples (64 environments x 32 steps an iteration) into mini-batches of 16384: "
            f"use 512 environments, or add {CONFIG}.minibatch_size=2048 to the overrides.",
        ),
        (700, params(32, minibatch_size=16384), "use 512 or 1024 environments, or add"),
        (
            6,
            params(16, central=64, minibatch_size=32),
            f"into mini-batches of 32 and mini-batches of 64: use 4 or 8 environments, or add {CONFIG}.minibatch_size"
            f"=32 {CONFIG}.central_value_config.minibatch_size=32 to the overrides.",
        ),
        (1, params(6, minibatch_size=6), "into sequences of 4 steps: use 2 environments."),
        (4, params(16, minibatch_size_per_env=5), f"mini-batches of 20: add {CONFIG}.minibatch_size_per_env=4 to the"),
        (4, params(16, minibatch_size=0), f"{CONFIG}.minibatch_size is 0: set it to 1 or more."),
        (4, params(16), f"{CONFIG}.minibatch_size_per_env is 0: set it to 1 or more."),
        (
            4,
            params(14, recurrent=True, minibatch_size=8),
            f"sequences of 4 steps: set it to 12, or {CONFIG}.seq_length",
        ),
        (1, params(1, 1, minibatch_size=1), "The advantages of one sample cannot be normalised: use 2 environments"),
    ],
)
def test_what_rl_games_cannot_split_is_refused_with_numbers_that_fit(num_envs, settings, said):
    assert said in refusal(num_envs, settings)


def test_the_numbers_in_the_message_fit_and_rl_games_agrees():
    drawn, refused = random.Random(5), 0
    for _ in range(400):
        num_envs, horizon, sequence = drawn.randint(1, 300), drawn.randint(1, 64), drawn.randint(1, 8)
        recurrent, size = drawn.random() < 0.5, drawn.choice([drawn.randint(1, 5000), drawn.choice([16, 64, 256])])
        name = drawn.choice(["minibatch_size", "minibatch_size_per_env"])
        settings = params(horizon, sequence, recurrent, **{name: size})
        samples, whole = num_envs * horizon, size * num_envs if name.endswith("per_env") else size
        if samples < 2:
            continue
        try:
            check_batches(num_envs, settings)
        except UserError as error:
            said = str(error)
            refused += 1
        else:
            assert len(PPODataset(samples, whole, False, recurrent, "cpu", sequence)) > 0
            continue
        # RL-Games accepts these, and mixes up the sequences of a recurrent policy
        if not (recurrent and (whole % sequence or horizon % sequence)):
            with pytest.raises(ValueError, match="divisible"):
                PPODataset(samples, whole, False, recurrent, "cpu", sequence)
        for number in re.findall(r"\d+", "".join(re.findall(r"use (.*?) environments", said))):
            check_batches(int(number), settings)
        if found := re.search(rf"add \S+\.{name}=(\d+)", said):
            check_batches(num_envs, {**settings, "config": {**settings["config"], name: int(found[1])}})
    assert 50 < refused < 390


def agent(**config):
    return {
        "params": {
            "algo": {"name": "a2c_continuous"},
            "config": {"name": "tiny", "max_epochs": 3, "learning_rate": "5e-4"} | config,
        }
    }


@pytest.mark.parametrize(
    ("cfg", "said"),
    [
        (agent(multi_gpu=True), f"{CONFIG}.multi_gpu=True needs a process for each GPU: leave it out, and train on"),
        (agent(self_play=True), "lets policies play against each other"),
        (agent(self_play_config={"x": 1}), "lets policies play against each other"),
        (agent(population_based_training=True), "trains a population"),
        (agent() | {"pbt": {"enabled": True}}, "agent.pbt.enabled=True trains a population"),
        (agent(name="a/b"), f"{CONFIG}.name"),
        (agent(full_experiment_name="mine"), f"{CONFIG}.full_experiment_name=mine has no effect"),
        (agent(train_dir="/tmp"), f"{CONFIG}.train_dir=/tmp has no effect"),
        (agent(normalize_rms_advantage=True), "fails in RL-Games 1.6.5"),
        (agent(max_steps=5), "max_steps has no effect in RL-Games"),
        (agent(learning_rate="fast"), f"{CONFIG}.learning_rate is a number, not 'fast'"),
        (agent(learning_rate="nan"), "is a number"),
        (agent(max_epochs=-1), "would never end"),
    ],
)
def test_a_configuration_that_does_not_work_here_is_refused(cfg, said):
    with pytest.raises(UserError) as refused:
        check_config(cfg)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("sac", "or train with isaaclab train --rl_library rl_games."),
        ("a2c_discrete", "use a2c_continuous, which is PPO."),
    ],
)
def test_other_algorithms_are_refused_by_name(name, advice):
    cfg = agent()
    cfg["params"]["algo"]["name"] = name
    with pytest.raises(UserError) as refused:
        check_config(cfg)
    assert f"agent.params.algo.name={name} does not train here" in str(refused.value)
    assert str(refused.value).endswith(advice)


@pytest.mark.parametrize(("device", "variable", "usual"), [("cpu", "CXX", "g++"), ("cuda:0", "CC", "gcc")])
def test_a_compiler_that_is_missing_is_named_before_anything_is_built(monkeypatch, tmp_path, device, variable, usual):
    monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match=rf"torch\.compile, which needs {re.escape(usual)}: install it, or add agent"):
        check_compiler({"device": device})
    check_compiler({"device": device, "torch_compile": False})
    compiler = tmp_path / "mine"
    compiler.touch(mode=0o755)
    monkeypatch.setenv(variable, str(compiler))
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(UserError, match=r"needs Python\.h"):
        check_compiler({"device": device, "torch_compile": "default"})
    (tmp_path / "Python.h").touch()
    check_compiler({"device": device})


def configurations():
    """All configurations of RL-Games that come with Isaac Lab, by file."""
    import isaaclab_tasks

    folder = Path(isaaclab_tasks.__file__).parent
    return {
        str(path.relative_to(folder)): yaml.safe_load(path.read_text())
        for path in sorted(folder.rglob("rl_games*.yaml"))
    }


def test_isaac_labs_own_configurations_are_accepted_and_hold_known_names_only():
    found = configurations()
    assert len(found) > 20
    known = format_of("rl_games").known_options({})[CONFIG]
    for name, cfg in found.items():
        check_config(cfg)
        # a missing name would refuse the override of another one that is set in no file
        assert set(cfg["params"]["config"]) <= set(known), name


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (f"{CONFIG}.minibatch_siz=512", "has no 'minibatch_siz'; did you mean minibatch_size?"),
        (f"{CONFIG}.horizon_length=0", "must be greater than 0"),
        (f"{CONFIG}.horizon_length=many", f"{CONFIG}.horizon_length is a whole number"),
        (f"{CONFIG}.torch_compile=3", f"{CONFIG}.torch_compile is true or false or a text or a dictionary"),
        (f"~{CONFIG}.gamma", "a training needs gamma"),
        ("agent.params.seed=-3", "seed"),
        ("agent.params.algo.name=sac", "agent.params.algo.name=sac does not train here"),
    ],
)
def test_a_bad_override_is_refused(trainer, override, said):
    with pytest.raises(UserError) as refused:
        task_config.resolve(CARTPOLE.replace(library="rl_games", overrides=(override,)))
    assert said in str(refused.value)


@pytest.mark.parametrize("override", [f"{CONFIG}.torch_compile=False", f"{CONFIG}.learning_rate=0.01"])
def test_an_override_of_a_name_that_no_file_sets_is_taken(trainer, override):
    resolved = task_config.resolve(CARTPOLE.replace(library="rl_games", overrides=(override,)))
    key, _, value = override.rpartition("=")
    assert str(resolved.agent_cfg["params"]["config"][key.rpartition(".")[2]]) == value


def test_the_device_is_the_simulations_unless_it_is_given(trainer):
    def configured(*overrides):
        config = CARTPOLE.replace(library="rl_games", overrides=overrides)
        resolved = task_config.resolve(config)
        agent_cfg = load_learner("rl_games").configure(config, resolved.env_cfg, copy.deepcopy(resolved.agent_cfg))
        section = agent_cfg["params"]["config"]
        assert (agent_cfg["params"]["seed"], resolved.env_cfg.seed, section["max_epochs"]) == (7, 7, 3)
        return section["device"], section["device_name"]

    assert configured() == ("cpu", "cpu")
    assert configured(f"{CONFIG}.device=cuda:3") == ("cuda:3", "cpu")


HIDDEN = """
import sys

class Hide:
    def find_spec(self, name, *_):
        if name.partition(".")[0] == {module!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Hide())
from rl_trainer_ext.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.subprocess
@pytest.mark.parametrize("module", ["rl_games", "gym", "tensorboardX"])
def test_a_library_that_is_not_installed_is_offered_with_its_pip_line(tmp_path, module):
    arguments = ["train", "--headless", "--library", "rl_games", "--task", CARTPOLE.task, "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-c", HIDDEN.format(module=module), *arguments, "--log_root", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 2
    requirements = " ".join(f'"{each}"' for each in format_of("rl_games").requirements)
    said = f"The RL library 'rl_games' is not installed ({module} is missing): run {sys.executable} -m pip install "
    assert f"{said}--no-deps {requirements}" in done.stderr
    assert not list(tmp_path.rglob("run.json"))


def test_the_panel_is_told_before_the_click(trainer, monkeypatch):
    assert task_config.describe(CARTPOLE.task, "rl_games", "cpu").problem == ""
    monkeypatch.setitem(sys.modules, "rl_games", None)  # as if it were not installed
    problem = task_config.describe(CARTPOLE.task, "rl_games", "cpu").problem
    assert problem.startswith("The RL library 'rl_games' is not installed (rl_games is missing): run ")


def test_what_is_installed_is_what_the_offer_installs():
    """The list of the tests, and what is installed here: the real library, of the version that is offered."""
    from importlib.metadata import version

    library = format_of("rl_games")
    listed = (Path(__file__).parents[2] / "requirements-rl-games.txt").read_text().splitlines()
    assert [line for line in listed if line and not line.startswith("#")] == list(library.requirements)
    assert [version(each.split("==")[0]) for each in library.requirements] == [
        each.split("==")[1] for each in library.requirements
    ]
    assert not_installed(library) == ""
