# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Real pictures of real environments, drawn through EGL, and what they do to a training: nothing."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from rl_trainer_ext.hosts.frames import Frames
from rl_trainer_ext.hosts.newton_viewport import LARGEST, SMALLEST, NewtonViewport
from rl_trainer_ext.render_mode import RenderMode
from rl_trainer_ext.snapshot import Pause, Play, Resume, SetRenderMode, SetViewportShare, State, Stop, Train
from rl_trainer_ext.trainer import Trainer
from runs_made_here import CARTPOLE, LIMIT, equal_to_the_bit, idle, run_to_end, tick_until

FULL, PARTIAL, NO = RenderMode.FULL_RENDERING, RenderMode.PARTIAL_RENDERING, RenderMode.NO_RENDERING
SIZE = (160, 90)
STEPS = 3 * 16
"""Vectorised steps of the training that the tests compare."""


class Application:
    """A trainer, its viewport and the frames of a host."""

    def __init__(self, viewport=None):
        self.viewport = viewport or NewtonViewport()
        self.trainer = Trainer(self.viewport)
        self.frames = Frames(self.trainer, self.viewport)

    def frames_until(self, reached):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            self.frames.next(time.perf_counter())
            snapshot = self.trainer.snapshot()
            if reached(snapshot):
                return snapshot
        raise AssertionError(f"not reached within {LIMIT:.0f} s; the trainer stands at {self.trainer.snapshot()}")

    def do(self, command, reached=idle):
        self.trainer.request(command)
        self.frames.next(time.perf_counter())
        return self.frames_until(reached)


@pytest.fixture(scope="module")
def shared_application():
    application = Application()
    application.frames_until(idle)
    yield application
    application.trainer.close()
    application.viewport.close()


@pytest.fixture
def application(shared_application):
    """Idle at first, small pictures, the default mode and share."""
    application = shared_application
    application.do(Stop())
    application.viewport.resize(*SIZE)
    application.viewport.follow(None)
    application.viewport.show(0)
    application.do(SetRenderMode(PARTIAL))
    application.do(SetViewportShare(0.1))
    application.frames.statistics.reset()
    return application


@pytest.fixture
def config(tmp_path):
    return CARTPOLE.replace(log_root=str(tmp_path))


@pytest.fixture
def drawn(shared_application, config):
    """A viewport with all of an environment in it, which waits, paused; the tests that use it share the run."""
    application, viewport = shared_application, shared_application.viewport
    if idle(application.trainer.snapshot()):
        endless = config.replace(max_iterations=10_000)
        application.do(Train(endless), lambda s: s.state is State.TRAINING and s.steps > 300)
    application.trainer.request(Pause())
    application.trainer.tick(0.0)
    viewport.resize(*SIZE)
    viewport.follow(None)
    viewport.show(0)
    viewport.frame()
    assert viewport.draw()
    return viewport


def taken(viewport):
    assert viewport.draw()
    return viewport.picture.copy()


def differs(one, other):
    """Share of the pixels that differ visibly."""
    return float((np.abs(one.astype(int) - other.astype(int)).max(axis=2) > 12).mean())


def test_a_picture_shows_the_environment(drawn):
    picture = drawn.picture
    assert picture.shape == (SIZE[1], SIZE[0], 4)
    assert picture.dtype == np.uint8
    assert picture.flags.c_contiguous
    assert (picture[..., 3] == 255).all()
    carts = (picture[..., 0] > 150) & (picture[..., 2] < 80)
    assert 0.001 < carts.mean() < 0.2


def test_a_picture_follows_the_environment(shared_application, drawn):
    before = taken(drawn)
    assert differs(before, taken(drawn)) == 0.0  # nothing moved
    trainer = shared_application.trainer
    trainer.request(Resume())
    steps = trainer.snapshot().steps
    tick_until(trainer, lambda s: s.steps > steps + 200)
    assert differs(before, taken(drawn)) > 0.005


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ((320, 200), (320, 200)),
        ((1, 1), (SMALLEST, SMALLEST)),
        ((0, 300), (SMALLEST, 300)),
        ((8000, 60), (LARGEST, 31)),
        ((60, 9000), (27, LARGEST)),
    ],
)
def test_a_picture_has_the_size_of_its_window(drawn, asked, got):
    serial = drawn.serial
    drawn.resize(*asked)
    assert drawn.moved
    assert taken(drawn).shape == (got[1], got[0], 4)
    assert drawn.serial == serial + 1
    assert not drawn.moved
    drawn.resize(*asked)
    assert not drawn.moved


