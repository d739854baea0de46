# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Spaces and normalisers of a checkpoint of Stable-Baselines3 are compared before the environment is built."""

from __future__ import annotations

import base64
import json
import pickle
import zipfile
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box
from helpers.runs_made_here import CARTPOLE, run_to_end
from rl_trainer_ext.isaac_lab import simulation
from rl_trainer_ext.learners.task_spaces import Spaces, configured_spaces
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Play, Train
from rl_trainer_ext.training.snapshot import Snapshot
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import DummyVecEnv, VecNormalize

pytestmark = pytest.mark.slow

OVERRIDES = {"plain": (), "normalised": ("agent.normalize_input=True",)}
TASK_BOX = '{"type":"gymnasium","space":"Box","low":[-1.0],"high":[1.0],"shape":[1]}'
WIDE_BOX = TASK_BOX.replace("1.0]", "100.0]")


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory) -> dict[str, Snapshot]:
    """A short run with and one without normalised observations."""
    made = {}
    for name, overrides in OVERRIDES.items():
        config = CARTPOLE.replace(
            library="sb3", max_iterations=1, log_root=str(tmp_path_factory.mktemp(name)), overrides=overrides
        )
        made[name] = run_to_end(trainer, Train(config))
        assert made[name].failure is None
    return made


@pytest.fixture
def unbuilt(monkeypatch) -> None:
    """Nothing builds an environment."""

    def build(*args, **kwargs):
        raise AssertionError("an environment is built")

    monkeypatch.setattr(simulation, "environment", build)


def alone(checkpoint: Path, folder: Path, **pickled) -> Path:
    """A copy of a checkpoint without its run, some of its pickled settings changed."""
    copied = folder / "sb3" / CARTPOLE.task / "run" / "model.zip"
    copied.parent.mkdir(parents=True)
    with zipfile.ZipFile(checkpoint) as archive, zipfile.ZipFile(copied, "w") as copy:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "data":
                data = json.loads(content)
                for key, value in pickled.items():
                    data[key] = {":type:": "x", ":serialized:": base64.b64encode(pickle.dumps(value)).decode()}
                content = json.dumps(data).encode()
            copy.writestr(name, content)
    return copied


def asked(checkpoint: Path, *overrides: str, task: str = CARTPOLE.task) -> RunConfig:
    log_root = checkpoint.parents[3]
    return CARTPOLE.replace(
        task=task,
        library="sb3",
        log_root=str(log_root),
        checkpoint=str(checkpoint),
        overrides=overrides,
        max_iterations=1,
        num_steps=2,
        speed=0.0,
    )


def refusal(trainer, command) -> str:
    refused = run_to_end(trainer, command)
    assert refused.failure is not None
    assert refused.failure.bad_input, refused.failure.details
    return refused.failure.message


COMMANDS = pytest.mark.parametrize("command", [Play, Train])


@COMMANDS
@pytest.mark.parametrize("task", ["Isaac-Cartpole-Direct", "Isaac-Cartpole"])
def test_other_bounds_of_actions_are_refused_before_anything_is_built(
    trainer, trained, tmp_path, unbuilt, command, task
) -> None:
    path = alone(trained["plain"].checkpoint, tmp_path, action_space=Box(-100.0, 100.0, (1,), np.float32))
    said = refusal(trainer, command(asked(path, task=task)))
    assert "actions are bounded by -100 and 100, those of the task by -1 and 1; the same policy would act" in said
    if task.endswith("Direct"):
        assert f"Add env.action_space='{WIDE_BOX}' to the overrides for the checkpoint's bounds" in said
        assert f"or env.action_space='{TASK_BOX}' for the task's" in said
    else:
        assert "env.action_space" not in said  # a task with managers has no such key
    assert [each.name for each in path.parent.parent.iterdir()] == ["run"]


