# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Tasks of several agents: each trained by itself, or all as one, which is told before."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import onnx
import pytest
import torch
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until, weights
from rl_trainer_ext import runs
from rl_trainer_ext.cli.main import result as main_result
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import task_config
from rl_trainer_ext.metrics import MEAN_REWARD
from rl_trainer_ext.training.commands import Export, Play, Train
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

TASK = "Own-Team-Direct"
STEPS = 16 * 16
"""Environment steps of an iteration."""


def agent_key(algorithm: str) -> str:
    return {"ppo": "skrl_cfg_entry_point"}.get(algorithm, f"skrl_{algorithm}_cfg_entry_point")


@pytest.fixture(scope="module")
def own(trainer):
    """A trainer that knows the task."""
    from helpers import team_task

    team_task.register()
    knowing = Trainer()
    tick_until(knowing, idle)
    yield knowing
    knowing.close()
    del gymnasium.registry[team_task.TASK]


@pytest.fixture(scope="module")
def config(own, tmp_path_factory):
    log_root = str(tmp_path_factory.mktemp("teams"))
    return CARTPOLE.replace(task=TASK, library="skrl", max_iterations=2, log_root=log_root)


@pytest.fixture(scope="module")
def trained(own, config):
    """How a training with each algorithm ended."""
    made = {}
    for algorithm in ("ppo", "ippo", "mappo"):
        made[algorithm] = run_to_end(own, Train(config.replace(agent=agent_key(algorithm))))
        assert made[algorithm].failure is None, made[algorithm].failure
    return made


@pytest.mark.parametrize("algorithm", ["ppo", "ippo", "mappo"])
def test_each_algorithm_trains_resumes_and_plays(own, config, trained, algorithm):
    run = trained[algorithm]
    assert (run.status, run.iteration, run.steps) == ("finished", 2, 2 * STEPS)
    assert run.run_dir.name.endswith(f"_{algorithm}_torch")
    agents = {name.split(".")[0] for name in weights(run.checkpoint)}
    assert ({"cart", "pendulum"} <= agents) == (algorithm != "ppo")
    assert run.metrics.get(MEAN_REWARD) is not None
    resumed = run_to_end(own, Train(config.replace(checkpoint=str(run.checkpoint), max_iterations=1)))
    assert (resumed.failure, resumed.iteration, resumed.steps) == (None, 3, 3 * STEPS)
    assert resumed.config.agent_entry_point == agent_key(algorithm)
    play = config.replace(checkpoint="best", agent=agent_key(algorithm), num_steps=40, speed=0.0, max_iterations=None)
    played = run_to_end(own, Play(play))
    assert (played.failure, played.steps) == (None, 40 * 16)
    assert played.checkpoint == resumed.run_dir / "checkpoints" / "best_agent.pt"
    assert played.run.mean_reward is not None


def test_the_weights_are_those_of_isaac_labs_own_order_of_operations(own, config, trained):
    """Its command has no tasks of others; these are its calls."""
    from isaaclab.app import launch_simulation
    from isaaclab_rl.entrypoints.common import create_isaaclab_env
    from isaaclab_rl.skrl import SkrlVecEnvWrapper
    from rl_trainer_ext.learners.base import load_learner
    from skrl.utils.runner.torch import Runner

    asked = config.replace(agent=agent_key("mappo"))
    resolved = task_config.resolve(asked)
    learner = load_learner("skrl")
    agent_cfg = learner.configure(asked, resolved.env_cfg, resolved.agent_cfg)
    folder = Path(config.log_root) / "theirs"
    agent_cfg["agent"]["experiment"] |= {"directory": str(folder), "experiment_name": "run"}
    with learner.training_scope(), launch_simulation(resolved.env_cfg, resolved.launcher_args):
        env = create_isaaclab_env(TASK, resolved.env_cfg, resolved.launcher_args, convert_marl_to_single_agent=False)
        try:
            runner = Runner(SkrlVecEnvWrapper(env), agent_cfg)
            runner.run()
            runner.agent.write_checkpoint(timestep=32, timesteps=32)
        finally:
            env.close()
    theirs = weights(folder / "run" / "checkpoints" / "agent_32.pt")
    ours = weights(trained["mappo"].checkpoint)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_a_policy_of_one_kind_does_not_play_in_the_environment_of_the_other(own, config, trained):
    said = run_to_end(
        own,
        Play(config.replace(checkpoint=str(trained["ppo"].checkpoint), agent=agent_key("mappo"), max_iterations=None)),
    ).failure
    assert said.bad_input
    assert "was trained with a single agent, which MAPPO does not train" in said.message
    assert runs.run_dir_of(trained["ppo"].checkpoint, "skrl") == trained["ppo"].run_dir


@pytest.mark.parametrize("algorithm", ["ippo", "mappo"])
def test_each_agent_has_policy_files_that_act_on_its_own_observations(own, config, trained, algorithm):
    run = trained[algorithm]
    chosen = config.replace(
        checkpoint=str(run.checkpoint), agent=agent_key(algorithm), num_envs=4, speed=0.0, max_iterations=None
    )
    exported = run_to_end(own, Export(chosen))
    assert exported.failure is None
    files = exported.run.exported
    assert (files.observations, files.max_error <= 1e-5) == (200, True)
    assert {path.name for path in (run.run_dir / "exported").iterdir()} == {
        f"policy_{agent}.{ending}" for agent in ("cart", "pendulum") for ending in ("pt", "onnx")
    }
    assert all(path.name in exported.notice for path in (*files.jit.values(), *files.onnx.values()))
    sizes = {"cart": 4, "pendulum": 3}
    for agent, path in files.onnx.items():
        model = onnx.load(path)
        assert {entry.key: entry.value for entry in model.metadata_props}["agent"] == agent
        (given,) = model.graph.input
        assert given.type.tensor_type.shape.dim[1].dim_value == sizes[agent]
        assert torch.jit.load(files.jit[agent])(torch.zeros(1, sizes[agent])).shape == (1, 1)
    assert main_result(exported)["onnx"] == {agent: str(path) for agent, path in files.onnx.items()}


def test_a_task_whose_agents_are_trained_as_one_says_so_before_the_click(own):
    note = task_config.describe(TASK, "skrl", "cpu").note
    assert note.startswith(
        f"{TASK} has several agents (cart, pendulum). With this agent configuration skrl trains them"
    )
    assert task_config.describe(TASK, "skrl", "cpu", agent_key("ippo")).note == ""
    assert task_config.describe(CARTPOLE.task, "skrl", "cpu").note == ""


def test_an_algorithm_for_several_agents_is_refused_where_there_is_one(own, config):
    asked = config.replace(task=CARTPOLE.task, overrides=("agent.agent.class=MAPPO",))
    with pytest.raises(UserError, match="has one agent, and the agent configuration names an algorithm for several"):
        task_config.resolve(asked)
