# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""On a CPU the physics step is recorded once and replayed, with the results of the steps that Isaac Lab takes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import warp
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, idle, run_to_end, tick_until
from rl_trainer_ext.isaac_lab.recorded_physics import EAGER_PHYSICS
from rl_trainer_ext.training.commands import Train

DECIMATION = 2
"""Physics steps in an environment step of Cartpole."""


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[warp.Graph]:
    """The recorded steps, one for each time that one was replayed."""
    replayed: list[warp.Graph] = []
    launch = warp.capture_launch

    def launch_and_note(graph: warp.Graph) -> None:
        replayed.append(graph)
        launch(graph)

    monkeypatch.setattr(warp, "capture_launch", launch_and_note)
    return replayed


def trained(trainer, folder: Path, *overrides: str, task: str = CARTPOLE.task) -> Path:
    config = CARTPOLE.replace(task=task, num_envs=8, log_root=str(folder), overrides=overrides)
    run = run_to_end(trainer, Train(config))
    assert run.status == "finished", run.failure
    return run.checkpoint


@pytest.mark.parametrize(
    "task", ["Isaac-Cartpole-Direct", "Isaac-Cartpole", pytest.param("Isaac-Ant-Direct", marks=pytest.mark.slow)]
)
def test_a_training_learns_the_same_to_the_bit(trainer, replays, tmp_path: Path, task: str) -> None:
    recorded = trained(trainer, tmp_path / "recorded", task=task)
    assert len(replays) > 20
    assert len(set(map(id, replays))) == 1
    replays.clear()
    eager = trained(trainer, tmp_path / "eager", EAGER_PHYSICS, task=task)
    assert not replays
    assert equal_to_the_bit(recorded, eager)


@pytest.mark.parametrize("interval", [0, 2, 3])
def test_a_solver_that_reads_the_state_now_and_then_does_so_in_the_same_steps(
    trainer, replays, tmp_path: Path, interval: int
) -> None:
    """Many tasks have 2, and the physics steps of an environment step need not be a multiple of it."""
    overrides = (f"env.sim.physics.solver_cfg.update_data_interval={interval}", "env.sim.physics.num_substeps=1")
    recorded = trained(trainer, tmp_path / "recorded", *overrides)
    assert len(set(map(id, replays))) == max(1, interval)
    eager = trained(trainer, tmp_path / "eager", EAGER_PHYSICS, *overrides)
    assert equal_to_the_bit(recorded, eager)


@pytest.mark.slow
def test_newtons_own_search_for_contacts_is_not_recorded(trainer, replays, tmp_path: Path) -> None:
    """Its broad phase takes another way while it is recorded."""
    trained(trainer, tmp_path, "env.sim.physics.solver_cfg.use_mujoco_contacts=false")
    assert not replays


def test_nothing_is_left_of_it_after_the_run(trainer, tmp_path: Path) -> None:
    from isaaclab_newton.physics import NewtonMJWarpManager

    before = set(vars(NewtonMJWarpManager))
    trained(trainer, tmp_path)
    assert set(vars(NewtonMJWarpManager)) == before


def trained_with_callback(trainer, folder: Path, callback: Callable[[], None]) -> int:
    """Trains; the callback is called after each physics step from the tenth on. Returns how many steps these are."""
    from isaaclab_newton.physics import NewtonManager

    config = CARTPOLE.replace(num_envs=8, log_root=str(folder))
    trainer.request(Train(config))
    training = tick_until(trainer, lambda snapshot: snapshot.counts.steps >= 10 * config.num_envs)
    NewtonManager.register_post_step_callback(callback)
    run = tick_until(trainer, idle)
    assert run.status == "finished", run.failure
    return (run.counts.steps - training.counts.steps) // config.num_envs * DECIMATION


def test_a_callback_of_a_task_is_called_in_each_step(trainer, replays, tmp_path: Path) -> None:
    """It may compute with PyTorch, which Warp does not record."""
    calls: list[int] = []
    steps = trained_with_callback(trainer, tmp_path, lambda: calls.append(len(replays)))
    assert steps > 20
    assert len(calls) == steps
    assert len(set(calls)) == 1  # nothing was replayed after it had been registered
    assert calls[0] > 0


def test_what_warp_cannot_record_is_done_in_each_step(trainer, replays, tmp_path: Path) -> None:
    rows, total = warp.ones((3, 2), dtype=int, device="cpu"), warp.zeros(3, dtype=int, device="cpu")
    calls: list[int] = []

    def copy_column() -> None:
        calls.append(len(replays))
        warp.copy(total, rows[:, 0])

    copy_column.__module__ = "isaaclab_of_a_later_version"
    steps = trained_with_callback(trainer, tmp_path, copy_column)
    assert total.numpy().tolist() == [1, 1, 1]
    assert len(calls) == steps + 1  # Warp refused it once
    assert len(set(calls)) == 1