@COMMANDS
@pytest.mark.filterwarnings("ignore:.*Box (low|high)'s precision lowered:UserWarning:gymnasium")
@pytest.mark.parametrize("box", [WIDE_BOX, TASK_BOX], ids=["the checkpoint's", "the task's"])
def test_the_bounds_that_are_asked_for_are_taken(trainer, trained, tmp_path, monkeypatch, command, box) -> None:
    path = alone(trained["plain"].checkpoint, tmp_path, action_space=Box(-100.0, 100.0, (1,), np.float32))
    bounds = []
    load = PPO.predict
    monkeypatch.setattr(
        PPO, "predict", lambda agent, *a, **k: bounds.append(agent.action_space) or load(agent, *a, **k)
    )
    done = run_to_end(trainer, command(asked(path, f"env.action_space='{box}'")))
    assert (done.status, done.failure) == ("finished", None)
    if command is Play:
        assert {float(space.high[0]) for space in bounds} == {100.0 if box == WIDE_BOX else 1.0}


@COMMANDS
def test_observations_of_another_size_are_refused_before_anything_is_built(trainer, tmp_path, unbuilt, command) -> None:
    path = tmp_path / "sb3" / CARTPOLE.task / "run" / "model.zip"
    path.parent.mkdir(parents=True)
    PPO("MlpPolicy", "Pendulum-v1", n_steps=8, batch_size=8).save(path)
    said = refusal(trainer, command(asked(path)))
    assert "its observations have the shape (3,), those of the task (4,); choose a checkpoint of this task" in said


def statistics_of_pendulum(path: Path) -> None:
    """Puts statistics of three numbers where those of a checkpoint are."""
    env = VecNormalize(DummyVecEnv([lambda: gymnasium.make("Pendulum-v1")]))
    env.save(str(path.with_name("model_vecnormalize.pkl")))


@pytest.mark.parametrize("task", ["Isaac-Cartpole-Direct", "Isaac-Cartpole"])
def test_statistics_of_another_size_are_refused_before_anything_is_built(
    trainer, trained, tmp_path, unbuilt, task
) -> None:
    path = alone(trained["plain"].checkpoint, tmp_path)
    statistics_of_pendulum(path)
    said = refusal(trainer, Play(asked(path, task=task)))
    whose = "the task" if task.endswith("Direct") else "its own policy"
    assert f"statistics of VecNormalize of observations of the shape (3,), and those of {whose} have the shape" in said
    assert "(4,): choose another checkpoint, or add agent.normalize_input=False to the overrides" in said


def test_statistics_are_left_out_of_a_playback_that_asks_for_it(trainer, trained, tmp_path) -> None:
    path = alone(trained["plain"].checkpoint, tmp_path)
    statistics_of_pendulum(path)
    played = run_to_end(trainer, Play(asked(path, "agent.normalize_input=False")))
    assert (played.status, played.failure) == ("finished", None)


def test_a_normaliser_that_a_run_without_params_has_or_lacks_is_told_before_anything_is_built(
    trainer, trained, tmp_path, unbuilt
) -> None:
    has = alone(trained["normalised"].checkpoint, tmp_path / "has")
    said = refusal(trainer, Train(asked(has)))
    assert "was trained with normalised observations" in said
    assert "agent.normalize_input=True" in said
    lacks = alone(trained["plain"].checkpoint, tmp_path / "lacks")
    for command in (Train, Play):
        said = refusal(trainer, command(asked(lacks, "agent.normalize_input=True")))
        assert "holds no statistics of the observations" in said


def test_spaces_that_an_environment_computes_are_not_taken_from_its_configuration(trainer) -> None:
    from isaaclab_tasks.core.cartpole.cartpole_direct_env import CartpoleEnv
    from isaaclab_tasks.core.cartpole.cartpole_direct_env_cfg import CartpoleEnvCfg

    class Computing(CartpoleEnv):
        def __init__(self, cfg, **kwargs):
            cfg.observation_space = 5
            super().__init__(cfg, **kwargs)

    for name, entry_point in (("Own-Plain", CartpoleEnv), ("Own-Computing", Computing), ("Own-Made", lambda **_: None)):
        gymnasium.register(name, entry_point)
    try:
        known = configured_spaces("own:Own-Plain", CartpoleEnvCfg(), None)
        assert known.observation_space.shape == (4,)
        assert known.action_space.shape == (1,)
        assert configured_spaces("Own-Computing", CartpoleEnvCfg(), None) == Spaces()
        assert configured_spaces("Own-Made", CartpoleEnvCfg(), None) == Spaces()
    finally:
        for name in ("Own-Plain", "Own-Computing", "Own-Made"):
            del gymnasium.registry[name]
