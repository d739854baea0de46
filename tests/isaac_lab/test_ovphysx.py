# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""PhysX without Isaac Sim, as far as a machine without a GPU shows it, and Isaac Lab's own visualizers."""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace

import pytest
from helpers.runs_made_here import CARTPOLE
from rl_trainer_ext.cli import doctor
from rl_trainer_ext.isaac_lab import ovphysx, task_config


def without(monkeypatch, *names):
    """Takes packages away, and gives the others of OvPhysX."""
    found = importlib.util.find_spec("json")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in names else found)


def test_on_a_cpu_the_device_is_what_is_wrong(monkeypatch):
    without(monkeypatch)
    assert "choose a CUDA device, or physics=newton_mjwarp" in ovphysx.obstacle("cpu")
    assert ovphysx.obstacle("cuda:0") == ""


@pytest.mark.parametrize("name", ovphysx.PACKAGES)
def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch, name):
    without(monkeypatch, name)
    assert f"({name} missing)" in ovphysx.obstacle("cuda:0")
    assert f'-m pip install "{ovphysx.OVPHYSX}"' in ovphysx.obstacle("cuda:0")
    check = doctor._ovphysx()
    assert check.ok is False
    assert name in check.found


def test_doctor_tells_how_it_is_installed(monkeypatch):
    without(monkeypatch, *ovphysx.PACKAGES)
    check = doctor._ovphysx()
    assert check.ok is None
    assert ovphysx.OVPHYSX in check.found


def test_of_other_physics_newtons_copy_is_asked_for_and_not_written_into_the_run():
    from isaaclab.sim import SimulationCfg
    from isaaclab.utils import string_to_callable
    from isaaclab_newton.physics import NewtonCfg
    from isaaclab_ov.physics import OvPhysxCfg
    from isaaclab_visualizers.newton import NewtonGLVisualizerCfg
    from rl_trainer_ext.viewport.newton.scene_copy import NEWTON_CLONING
    from rl_trainer_ext.viewport.newton.viewport import NewtonViewport

    viewport = NewtonViewport()
    env_cfg = SimpleNamespace(sim=SimulationCfg(physics=OvPhysxCfg()))
    viewport.configure(env_cfg)
    (declared,) = env_cfg.sim.visualizer_cfgs
    assert declared.cloning_contexts == NewtonGLVisualizerCfg().cloning_contexts == (NEWTON_CLONING,)
    assert isinstance(string_to_callable(NEWTON_CLONING), type)
    viewport.attach(SimpleNamespace(num_envs=1, cfg=env_cfg, scene=SimpleNamespace(sensors={})))
    assert env_cfg.sim.visualizer_cfgs == []

    env_cfg = SimpleNamespace(sim=SimulationCfg(physics=NewtonCfg()))
    viewport.configure(env_cfg)
    assert not env_cfg.sim.visualizer_cfgs


def test_what_a_task_brings_of_visualizers_is_left_out_and_told():
    from isaaclab.envs.utils.video_recorder_cfg import VideoRecorderCfg
    from isaaclab.sim import SimulationCfg
    from isaaclab_visualizers.newton import NewtonGLVisualizerCfg

    sensor = VideoRecorderCfg(source="sensor:camera")
    env_cfg = SimpleNamespace(
        sim=SimulationCfg(visualizer_cfgs=[NewtonGLVisualizerCfg()]),
        video_recorders=[VideoRecorderCfg(source="visualizer:newton"), VideoRecorderCfg(), sensor],
    )
    said = task_config._leave_out_visualizers(CARTPOLE, env_cfg)
    assert "visualizers (NewtonGLVisualizerCfg) and videos of a visualizer (2)" in said
    assert env_cfg.sim.visualizer_cfgs == []
    assert env_cfg.video_recorders == [sensor]
    assert task_config._leave_out_visualizers(CARTPOLE, env_cfg) == ""
