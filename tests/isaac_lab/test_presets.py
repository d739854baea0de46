# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Presets of Isaac Lab's own tasks: what there is to choose from, and one sentence for what there is not."""

from __future__ import annotations

import pytest
from rl_trainer_ext.errors import UserError
from rl_trainer_ext.isaac_lab import presets, task_config
from rl_trainer_ext.isaac_lab.presets import preset_groups, task_presets
from rl_trainer_ext.isaac_lab.tasks import PresetGroup
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.system.installation import isaac_sim_is_installed

AGENT = "rsl_rl_cfg_entry_point"


def test_names_that_exclude_one_another_are_one_choice():
    alternatives = dict.fromkeys(("default", "rgb", "depth"), object()) | {"depth": object()}
    declared = {
        "env.camera": alternatives,
        "env.observations": dict.fromkeys(("default", "depth", "raw"), 0),
        "env.object": {"default": 1, "cube": 2},
        "agent": {"default": 1, "wide": 2},
    }
    assert preset_groups(declared) == (
        PresetGroup("presets", ("rgb", "depth", "raw"), ("env.camera", "env.observations"), "rgb"),
        PresetGroup("presets", ("cube",), ("env.object",)),
        PresetGroup("presets", ("wide",), ("agent",)),
    )


def test_physics_and_renderer_are_told_by_their_types(trainer):
    physics, renderer, cameras = task_presets("Isaac-Cartpole-Camera", AGENT)
    assert (physics.selector, renderer.selector, cameras.selector) == ("physics", "renderer", "presets")
    assert {"physx", "newton_mjwarp"} <= set(physics.names)
    assert physics.changes == ("env.sim.physics",)
    assert "newton_renderer" in renderer.names
    assert {"rgb", "depth"} <= set(cameras.names)
    if not isaac_sim_is_installed():
        assert physics.usual == presets.NEWTON


def resolved(task: str, *overrides: str) -> task_config.ResolvedConfig:
    return task_config.resolve(RunConfig(task, "rsl_rl", device="cpu", overrides=overrides))


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        (
            "physics=newton_mjwrap",
            "Isaac-Cartpole-Direct has no physics preset 'newton_mjwrap'; did you mean newton_mj",
        ),
        ("physics=mujoco", "Isaac-Cartpole-Direct has no physics preset 'mujoco': choose "),
        ("renderer=rtx", "Isaac-Cartpole-Direct has no renderer preset 'rtx', and no other: leave renderer= out."),
        ("presets=depth", "Isaac-Cartpole-Direct has no preset 'depth', and no other: leave presets= out."),
        ("presets=newton_mjwarp,deep", "Isaac-Cartpole-Direct has no preset 'deep'"),
    ],
)
def test_a_preset_that_does_not_fit_the_task_is_one_sentence(trainer, override, sentence):
    with pytest.raises(UserError) as raised:
        resolved("Isaac-Cartpole-Direct", override)
    assert str(raised.value).startswith(sentence)


def test_what_isaac_lab_takes_is_taken(trainer):
    for override in ("physics=newton_mjwarp", "presets=newton_mjwarp", "physics=newton_kamino"):
        assert "Newton" in type(resolved("Isaac-Cartpole-Direct", override).env_cfg.sim.physics).__name__
    with pytest.warns(FutureWarning, match="Use 'newton_mjwarp' instead"):
        resolved("Isaac-Cartpole-Direct", "physics=newton")


@pytest.mark.skipif(isaac_sim_is_installed(), reason="With Isaac Sim PhysX is the default.")
def test_another_preset_leaves_the_default_physics(trainer):
    declared = presets.declared_presets("Isaac-Cartpole-Camera", AGENT)
    assert not presets.chooses_physics(["presets=depth", "env.sim.dt=0.01"], declared)
    assert presets.chooses_physics(["presets=depth,newton_mjwarp"], declared)
    assert presets.chooses_physics(["env.sim.physics=physx"], declared)


def test_a_task_is_described_with_its_agent_and_presets(trainer):
    usual = task_config.describe("Isaac-Cartpole-Direct", "rsl_rl", "cpu")
    assert [group.selector for group in usual.presets] == ["physics"]
    assert "no device 'cuda:7'" in task_config.describe("Isaac-Cartpole-Direct", "rsl_rl", "cuda:7").problem
    assert not task_config.describe("Isaac-Cartpole-Direct", "rsl_rl", "cuda:7", elsewhere=True).problem
    chosen = task_config.describe("Isaac-Cartpole-Direct", "rsl_rl", "cpu", overrides=("physics=physx",))
    assert chosen.overrides == ("physics=physx",)
    assert chosen.problem or isaac_sim_is_installed()
    assert not usual.problem
    reach, held = (
        task_config.describe("Isaac-Reach-Franka", "rsl_rl", "cpu", overrides=overrides)
        for overrides in ((), ("presets=hold",))
    )
    assert reach.max_iterations != held.max_iterations
    agent = "rsl_rl_distillation_cfg_entry_point"
    assert task_config.describe("Isaac-Velocity-Flat-AnymalD", "rsl_rl", "cpu", agent).agent == agent
