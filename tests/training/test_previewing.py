# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Previews: a task is looked at without training, and a training starts in the environment that is open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from helpers.driven_rover import rover_trainer
from helpers.runs_made_here import CARTPOLE, SLICE, equal_to_the_bit, idle, run_to_end, tick_until
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.training.commands import Load, Pause, Play, Reload, Reset, SetActions, Step, Stop, Train
from rl_trainer_ext.training.snapshot import PreviewActions, Snapshot, State
from rl_trainer_ext.training.trainer import Trainer

pytestmark = pytest.mark.slow

TAKEN_OVER = "Took over the environment of the preview"
ANOTHER = "Created another environment than that of the preview"


@pytest.fixture
def config(tmp_path: Path) -> RunConfig:
    """A short Cartpole training, previewed as fast as the machine can."""
    return CARTPOLE.replace(log_root=str(tmp_path / "logs"), speed=0.0)


@pytest.fixture(autouse=True)
def closed_after(trainer: Trainer) -> Iterator[None]:
    """Nothing runs after a test, even if it fails."""
    yield
    trainer.close()
    trainer.tick(0.0)


def preview(trainer: Trainer, config: RunConfig, actions: PreviewActions = PreviewActions.RANDOM) -> Snapshot:
    """Previews until 20 steps are made."""
    trainer.request(Load(config, actions))
    trainer.tick(SLICE)
    shown = tick_until(trainer, lambda now: idle(now) or now.steps >= 20 * env_of(trainer).num_envs)
    assert shown.previewing, shown.failure
    return shown


def env_of(trainer: Trainer) -> Any:
    """The environment that the trainer steps."""
    env = trainer._session._env
    return CARTPOLE if env is None else env


def train_on(trainer: Trainer, config: RunConfig) -> Snapshot:
    """Presses Train in a preview, and waits for the end of the training."""
    trainer.request(Train(config))
    trainer.tick(SLICE)
    return tick_until(trainer, lambda now: idle(now) and not now.playing)


@pytest.mark.parametrize("library", ["rsl_rl", "sb3", "skrl"])
def test_training_in_the_environment_of_a_preview_is_a_cold_start(trainer, headless, config, library) -> None:
    shown = preview(trainer, config.replace(library=library))
    assert shown.run_dir is None
    assert not config.log_root_path.exists()
    env = env_of(trainer).env
    trained = train_on(trainer, config.replace(library=library))
    assert (trained.status, trained.failure) == ("finished", None)
    assert TAKEN_OVER in trained.notice
    assert equal_to_the_bit(trained.checkpoint, headless[library].checkpoint)
    assert env.unwrapped._is_closed


@pytest.fixture(scope="module")
def own(trainer: Trainer) -> Iterator[Trainer]:
    """A trainer that knows the sample project's task, and one of several agents."""
    from helpers import team_task

    team_task.register()
    with rover_trainer() as knowing:
        yield knowing
    del gymnasium.registry[team_task.TASK]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "library", "agent"),
    [
        ("Isaac-Cartpole", "rsl_rl", None),
        ("Isaac-Cartpole", "sb3", None),
        ("Isaac-Ant-Direct", "rsl_rl", None),
        ("Rover-Velocity", "rsl_rl", None),
        ("Own-Team-Direct", "skrl", "skrl_mappo_cfg_entry_point"),
        ("Own-Team-Direct", "skrl", None),
    ],
)
def test_tasks_of_all_kinds_are_taken_over_as_they_were_created(own, config, task, library, agent) -> None:
    """With managers, contacts, a terrain and its curriculum, several agents, each by itself or all as one."""
    config = config.replace(task=task, library=library, agent=agent, num_envs=8, max_iterations=2)
    cold = run_to_end(own, Train(config))
    preview(own, config)
    trained = train_on(own, config)
    assert TAKEN_OVER in trained.notice, (trained.notice, trained.failure)
    assert equal_to_the_bit(trained.checkpoint, cold.checkpoint)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"num_envs": 8}, "env.scene.num_envs 8 (the preview: 16)"),
        ({"seed": 8}, "env.seed 8 (the preview: 7)"),
        ({"overrides": ("env.action_scale=50.0",)}, "env.action_scale 50 (the preview: 100)"),
    ],
)
def test_other_configuration_gets_an_environment_of_its_own(trainer, config, changes, named) -> None:
    preview(trainer, config)
    env = env_of(trainer).env
    trained = train_on(trainer, config.replace(max_iterations=1, **changes))
    assert trained.status == "finished"
    assert f"{ANOTHER}: {named}." in trained.notice
    assert env.unwrapped._is_closed


