# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Drives playbacks of the sample project's velocity task: commands, releases, pushes, resets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest
import torch
from helpers.driven_rover import COMMANDED, make_driver_policy, register_commanded, rover_config, rover_trainer
from helpers.runs_made_here import CARTPOLE, SLICE, idle, run_to_end, tick_until
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import (
    DismissFailure,
    Evaluate,
    Load,
    Pause,
    Play,
    Push,
    ReleaseCommand,
    Reset,
    SetCommand,
    SetTaskModules,
    Step,
    Stop,
)
from rl_trainer_ext.training.snapshot import State
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

VELOCITY = "base_velocity"


@pytest.fixture(scope="module")
def rovers() -> Iterator[Trainer]:
    with rover_trainer() as trainer:
        yield trainer


@pytest.fixture(scope="module")
def play(rovers: Trainer, tmp_path_factory: pytest.TempPathFactory) -> RunConfig:
    config = rover_config(tmp_path_factory.mktemp("rovers"))
    return config.replace(checkpoint=str(make_driver_policy(rovers, config)))


@pytest.fixture
def played(rovers: Trainer, play: RunConfig) -> Iterator[Any]:
    """A playback that is paused, and that the tests share; the environment, unwrapped."""
    if rovers.state is not State.PAUSED:
        begin(rovers, Play(play))
    env = rovers._session._env.unwrapped
    term = env.command_manager.get_term(VELOCITY)
    yield env
    ask(rovers, ReleaseCommand())
    assert not {"compute", "reset"} & set(vars(term)), "the term is still extended"


def begin(trainer: Trainer, command: Any) -> Any:
    """Starts a run in place of another, and pauses it after its first steps; returns the environment, unwrapped."""
    stop(trainer)
    trainer.request(command)
    trainer.tick(SLICE)
    tick_until(trainer, lambda now: idle(now) or now.steps > 0)
    assert trainer.state is State.PLAYING, trainer.snapshot().failure
    trainer.request(Pause())
    trainer.tick(SLICE)
    return trainer._session._env.unwrapped


def stop(trainer: Trainer) -> None:
    trainer.request(Stop())
    trainer.tick(SLICE)
    tick_until(trainer, idle)


def step(trainer: Trainer, steps: int = 1) -> None:
    """Does single steps, each of which leaves the playback paused."""
    for _ in range(steps):
        before = trainer.snapshot().steps
        trainer.request(Step())
        trainer.tick(SLICE)
        tick_until(trainer, lambda now: now.state is State.PAUSED)
        assert trainer.snapshot().steps == before + 4


def ask(trainer: Trainer, command: Any) -> str:
    """Requests something; returns the sentence with which it is refused, or an empty text."""
    trainer.request(command)
    trainer.tick(SLICE)
    failure = trainer.snapshot().failure
    trainer.request(DismissFailure())
    trainer.tick(SLICE)
    assert failure is None or failure.bad_input
    return "" if failure is None else failure.message


def command_of(env: Any) -> torch.Tensor:
    return env.command_manager.get_command(VELOCITY)


def observed(env: Any) -> torch.Tensor:
    """The command in the observation of the policy."""
    return env.obs_buf["policy"][:, 6:9]


def test_a_command_is_in_the_buffer_and_the_observation_after_one_step(rovers, played) -> None:
    others = command_of(played)[:3].clone()
    assert ask(rovers, SetCommand(VELOCITY, (0.5, None, -0.25), 3)) == ""
    step(rovers)
    for values in (command_of(played), observed(played)):
        assert values[3].tolist() == pytest.approx([0.5, 0.0, -0.25])
    assert not torch.allclose(others, torch.tensor([0.5, 0.0, -0.25]))
    ask(rovers, SetCommand(VELOCITY, (0.25, 0.0, 0.5)))
    step(rovers)
    for values in (command_of(played), observed(played)):
        assert torch.allclose(values, torch.tensor([0.25, 0.0, 0.5]))


def test_a_command_lasts_until_it_is_released_also_when_episodes_end(rovers, played) -> None:
    ask(rovers, SetCommand(VELOCITY, (0.5, 0.0, 0.0)))
    ask(rovers, ReleaseCommand(0))
    ends = played.max_episode_length
    for _ in range(2):  # episodes that end, and the task's own times of new commands
        played.episode_length_buf[:] = ends - 2
        step(rovers, 3)
        for values in (command_of(played), observed(played)):
            assert torch.allclose(values[1:], torch.tensor([0.5, 0.0, 0.0]))
    assert not torch.allclose(command_of(played)[0], torch.tensor([0.5, 0.0, 0.0]))
    ask(rovers, ReleaseCommand())
    step(rovers)
    assert not any(torch.allclose(each, torch.tensor([0.5, 0.0, 0.0])) for each in command_of(played))


