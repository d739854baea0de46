# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Markers of the sample project's task, drawn by the real viewport, and what they cost when none is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.driven_rover import rover_trainer
from helpers.runs_made_here import CARTPOLE, SLICE, equal_to_the_bit, idle, run_to_end, tick_until
from rl_trainer_ext.training.commands import Load, Pause, Stop, Train
from rl_trainer_ext.training.snapshot import PreviewActions
from rl_trainer_ext.training.trainer import Trainer
from rl_trainer_ext.viewport.interface import MarkerKind
from rl_trainer_ext.viewport.newton.viewport import NewtonViewport

OF_PHYSICS = {
    *(MarkerKind.CONTACTS, MarkerKind.JOINTS, MarkerKind.CENTRES_OF_MASS),
    MarkerKind.COLLISION_SHAPES,
}


@pytest.fixture(scope="module")
def viewport() -> Iterator[NewtonViewport]:
    viewport = NewtonViewport()
    yield viewport
    viewport.close()


@pytest.fixture(scope="module")
def rover(viewport: NewtonViewport) -> Iterator[Trainer]:
    with rover_trainer(viewport) as trainer:
        yield trainer


@pytest.fixture
def paused(rover: Trainer, viewport: NewtonViewport, tmp_path: Path) -> Iterator[Any]:
    """The environment of a paused preview, close to the camera."""
    config = CARTPOLE.replace(task="Rover-Velocity", num_envs=4, log_root=str(tmp_path))
    rover.request(Load(config, PreviewActions.RANDOM))
    rover.tick(SLICE)
    shown = tick_until(rover, lambda now: idle(now) or now.steps >= 4 * 20)
    assert not idle(shown), shown.failure
    rover.request(Pause())
    rover.tick(0.0)
    viewport.resize(320, 240)
    viewport.follow(0)
    yield rover._session._env.unwrapped
    viewport.show_markers(frozenset())
    rover.request(Stop())
    rover.tick(SLICE)
    tick_until(rover, idle)


def taken(viewport: NewtonViewport, *kinds: MarkerKind) -> np.ndarray:
    """A picture with these markers."""
    viewport.show_markers(frozenset(kinds))
    assert viewport.draw(), viewport.problem
    assert viewport.picture is not None
    return viewport.picture[..., :3].astype(int)


@pytest.mark.slow
def test_what_the_task_has_is_drawn_when_it_is_wanted(paused: Any, viewport: NewtonViewport) -> None:
    assert viewport.markers == {MarkerKind.COMMANDS, *OF_PHYSICS}
    dispatched = []
    paused.sim.vis_marker_registry.add_callback("counted", dispatched.append)
    without = taken(viewport)
    assert not dispatched  # off, nothing of the task is called
    assert not paused.sim.vis_marker_registry.get_groups()
    arrows = taken(viewport, MarkerKind.COMMANDS)
    assert len(dispatched) == 1
    green = (arrows[..., 1] > 150) & (arrows[..., 0] < 60) & (arrows[..., 2] < 60)
    assert green.sum() > 20  # the wanted velocity
    for kind in OF_PHYSICS:
        assert (taken(viewport, kind) != without).any(), kind
    # none of the markers stays, and no step of the environment draws
    assert (taken(viewport) == without).all()
    assert len(dispatched) == 1
    assert not paused.sim.visualizers
    assert not paused.sim.is_rendering


@pytest.mark.slow
def test_markers_do_not_change_what_is_learned(rover: Trainer, viewport: NewtonViewport, tmp_path: Path) -> None:
    config = CARTPOLE.replace(task="Rover-Velocity", num_envs=4, max_iterations=1, log_root=str(tmp_path))
    plain = run_to_end(rover, Train(config))
    viewport.show_markers(frozenset(MarkerKind))
    rover.request(Train(config))
    rover.tick(SLICE)

    def draw(now: Any) -> bool:
        viewport.draw()
        return idle(now)

    marked = tick_until(rover, draw)
    viewport.show_markers(frozenset())
    assert (marked.failure, viewport.problem) == (None, "")
    assert equal_to_the_bit(marked.checkpoint, plain.checkpoint)
