# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The training continues when its viewport fails, cannot be opened or is closed, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from helpers.host_frames import Application
from helpers.runs_made_here import CARTPOLE, LIMIT, equal_to_the_bit, idle
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.training.commands import Play, SetRenderMode, Stop, Train
from rl_trainer_ext.training.snapshot import State

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path):
    return CARTPOLE.replace(log_root=str(tmp_path))


def test_a_viewer_that_fails_ends_the_viewport_and_not_the_training(application, config, headless, monkeypatch):
    from rl_trainer_ext.viewport.newton.scene import Scene

    application.do(SetRenderMode(RenderMode.FULL_RENDERING))
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


def test_a_graphics_card_that_is_lost_ends_the_viewport_and_not_the_training(
    application, config, headless, monkeypatch
):
    from rl_trainer_ext.viewport.newton.readback import Readback

    application.do(SetRenderMode(RenderMode.FULL_RENDERING))
    arrived, answers = Readback.arrived, []

    def lost(readback, wait):
        answers.append(wait)
        if len(answers) > 5:
            raise RuntimeError("the graphics card does not finish its picture")
        return arrived(readback, wait)

    with monkeypatch.context() as patch:
        patch.setattr(Readback, "arrived", lost)
        after = application.do(Train(config))
    assert len(answers) == 6
    assert "the graphics card does not finish its picture" in after.viewport_problem
    assert equal_to_the_bit(after.checkpoint, headless["rsl_rl"].checkpoint)


class ViewportDouble:
    """A viewport that notes what the trainer tells it."""

    picture, serial, num_envs, moved, pending, problem = None, 0, 0, False, False, ""

    def __init__(self):
        self.calls = []

    def configure(self, env_cfg):
        self.calls.append("configure")

    def attach(self, env):
        assert env is env.unwrapped
        self.calls.append("attach")

    def detach(self):
        self.calls.append("detach")

    def draw(self, wait=True):
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
from rl_trainer_ext.hosts.standalone.frames import FrameLoop
from rl_trainer_ext.viewport.newton.viewport import NewtonViewport
from rl_trainer_ext.training.commands import SetRenderMode, Train
from rl_trainer_ext.frames.sharing import RenderMode
from rl_trainer_ext.training.trainer import Trainer

viewport = NewtonViewport()
trainer = Trainer(viewport)
frames = FrameLoop(trainer, viewport)
trainer.request(SetRenderMode(RenderMode.FULL_RENDERING))
trainer.request(Train(RunConfig(
    task="Isaac-Cartpole-Direct", library="rsl_rl", num_envs=4, max_iterations=1, device="cpu", log_root=sys.argv[1]
)))
while trainer.snapshot().status in ("", "running"):
    frames.run_frame(time.perf_counter())
snapshot = trainer.snapshot()
trainer.close()
viewport.close()
print("RESULT", snapshot.status, viewport.serial, snapshot.viewport_problem)
"""


@pytest.mark.subprocess
def test_without_egl_the_training_continues_and_the_viewport_says_what_to_install(warm_process, tmp_path):
    package = Path(__file__).resolve().parents[2] / "exts" / "rl_trainer_ext"
    run = subprocess.run(
        warm_process.python("-c", WITHOUT_EGL, str(tmp_path)),
        env=os.environ | {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent", "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    (result,) = [line for line in run.stdout.splitlines() if line.startswith("RESULT")]
    assert result.startswith("RESULT finished 0 The viewport needs OpenGL through EGL")
    assert "apt install libegl1" in result


def rename(owner: type, name: str, new: str, patch: pytest.MonkeyPatch) -> None:
    """Renames a method of a class, in the class's own code as well, as another version of the library would."""
    patch.setattr(owner, new, getattr(owner, name), raising=False)
    patch.delattr(owner, name)
    for function in vars(owner).values():
        code = getattr(function, "__code__", None)
        if code is not None and name in code.co_names:
            names = tuple(new if each == name else each for each in code.co_names)
            patch.setattr(function, "__code__", code.replace(co_names=names))


def test_newtons_own_renderer_draws_when_newton_has_renamed_a_private_method(config, headless, monkeypatch):
    from newton._src.viewer.gl.opengl import RendererGL

    rename(RendererGL, "_draw_sky", "_draw_background", monkeypatch)
    application = Application()
    application.viewport.resize(160, 90)
    application.frames_until(idle)
    application.do(SetRenderMode(RenderMode.FULL_RENDERING))
    after = application.do(Train(config))
    viewport = application.viewport
    assert (after.status, after.viewport_problem) == ("finished", "")
    assert "RendererGL._draw_sky" in viewport.notice
    assert "pip install" in viewport.notice
    assert viewport.serial >= config.max_iterations * 16
    picture = viewport.picture
    assert picture is not None
    assert picture.shape == (90, 160, 4)
    assert picture[..., :3].std() > 20
    assert equal_to_the_bit(after.checkpoint, headless["rsl_rl"].checkpoint)
    application.trainer.close()
    viewport.close()


def test_newtons_own_renderer_draws_when_newton_has_moved_its_modules(monkeypatch):
    from rl_trainer_ext.viewport.newton import viewport

    monkeypatch.delitem(sys.modules, "rl_trainer_ext.viewport.newton.drawing", raising=False)
    monkeypatch.setitem(sys.modules, "newton._src.viewer.gl.opengl", None)
    viewer, notice = viewport._open_viewer(160, 90)
    viewer.close()
    assert "newton._src.viewer.gl.opengl" in notice
    assert not viewer.draws_ground


def test_every_private_name_of_newtons_renderer_is_checked_before_it_is_used():
    from rl_trainer_ext.viewport.newton.drawing import _RENDERER_NAMES

    table = (Path(__file__).resolve().parents[2] / "docs" / "private-names.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"RendererGL\.(_\w+)` \| `viewport/newton/drawing\.py", table)) == sorted(_RENDERER_NAMES)