def test_the_rover_follows_the_command(rovers, played) -> None:
    robot = played.scene["robot"]
    speeds = []
    for speed in (0.6, -0.6):
        ask(rovers, SetCommand(VELOCITY, (speed, 0.0, 0.0), 1))
        step(rovers, 40)
        speeds.append(float(robot.data.root_lin_vel_b.torch[1, 0]))
    assert speeds[0] > 0.3
    assert speeds[1] < -0.3


def test_a_push_changes_the_velocity_of_the_chosen_robot(rovers, played) -> None:
    robot = played.scene["robot"]
    ask(rovers, SetCommand(VELOCITY, (0.0, 0.0, 0.0)))
    step(rovers, 20)
    before = robot.data.root_lin_vel_w.torch.clone()
    assert ask(rovers, Push((0.0, 0.0, 2.0), 2)) == ""
    step(rovers)
    change = (robot.data.root_lin_vel_w.torch - before)[:, 2]
    assert change[2] > 1.0
    assert change[[0, 1, 3]].abs().max() < 0.5
    assert "finite" in ask(rovers, Push((float("nan"), 0.0, 0.0)))


def test_one_or_all_environments_are_reset_and_their_episodes_do_not_count(rovers, played) -> None:
    step(rovers, 5)
    reward = rovers.snapshot().mean_reward
    expected = (played.episode_length_buf + 1).tolist()
    expected[1] = 0
    rovers.request(Reset(1))
    rovers.tick(SLICE)
    tick_until(rovers, lambda now: now.state is State.PAUSED)
    assert played.episode_length_buf.tolist() == expected
    assert played.reset_time_outs.tolist() == [False, True, False, False]
    rovers.request(Reset())
    rovers.tick(SLICE)
    tick_until(rovers, lambda now: now.state is State.PAUSED)
    assert played.episode_length_buf.tolist() == [0, 0, 0, 0]
    assert rovers.snapshot().mean_reward == reward
    step(rovers)
    assert played.episode_length_buf.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (SetCommand(VELOCITY, (3.0, 0.0, 0.0)), "base_velocity.lin_vel_x must be from -0.8 to 0.8 m/s"),
        (SetCommand(VELOCITY, (float("nan"), 0.0, 0.0)), "must be a finite number"),
        (SetCommand(VELOCITY, (0.1, 0.2)), "base_velocity takes 3 values (lin_vel_x, lin_vel_y, ang_vel_z), not 2"),
        (SetCommand("base_velocty", (0.1,)), "did you mean base_velocity?"),
        (SetCommand(VELOCITY, (0.1, 0.0, 0.0), 4), "no environment 4"),
        (Reset(-1), "no environment -1"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(rovers, played, command, says) -> None:
    before = command_of(played).clone()
    assert says in ask(rovers, command)
    assert rovers.state is State.PAUSED
    assert torch.equal(command_of(played), before)


def test_what_is_not_used_costs_nothing(rovers, played) -> None:
    env = rovers._session._env
    term = played.command_manager.get_term(VELOCITY)
    step(rovers)
    assert env.before_step is None
    assert not {"compute", "reset"} & set(vars(term))


def test_the_command_line_commands_all_from_the_first_observation_on(rovers, play) -> None:
    stop(rovers)
    ended = run_to_end(rovers, Play(play.replace(commands=("base_velocity=0.5,0,0.25",), num_steps=3)))
    assert (ended.status, ended.failure) == ("finished", None)
    for commands, says in (
        (("base_velocity=0.5,0,9",), "ang_vel_z must be from -1 to 1 rad/s"),
        (("velocity=0.5,0,0",), "Rover-Velocity has no command 'velocity'"),
        (("base_velocity=0.5",), "takes 3 values"),
    ):
        refused = run_to_end(rovers, Play(play.replace(commands=commands)))
        assert refused.failure.bad_input
        assert says in refused.failure.message
        assert not refused.counts.steps


def test_an_evaluation_is_not_driven(rovers, play) -> None:
    begin(rovers, Evaluate(play, episodes=8))
    assert rovers.snapshot().run.driving.num_envs == 0
    for command in (SetCommand(VELOCITY, (0.5, 0.0, 0.0)), Push((1.0, 0.0, 0.0)), ReleaseCommand()):
        assert "Nothing plays that can be driven" in ask(rovers, command)


def test_a_task_without_commands_and_with_a_fixed_base_says_so(rovers, tmp_path) -> None:
    config = CARTPOLE.replace(num_envs=4, log_root=str(tmp_path), speed=0.0)
    env = begin(rovers, Load(config))
    driving = rovers.snapshot().run.driving
    assert driving.terms == ()
    assert "only a robot whose base moves freely" in driving.why_no_push
    assert "only a robot whose base moves freely" in ask(rovers, Push((1.0, 0.0, 0.0)))
    # a slider of the task before
    assert "Isaac-Cartpole-Direct has no commands" in ask(rovers, SetCommand(VELOCITY, (0.0, 0.0, 0.0)))
    rovers.request(Reset(2))
    rovers.tick(SLICE)
    tick_until(rovers, lambda now: now.state is State.PAUSED)
    assert env.episode_length_buf[2] == 0
    assert env.reset_time_outs[2]
    stop(rovers)
    assert "Nothing plays that can be driven" in ask(rovers, Push((1.0, 0.0, 0.0)))


@pytest.fixture
def commanded(rovers: Trainer, tmp_path: Any) -> Any:
    """A preview of a task with commands of all kinds, whose task samples new ones at every few steps."""
    if COMMANDED not in gymnasium.registry:
        register_commanded()
        rovers.request(SetTaskModules(("rover_tasks.tasks",)))
    stop(rovers)
    return begin(rovers, Load(rover_config(tmp_path).replace(task=COMMANDED, library="")))


def test_terms_of_every_kind_are_driven(rovers, commanded) -> None:
    from isaaclab.utils.math import quat_apply_inverse, quat_from_euler_xyz, yaw_quat

    robot, terms = commanded.scene["robot"], commanded.command_manager
    driving = rovers.snapshot().run.driving
    names = {term.name: [value.name for value in term.values] for term in driving.terms}
    assert names == {
        "base_velocity": ["lin_vel_x", "lin_vel_y", "ang_vel_z", "heading"],
        "hand": ["pos_x", "pos_y", "pos_z", "roll", "pitch", "yaw"],
        "place": ["pos_x", "pos_y", "heading"],
        "target": ["pos_x", "pos_y"],
    }
    for command in (
        SetCommand("base_velocity", (0.5, 0.0, 0.25)),
        SetCommand("hand", (0.4, 0.1, 0.3, 0.5, -0.5, 1.0)),
        SetCommand("place", (1.0, -1.5, 0.75)),
        SetCommand("target", (-1.0, 1.0)),
    ):
        assert ask(rovers, command) == ""
    for _ in range(15):  # in which the task samples several commands
        step(rovers)
        assert torch.allclose(terms.get_command("base_velocity"), torch.tensor([0.5, 0.0, 0.25]))
        hand = terms.get_command("hand")
        assert torch.allclose(hand[:, :3], torch.tensor([0.4, 0.1, 0.3]))
        orientation = quat_from_euler_xyz(*(torch.tensor([each]) for each in (0.5, -0.5, 1.0)))
        assert torch.allclose(hand[:, 3:], orientation, atol=1e-5)
        for name, x, y in (("place", 1.0, -1.5), ("target", -1.0, 1.0)):
            way = commanded.scene.env_origins + torch.tensor([x, y, 0.0]) - robot.data.root_pos_w.torch
            expected = quat_apply_inverse(yaw_quat(robot.data.root_quat_w.torch), way)[:, :2]
            assert torch.allclose(terms.get_command(name)[:, :2], expected, atol=1e-4)
    assert driving.read("hand", 1) == pytest.approx((0.4, 0.1, 0.3, 0.5, -0.5, 1.0))
    assert driving.read("place", 2) == pytest.approx((1.0, -1.5, 0.75))


def test_a_heading_takes_the_place_of_a_turning_speed_and_the_other_way_round(rovers, commanded) -> None:
    term, robot = commanded.command_manager.get_term(VELOCITY), commanded.scene["robot"]
    ask(rovers, SetCommand(VELOCITY, (0.5, None, None, 1.0)))
    step(rovers)
    error = torch.remainder(1.0 - robot.data.heading_w.torch + torch.pi, 2 * torch.pi) - torch.pi
    assert torch.allclose(term.command[:, 2], error.clamp(-1.0, 1.0), atol=1e-4)
    ask(rovers, SetCommand(VELOCITY, (None, None, -0.5, None)))
    step(rovers)
    assert torch.allclose(term.command, torch.tensor([0.5, 0.0, -0.5]))
    ask(rovers, ReleaseCommand())
    step(rovers, 12)
    assert not torch.allclose(term.command, torch.tensor([0.5, 0.0, -0.5]))