@pytest.mark.parametrize(
    "move",
    [
        lambda viewport: viewport.orbit(60, 0),
        lambda viewport: viewport.orbit(0, 60),
        lambda viewport: viewport.pan(30, 0),
        lambda viewport: viewport.zoom(3),
        lambda viewport: viewport.follow(5),
        lambda viewport: viewport.show(2),
    ],
)
def test_the_mouse_and_the_choices_change_the_picture(drawn, move):
    before = taken(drawn)
    move(drawn)
    assert drawn.moved
    assert differs(before, taken(drawn)) > 0.01
    assert not drawn.moved


def test_framing_shows_every_environment(drawn):
    # from above, and the carts are the only thing that is orange
    drawn.zoom(20)
    drawn.orbit(0, 300)
    drawn.resize(640, 640)
    drawn.frame()
    picture = taken(drawn)
    orange = (picture[..., 0] > 150) & (picture[..., 2] < 80)
    border = np.concatenate([orange[0], orange[-1], orange[:, 0], orange[:, -1]])
    assert orange.any()
    assert not border.any()
    alone = orange.sum()
    drawn.show(4)
    fewer = taken(drawn)
    assert ((fewer[..., 0] > 150) & (fewer[..., 2] < 80)).sum() < 0.5 * alone


def test_an_environment_that_is_not_there_is_not_followed(drawn):
    drawn.follow(1000)
    drawn.show(1000)
    drawn.frame()
    assert drawn.draw()
    drawn.follow(-3)
    drawn.show(-1)
    assert drawn.draw()
    assert drawn.problem == ""


def test_a_paused_run_is_drawn_only_when_the_camera_moves(shared_application, drawn):
    application = shared_application
    serial = drawn.serial
    for _ in range(5):
        application.frames.next(0.0)
    first = drawn.serial
    assert first <= serial + 1
    for _ in range(5):
        application.frames.next(0.0)
    assert drawn.serial == first
    drawn.orbit(10, 0)
    application.frames_until(lambda _: not drawn.moved)
    assert drawn.serial == first + 1


def test_the_last_picture_stays_when_the_run_ends(shared_application, drawn):
    picture = taken(drawn)
    assert drawn.num_envs == CARTPOLE.num_envs
    shared_application.do(Stop())
    assert drawn.num_envs == 0
    drawn.orbit(10, 10)
    assert not drawn.draw()
    assert differs(drawn.picture, picture) == 0.0


def test_the_simulation_does_not_know_that_it_is_drawn(drawn):
    sim = drawn._env.sim
    assert sim.visualizers == []
    assert not sim.is_rendering


@pytest.fixture(scope="module")
def headless(trainer, shared_application, tmp_path_factory):
    """What each library learns without a viewport: its last checkpoint and the files of its configuration."""
    shared_application.do(Stop())  # one simulation at a time
    config = CARTPOLE.replace(log_root=str(tmp_path_factory.mktemp("headless")))
    return {library: run_to_end(trainer, Train(config.replace(library=library))) for library in ("rsl_rl", "sb3")}


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
    application.frames.next(0.0)
    for _ in range(5):
        steps, serial = trainer.snapshot().steps, viewport.serial
        application.frames_until(lambda s, steps=steps: s.steps > steps)
        assert trainer.snapshot().steps == steps + config.num_envs
        assert viewport.serial == serial + 1
    trainer.request(SetRenderMode(NO))
    serial, steps = viewport.serial, trainer.snapshot().steps
    application.frames.next(0.0)
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


