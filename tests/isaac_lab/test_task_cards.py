# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The card of a task: what its configuration says about it, without an environment."""

from __future__ import annotations

from pathlib import Path

import gymnasium
import pytest
from rl_trainer_ext.cli import tasks as task_list
from rl_trainer_ext.isaac_lab import cards
from rl_trainer_ext.isaac_lab.task_card import TaskCard, card_rows
from rl_trainer_ext.isaac_lab.task_config import describe
from rl_trainer_ext.isaac_lab.tasks import Task, TaskDetails
from rl_trainer_ext.training.commands import Describe
from rl_trainer_ext.training.descriptions import TaskDescriptions


def test_a_direct_task(trainer) -> None:
    card = describe("Isaac-Cartpole-Direct", "rsl_rl", "cpu").card
    assert card.about == "Cartpole balancing environment driven by proprioceptive (joint-state) observations."
    assert (card.episode_seconds, card.episode_steps) == (5.0, 300)
    assert (card.observations, card.actions) == ((("", "4"),), (("", "1"),))
    assert dict(card.rewards)["rew_scale_terminated"] == -2.0
    assert "newton_mjwarp" in card.physics
    assert card.runs_on == ("Newton", "PhysX")
    assert not card.cameras
    assert Path(card.source).name == "cartpole_direct_env.py"
    assert {"cartpole_direct_env.py", "cartpole_direct_env_cfg.py", "direct_rl_env_cfg.py"} <= {
        Path(file).name for file in card.sources
    }


def test_a_manager_based_task_names_its_terms(trainer) -> None:
    details = describe("Isaac-Cartpole", "rsl_rl", "cpu")
    card = details.card
    assert card.num_envs == 4096
    assert details.num_envs == 64  # what a CPU starts with
    assert card.actions == (("joint_effort", "JointEffortAction"),)
    assert card.observations[0][0] == "policy"
    assert "joint_pos" in card.observations[0][1]
    assert dict(card.rewards)["alive"] == 1.0


def test_several_agents_have_a_space_each_and_cameras_are_told(trainer) -> None:
    handover = describe("Isaac-Shadow-Handover-Direct", "", "cpu")
    assert [name for name, _ in handover.card.observations] == ["right_hand", "left_hand"]
    camera = describe("Isaac-Cartpole-Camera-Direct", "rsl_rl", "cpu").card
    assert camera.cameras
    assert "newton_renderer" in camera.presets


def test_without_a_library_the_card_is_there_with_the_reason(trainer) -> None:
    details = describe("IsaacContrib-Cartpole-Showcase-Direct", "", "cpu")
    assert details.problem.endswith("has no configuration of a library that trains here.")
    assert details.card.episode_steps == 300


BAD = """
from isaaclab.utils import configclass
from isaaclab_tasks.core.cartpole.cartpole_direct_env_cfg import CartpoleEnvCfg

@configclass
class Raises(CartpoleEnvCfg):
    def __post_init__(self):
        raise RuntimeError("the robot is missing")
"""


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"env_cfg_entry_point": "own_bad_task:Raises"}, "RuntimeError: the robot is missing"),
        ({"env_cfg_entry_point": "own_bad_task:Nothing"}, "own_bad_task"),
        ({"env_cfg_entry_point": "own_no_task:Cfg"}, "No module named 'own_no_task'"),
        ({"rsl_rl_cfg_entry_point": "own_bad_task:Agent"}, "own_bad_task"),
        ({"rsl_rl_cfg_entry_point": "own_no_agents:Agent"}, "No module named 'own_no_agents'"),
        ({"rsl_rl_cfg_entry_point": "isaaclab_tasks.core.cartpole.agents:none.yaml"}, "none.yaml"),
    ],
)
def test_a_registration_that_is_wrong_is_a_sentence(trainer, tmp_path, monkeypatch, changes, sentence) -> None:
    (tmp_path / "own_bad_task.py").write_text(BAD)
    monkeypatch.syspath_prepend(tmp_path)
    spec = gymnasium.spec("Isaac-Cartpole-Direct")
    gymnasium.register("Own-Bad", spec.entry_point, kwargs={**spec.kwargs, **changes})
    try:
        details = TaskDescriptions().get(Describe("Own-Bad", "rsl_rl", "cpu"))
    finally:
        del gymnasium.registry["Own-Bad"]
    assert details.problem.startswith("The configuration of Own-Bad cannot be read: ")
    assert sentence in details.problem
    assert "\n" not in details.problem


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("One\nline.\n\nMore.", "One line."),
        ("See :class:`~isaaclab.envs.Env` and ``x``.", "See Env and x."),
        (f"First. {'long ' * 80}", "First."),
        ("word " * 80, f"{'word ' * 59}word…"),
    ],
)
def test_the_description_is_the_first_sentences(text: str, about: str) -> None:
    assert cards._first_sentences(text) == about


CARD = TaskCard(
    about="Balances a pole.",
    source="/tasks/pole.py",
    num_envs=4096,
    episode_seconds=5.0,
    episode_steps=300,
    observations=(("policy", "joint_pos, joint_vel"),),
    actions=(("", "1"),),
    rewards=(("alive", 1.0), ("fallen", -2.5)),
    physics=("newton_mjwarp", "physx"),
    presets=(),
    cameras=False,
)


def test_the_words_of_a_card() -> None:
    assert card_rows(CARD) == [
        ("Environments", "4,096"),
        ("Episode", "5 s, 300 steps"),
        ("Observations", "policy: joint_pos, joint_vel"),
        ("Actions", "1"),
        ("Rewards", "alive 1, fallen -2.5"),
        ("Physics", "newton_mjwarp, physx"),
    ]


def test_the_command_line_prints_the_card() -> None:
    task = Task("Pole", ("rsl_rl",), workflow="direct", agents=("rsl_rl_cfg_entry_point", "skrl_cfg_entry_point"))
    details = TaskDetails("Pole", "rsl_rl", "cpu", 64, 150, 42, "It needs Isaac Sim.", card=CARD)
    lines = task_list._card_lines(task, details)
    assert lines[:2] == ["Pole", "Balances a pole."]
    for line in ("Agents        rsl_rl, skrl", "Runs here     It needs Isaac Sim.", "Source        /tasks/pole.py"):
        assert line in lines