def test_what_cannot_be_restored_is_made_anew(trainer, headless, config, monkeypatch) -> None:
    preview(trainer, config)
    # the state of a running generator is out of reach of every program
    env_of(trainer).unwrapped.scene.counting = (number for number in range(3))
    monkeypatch.setattr(trainer._session._opened, "_state", type(trainer._session._opened._state)(env_of(trainer).env))
    trained = train_on(trainer, config)
    assert f"{ANOTHER}: objects of builtins.generator cannot be restored." in trained.notice
    assert equal_to_the_bit(trained.checkpoint, headless["rsl_rl"].checkpoint)


def test_bad_configuration_leaves_the_preview_open(trainer, config) -> None:
    preview(trainer, config)
    env = env_of(trainer)
    trainer.request(Train(config.replace(overrides=("env.no_such_thing=1",))))
    shown = tick_until(trainer, lambda now: now.failure is not None)
    assert "no_such_thing" in shown.failure.message
    steps = shown.steps
    tick_until(trainer, lambda now: now.steps > steps)
    assert env_of(trainer) is env


def test_preview_is_driven_like_a_playback(trainer, config) -> None:
    preview(trainer, config, PreviewActions.ZERO)
    bare = env_of(trainer).unwrapped
    assert not bare.actions.any()
    trainer.request(SetActions(PreviewActions.RANDOM))
    tick_until(trainer, lambda now: now.run.preview is PreviewActions.RANDOM and bool(bare.actions.any()))
    trainer.request(Pause())
    trainer.tick(SLICE)
    paused = trainer.snapshot()
    assert paused.state is State.PAUSED
    trainer.request(Step())
    trainer.tick(SLICE)
    stepped = tick_until(trainer, lambda now: now.state is State.PAUSED)
    assert stepped.steps == paused.steps + bare.num_envs
    trainer.request(Reset())
    trainer.tick(SLICE)
    tick_until(trainer, lambda now: now.state is State.PAUSED)
    assert bare.episode_length_buf.tolist() == [1] * bare.num_envs
    trainer.request(Stop())
    assert tick_until(trainer, idle).status == "stopped"
    assert bare._is_closed
    assert not config.log_root_path.exists()


def test_preview_of_some_steps_ends_by_itself(trainer, config) -> None:
    ended = run_to_end(trainer, Load(config.replace(num_steps=5)))
    assert (ended.status, ended.steps) == ("finished", 5 * config.num_envs)


def test_other_preview_replaces_one(trainer, config) -> None:
    preview(trainer, config)
    env = env_of(trainer)
    trainer.request(Load(config.replace(num_envs=4)))
    tick_until(trainer, lambda now: now.config.num_envs == 4 and now.steps > 0)
    assert env.unwrapped._is_closed
    assert env_of(trainer).num_envs == 4


def test_stop_during_the_creation_ends_the_preview(trainer, config) -> None:
    trainer.request(Load(config))
    tick_until(trainer, lambda now: "Creating environment" in now.activity)
    trainer.request(Stop())
    ended = tick_until(trainer, idle)
    assert (ended.status, ended.failure) == ("stopped", None)
    from isaaclab.sim import SimulationContext

    assert SimulationContext.instance() is None


def test_load_during_a_training_is_refused(trainer, config) -> None:
    trainer.request(Train(config))
    trainer.request(Load(config))
    trainer.tick(SLICE)
    assert trainer.snapshot().failure.message == "Another run is in progress: stop it first."
    assert tick_until(trainer, idle).status == "finished"


def test_unknown_task_is_one_sentence(trainer, config) -> None:
    ended = run_to_end(trainer, Load(config.replace(task="Isaac-Cartpol-Direct")))
    assert ended.failure.bad_input
    assert "Isaac-Cartpole-Direct" in ended.failure.message


def test_environment_that_raises_in_a_step_fails_the_preview(trainer, config, monkeypatch) -> None:
    preview(trainer, config)
    env = env_of(trainer)

    def broken() -> None:
        raise ValueError("the reward is broken")

    monkeypatch.setattr(env.unwrapped, "_get_rewards", broken)
    ended = tick_until(trainer, idle)
    assert ended.failure.message == "The preview failed with ValueError: the reward is broken."
    assert env.unwrapped._is_closed


def test_reload_opens_the_preview_again_with_the_new_code(trainer, config) -> None:
    preview(trainer, config)
    env = env_of(trainer)
    trainer.request(Reload())
    trainer.tick(SLICE)
    tick_until(trainer, lambda now: now.previewing and now.steps > 0 and env_of(trainer) not in (env, CARTPOLE))
    assert env.unwrapped._is_closed


def test_playback_after_a_preview_has_its_own_environment(trainer, headless, config) -> None:
    preview(trainer, config)
    checkpoint = str(headless["rsl_rl"].checkpoint)
    trainer.request(Play(config.replace(checkpoint=checkpoint, num_steps=3)))
    trainer.tick(SLICE)
    ended = tick_until(trainer, lambda now: idle(now) and now.checkpoint is not None)
    assert (ended.status, ended.run.preview) == ("finished", None)