def test_a_viewer_that_fails_ends_the_viewport_and_not_the_training(application, config, headless, monkeypatch):
    from rl_trainer_ext.hosts.newton_scene import Scene

    application.do(SetRenderMode(FULL))
    problems = []
    with monkeypatch.context() as patch:
        draw, calls = Scene.draw, 0

        def failing(scene):
            nonlocal calls
            calls += 1
            if calls > 5:
                raise RuntimeError("the lamp burnt out\nand more")
            draw(scene)

        patch.setattr(Scene, "draw", failing)
        application.trainer.request(Train(config))
        after = application.frames_until(
            lambda s: problems.append(s.viewport_problem) or (idle(s) and s.status == "finished")
        )
    assert calls == 6
    assert equal_to_the_bit(after.checkpoint, headless["rsl_rl"].checkpoint)
    assert set(problems) == {"", after.viewport_problem}
    assert "RuntimeError: the lamp burnt out" in after.viewport_problem
    assert "\n" not in after.viewport_problem
    serial = application.viewport.serial
    assert application.do(Train(config)).viewport_problem == ""
    assert application.viewport.serial > serial + 40
    assert application.viewport.picture.std() > 20


class ViewportDouble:
    """A viewport that notes what the trainer tells it."""

    picture, serial, num_envs, moved, problem = None, 0, 0, False, ""

    def __init__(self):
        self.calls = []

    def configure(self, env_cfg):
        self.calls.append("configure")

    def attach(self, env):
        assert env is env.unwrapped
        self.calls.append("attach")

    def detach(self):
        self.calls.append("detach")

    def draw(self):
        return False


@pytest.fixture
def watched():
    application = Application(ViewportDouble())
    application.frames_until(idle)
    yield application
    application.trainer.close()


def test_a_viewport_is_told_when_an_environment_comes_and_goes(watched, config):
    watched.do(Train(config))
    watched.do(Play(config.replace(num_steps=5, speed=0.0)))
    assert watched.viewport.calls == ["configure", "attach", "detach"] * 2


def test_a_viewport_lets_go_of_a_run_that_is_stopped_during_its_creation(watched, config):
    watched.do(Train(config), lambda s: s.activity.startswith("Creating environment:"))
    assert watched.do(Stop()).status == "stopped"
    assert watched.viewport.calls == ["configure", "detach"]


def test_a_viewport_lets_go_of_a_run_that_fails(watched, config, monkeypatch):
    from isaaclab.envs import DirectRLEnv

    def broken_step(env, action):
        raise RuntimeError("the gripper fell off")

    with monkeypatch.context() as patch:
        patch.setattr(DirectRLEnv, "step", broken_step)
        assert watched.do(Train(config)).status == "failed"
    assert watched.viewport.calls == ["configure", "attach", "detach"]


def test_nothing_is_left_of_the_scenes_of_earlier_runs(application, config):
    process = psutil.Process()
    held = []
    for _ in range(7):
        application.do(Train(config), lambda s: s.state is State.TRAINING and s.steps > 100)
        application.viewport.draw()
        application.do(Stop())
        gc.collect()
        held.append((process.memory_info().rss / 2**20, process.num_fds(), process.num_threads()))
    before, after = held[2], held[-1]
    assert after[0] - before[0] < 20, held
    assert after[1:] == before[1:], held
    assert application.viewport._offscreen.viewer.objects == {}


WITHOUT_EGL = """
import sys, time
from rl_trainer_ext.run_config import RunConfig
from rl_trainer_ext.hosts.frames import Frames
from rl_trainer_ext.hosts.newton_viewport import NewtonViewport
from rl_trainer_ext.snapshot import SetRenderMode, Train
from rl_trainer_ext.render_mode import RenderMode
from rl_trainer_ext.trainer import Trainer

viewport = NewtonViewport()
trainer = Trainer(viewport)
frames = Frames(trainer, viewport)
trainer.request(SetRenderMode(RenderMode.FULL_RENDERING))
trainer.request(Train(RunConfig(
    task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=4, max_iterations=1, device="cpu", log_root=sys.argv[1]
)))
while trainer.snapshot().status in ("", "running"):
    frames.next(time.perf_counter())
snapshot = trainer.snapshot()
trainer.close()
viewport.close()
print("RESULT", snapshot.status, viewport.serial, snapshot.viewport_problem)
"""


def test_without_egl_the_training_goes_on_and_the_viewport_says_what_to_install(tmp_path):
    package = Path(__file__).resolve().parents[1] / "exts" / "rl_trainer_ext"
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_EGL, str(tmp_path)],
        env=os.environ | {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent", "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    (result,) = [line for line in run.stdout.splitlines() if line.startswith("RESULT")]
    assert result.startswith("RESULT finished 0 The viewport needs OpenGL through EGL")
    assert "apt install libegl1" in result
