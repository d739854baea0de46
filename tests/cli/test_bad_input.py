# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Bad input: one clear sentence, no run, and a trainer that is still usable."""

from __future__ import annotations

import shutil

import pytest
from helpers.runs_made_here import CARTPOLE, idle, run_to_end, tick_until
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.runs.damage import find_damage
from rl_trainer_ext.training.commands import Describe, Play, Train
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer


@pytest.fixture(scope="module")
def trained(trainer, tmp_path_factory):
    """A log root with one short run of each library."""
    config = CARTPOLE.replace(max_iterations=1, log_root=str(tmp_path_factory.mktemp("logs")))
    return {library: run_to_end(trainer, Train(config.replace(library=library))) for library in ("rsl_rl", "sb3")} | {
        "config": config
    }


def refusal(trainer: Trainer, command: Train | Play) -> str:
    """The one sentence with which a command is refused."""
    snapshot = run_to_end(trainer, command)
    assert snapshot.state is State.IDLE
    assert snapshot.status == "failed"
    assert snapshot.failure is not None
    assert snapshot.failure.bad_input, snapshot.failure.details
    assert "\n" not in snapshot.failure.message
    return snapshot.failure.message


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "Isaac-Cartpole-Dirct"}, "did you mean Isaac-Cartpole-Direct"),
        ({"task": "cartpole"}, "did you mean Isaac-Cartpole"),
        ({"task": "xyzzy"}, "There is no task 'xyzzy'"),
        ({"library": "torchrl"}, "TorchRL stays outside RL Trainer: train with isaaclab train --rl_library torchrl."),
        ({"library": "amp"}, "it has one for rsl_rl, sb3"),
        ({"task": "Isaac-Humanoid-Direct", "library": "sb3"}, "it has one for rsl_rl"),
        ({"num_envs": 0}, "num_envs must be a whole number from 1"),
        ({"num_envs": -5}, "num_envs must be a whole number from 1"),
        ({"num_envs": 10**12}, "num_envs must be a whole number from 1"),
        ({"max_iterations": 0}, "max_iterations must be a whole number at least 1"),
        ({"seed": -2}, "-1 draws one"),
        ({"device": "cuda:7"}, "There is no device 'cuda:7' on this machine"),
        ({"device": "gpu"}, "There is no device 'gpu'"),
        ({"log_root": "/proc/nowhere"}, "cannot be written"),
        ({"log_root": "/dev/null/logs"}, "cannot be written"),
        ({"overrides": ("nonsense",)}, "is not a Hydra override"),
        ({"overrides": ("env.sim.dtt=0.01",)}, "env.sim has no 'dtt'"),
        ({"overrides": ("env.sim.dt=fast",)}, "env.sim.dt is a number"),
        ({"overrides": ("simulation.dt=1",)}, "start it with env. or agent."),
        ({"overrides": ("physics=ovphysx",)}, "(OvPhysX) needs an NVIDIA GPU"),
        ({"overrides": ("physics=physx",)}, "(OvPhysX) needs an NVIDIA GPU"),
        ({"overrides": ("env.sim.visualizer_cfgs=[]",)}, "takes the place of Isaac Lab's visualizers"),
        (
            {"overrides": ("physics=bullet",)},
            "has no physics preset 'bullet': choose isaacsim_physx",
        ),
        ({"task": "Isaac-Humanoid-Direct"}, "needs assets that are unreachable"),
        ({"task": "IsaacContrib-Velocity-Flat-AnymalC-Direct"}, "needs Isaac Sim"),
        ({"checkpoint": "/no/such/model_1.pt"}, "does not exist"),
        ({"checkpoint": "latest"}, "There is no checkpoint of Isaac-Cartpole-Direct with rsl_rl"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_a_sentence(trainer, tmp_path, changes, sentence):
    config = CARTPOLE.replace(log_root=str(tmp_path)).replace(**changes)
    assert sentence in refusal(trainer, Train(config))
    assert list(tmp_path.iterdir()) == []  # no empty run is left behind


@pytest.mark.slow
def test_a_checkpoint_that_does_not_fit_is_refused_and_the_next_run_is_not(trainer, trained, tmp_path):
    config, rsl_rl, sb3 = trained["config"], trained["rsl_rl"].checkpoint, trained["sb3"].checkpoint

    def refused(checkpoint, **changes):
        return refusal(trainer, Play(config.replace(checkpoint=str(checkpoint), **changes)))

    # of the other library, by its manifest
    assert "trained with sb3, not with rsl_rl" in refused(sb3)
    assert "trained with rsl_rl, not with sb3" in refused(rsl_rl, library="sb3")
    # of another task, by its manifest
    assert "trained on Isaac-Cartpole-Direct, not on Isaac-Ant-Direct" in refused(rsl_rl, task="Isaac-Ant-Direct")
    # the same without manifests: by what they hold
    stray_pt = tmp_path / "model_0.pt"
    stray_zip = tmp_path / "model.zip"
    shutil.copy(rsl_rl, stray_pt)
    shutil.copy(sb3, stray_zip)
    message = refused(stray_pt, task="Isaac-Ant-Direct")
    assert (
        "does not fit the configuration of Isaac-Ant-Direct: of its actor, mlp.0.weight is [32, 4], that of the"
        in message
    )
    assert "observations have the shape (4,)" in refused(stray_zip, library="sb3", task="Isaac-Ant")
    assert "is not a checkpoint of RSL-RL" in refused(stray_zip)
    assert "is not a checkpoint of Stable-Baselines3" in refused(stray_pt, library="sb3")
    # truncated
    stray_pt.write_bytes(rsl_rl.read_bytes()[:1000])
    stray_zip.write_bytes(sb3.read_bytes()[:-200])
    assert refused(stray_pt) == find_damage(stray_pt)
    assert "damaged" in refused(stray_zip, library="sb3")
    # a folder
    assert "is a folder" in refused(rsl_rl.parent)
    # training on from one that does not fit
    shutil.copy(rsl_rl, stray_pt)
    message = refusal(trainer, Train(config.replace(checkpoint=str(stray_pt), task="Isaac-Ant-Direct")))
    assert "does not fit the configuration of Isaac-Ant-Direct: of its actor, mlp.0.weight" in message

    for library in ("rsl_rl", "sb3"):
        played = run_to_end(trainer, Play(config.replace(library=library, num_steps=5, speed=0.0)))
        assert played.status == "finished"
        assert played.failure is None


@pytest.mark.slow
def test_a_second_run_has_to_wait_for_the_first(trainer, tmp_path):
    config = CARTPOLE.replace(log_root=str(tmp_path))
    trainer.request(Train(config))
    trainer.request(Train(config))
    trainer.tick(0.0)
    assert trainer.snapshot().failure.message == "Another run is in progress: stop it first."
    assert trainer.snapshot().status == "running"
    assert tick_until(trainer, idle).status == "finished"


def test_details_tell_the_defaults_and_what_stands_in_the_way(trainer):
    def details(task, library):
        trainer.request(Describe(task, library, "cpu"))
        trainer.tick(0.0)
        return trainer.snapshot().details

    cartpole = details("Isaac-Cartpole-Direct", "rsl_rl")
    assert (cartpole.num_envs, cartpole.max_iterations, cartpole.seed) == (64, 150, 42)
    assert cartpole.problem == ""
    # 1e6 steps in rollouts of 16 steps of 64 environments
    assert details("Isaac-Cartpole-Direct", "sb3").max_iterations == 977
    assert "unreachable" in details("Isaac-Humanoid-Direct", "rsl_rl").problem


def test_a_configuration_survives_json():
    import json

    config = CARTPOLE.replace(overrides=("env.sim.dt=0.01", "+agent.x=é"), checkpoint="latest", num_steps=3)
    assert RunConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert RunConfig.from_dict({**config.to_dict(), "from_a_newer_version": 1}) == config


@pytest.mark.parametrize(
    "override", ["env.sim.dt=0.01", "+env.extra=1", "~env.sim", "physics=newton_mjwarp", "a.b=x=y"]
)
def test_hydra_overrides_are_recognised(override):
    CARTPOLE.replace(overrides=(override,)).validate()


@pytest.mark.parametrize("override", ["", "--flag", "env.sim.dt", "=1", "1=2", "env sim=1"])
def test_what_is_no_override_is_recognised(override):
    with pytest.raises(UserError, match="is not a Hydra override"):
        CARTPOLE.replace(overrides=(override,)).validate()
