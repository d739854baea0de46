# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Render modes: how often a real run is drawn in each, and that it learns the same."""

from __future__ import annotations

import pytest
from helpers.runs_made_here import CARTPOLE, equal_to_the_bit, idle
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.training.commands import Play, SetRenderMode, Train
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow

FULL, PARTIAL, NO = RenderMode.FULL_RENDERING, RenderMode.PARTIAL_RENDERING, RenderMode.NO_RENDERING
STEPS = 3 * 16
"""Vectorised steps of the training that the tests compare."""


@pytest.fixture
def config(tmp_path):
    return CARTPOLE.replace(log_root=str(tmp_path))


@pytest.mark.parametrize("library", ["rsl_rl", "sb3"])
@pytest.mark.parametrize("mode", RenderMode)
def test_weights_are_equal_to_the_bit_in_every_mode(application, config, headless, library, mode):
    application.do(SetRenderMode(mode))
    serial = application.viewport.serial
    after = application.do(Train(config.replace(library=library)))
    assert after.status == "finished"
    assert after.viewport_problem == ""
    assert equal_to_the_bit(after.checkpoint, headless[library].checkpoint)
    pictures = application.viewport.serial - serial
    assert application.frames.statistics.figures().pictures <= pictures
    if mode is FULL:
        assert pictures >= STEPS
    elif mode is PARTIAL:
        assert 1 <= pictures < STEPS
    else:
        assert pictures == 0
    ours, theirs = ((run.run_dir / "params" / "env.yaml").read_text() for run in (after, headless[library]))
    assert ours.replace(str(after.run_dir), "") == theirs.replace(str(headless[library].run_dir), "")


@pytest.mark.parametrize("mode", [FULL, PARTIAL])
def test_pictures_that_come_later_cost_no_bit_and_are_all_shown(application, config, headless, mode, monkeypatch):
    from rl_trainer_ext.viewport.newton.drawing import OffscreenViewer

    # as with a graphics card
    monkeypatch.setattr(OffscreenViewer, "software", property(lambda _: False, lambda *_: None), raising=False)
    waited, draw = [], application.viewport.draw
    monkeypatch.setattr(application.viewport, "draw", lambda wait: draw(wait) and (waited.append(wait) or True))
    application.do(SetRenderMode(mode))
    serial = application.viewport.serial
    after = application.do(Train(config))
    assert after.viewport_problem == ""
    assert equal_to_the_bit(after.checkpoint, headless["rsl_rl"].checkpoint)
    assert not application.viewport.pending
    assert application.viewport.serial - serial == len(waited) >= (STEPS if mode is FULL else 1)
    assert not all(waited)


def test_modes_change_while_it_runs(application, config, headless):
    modes = [FULL, NO, PARTIAL, FULL, PARTIAL, NO]
    application.trainer.request(Train(config))
    seen = {}

    def switch(snapshot):
        if snapshot.state is State.TRAINING:
            step = snapshot.steps // config.num_envs
            mode = modes[min(step // 8, 5)]  # the next frame has it
            if snapshot.render_mode is not mode:
                application.trainer.request(SetRenderMode(mode))
            seen.setdefault(snapshot.render_mode, set()).add(application.viewport.serial)
        return idle(snapshot) and snapshot.status == "finished"

    after = application.frames_until(switch)
    assert equal_to_the_bit(after.checkpoint, headless["rsl_rl"].checkpoint)
    assert len(seen[FULL]) >= 8


def test_full_rendering_begins_and_ends_with_the_next_frame(application, config):
    application.do(SetRenderMode(NO))
    training = config.replace(max_iterations=10_000)
    application.do(Train(training), lambda s: s.state is State.TRAINING and s.steps > 300)
    trainer, viewport = application.trainer, application.viewport
    trainer.request(SetRenderMode(FULL))
    application.frames.run_frame(0.0)
    for _ in range(5):
        steps, serial = trainer.snapshot().steps, viewport.serial
        application.frames_until(lambda s, steps=steps: s.steps > steps)
        assert trainer.snapshot().steps == steps + config.num_envs
        assert viewport.serial == serial + 1
    trainer.request(SetRenderMode(NO))
    serial, steps = viewport.serial, trainer.snapshot().steps
    application.frames.run_frame(0.0)
    assert trainer.snapshot().steps > steps + config.num_envs
    assert viewport.serial == serial


def test_a_playback_obeys_the_modes(application, config):
    application.do(Train(config))
    played = config.replace(num_steps=40, speed=0.0)
    for mode, low, high in [(FULL, 40, 42), (PARTIAL, 1, 39), (NO, 0, 0)]:
        application.do(SetRenderMode(mode))
        serial = application.viewport.serial
        assert application.do(Play(played)).status == "finished"
        assert low <= application.viewport.serial - serial <= high, mode
