# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Pictures, and tasks that need them, where Isaac Sim's parts are stand-ins. Run by test_in_kit.py, after inside_3."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import stand_ins
import viewport_stand_ins
from helpers.driver import Driver
from inside_fixtures import Person
from kernel import EXTENSION, Kernel

FABRIC_UPDATES = "/physics/fabricUpdateTransformations"


def test_the_viewport_follows_mode_and_user(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, first, second = Person(in_isaac_sim), isaac_sim.first, isaac_sim.second
    person.until_state("IDLE")
    drawn = []

    def attach(env: Any, original: Callable[[Any], None] = in_isaac_sim.host.viewport.attach) -> None:
        """Without a renderer there is no visualizer for Kit: what it would be told is noted."""
        env.sim.set_setting(FABRIC_UPDATES, True)  # as Isaac Lab does with a visualizer
        original(env)
        viewport._env = env
        monkeypatch.setattr(env.sim, "render", lambda: drawn.append(in_isaac_sim.app.update()))
        monkeypatch.setattr(env, "render_enabled", env.render_enabled)

    viewport = in_isaac_sim.host.viewport
    monkeypatch.setattr(viewport, "attach", attach)
    assert first.viewport_api.updates_enabled
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    number = in_isaac_sim.app.get_update_number()
    overlay = Driver(first.window.frame, in_isaac_sim.app.update)
    assert overlay.shown("overlay")
    assert viewport._env.render_enabled is False
    assert viewport._env.sim.get_setting(FABRIC_UPDATES) is False

    def pictures(mode: str) -> tuple[int, int]:
        """Pictures, and environment steps, of twelve steps or more."""
        person.driver.choose("render_mode", mode)
        in_isaac_sim.frames(3)
        before, steps = len(drawn), in_isaac_sim.snapshot.steps
        person.until(lambda snapshot: snapshot.steps >= steps + 12 * 16, "twelve steps")
        return len(drawn) - before, (in_isaac_sim.snapshot.steps - steps) // 16

    # a policy update that takes long has frames of its own, without a step
    count, steps = pictures("Full rendering")
    assert count == steps
    count, _ = pictures("No rendering")
    assert count == 0
    assert not first.viewport_api.updates_enabled
    isaac_sim.actions.registry.execute_action(EXTENSION, "cycle_render_mode")
    in_isaac_sim.frames(3)
    isaac_sim.actions.registry.execute_action(EXTENSION, "cycle_render_mode")
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.render_mode.value == "Partial rendering"
    assert drawn.count(None) == len(drawn)
    assert in_isaac_sim.app.get_update_number() > number

    isaac_sim.viewports.active = second
    overlay_2 = Driver(second.window.frame, in_isaac_sim.app.update)
    person.until(lambda snapshot: "overlay" in overlay_2.identifiers(), "the second viewport")
    assert first.viewport_api.updates_enabled
    assert "overlay" not in overlay.identifiers()
    person.driver.click("pause")
    person.until_state("PAUSED")
    in_isaac_sim.frames(2)
    assert second.viewport_api.updates_enabled
    person.driver.click("pause")
    person.until_state("TRAINING")

    # Isaac Lab closes a visualizer that raises, and continues without it
    visualizers = [viewport]
    monkeypatch.setattr(type(viewport._env.sim), "visualizers", property(lambda sim: visualizers))
    monkeypatch.setattr(viewport._env.sim, "render", visualizers.clear)
    problem = person.until(lambda snapshot: snapshot.viewport_problem, "the problem").viewport_problem
    assert "visualizer for Kit failed" in problem

    # the user closes the viewport, and opens another of the same name
    second.destroy()
    isaac_sim.viewports.active = None
    in_isaac_sim.frames(3)
    isaac_sim.viewports.active = third = viewport_stand_ins.ViewportWindowDouble("Viewport 2")
    overlay_3 = Driver(third.window.frame, in_isaac_sim.app.update)
    person.until(lambda snapshot: "overlay" in overlay_3.identifiers(), "the third viewport")
    isaac_sim.actions.registry.execute_action(EXTENSION, "stop")
    person.until_state("IDLE")
    in_isaac_sim.frames(2)
    assert third.viewport_api.updates_enabled
    third.destroy()


def test_markers_move_for_pictures_only(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isaaclab_visualizers.kit import KitVisualizer

    person, viewport = Person(in_isaac_sim), in_isaac_sim.host.viewport
    person.until_state("IDLE")
    moved, drawn, switched, by_task = [], [], [], []

    # what needs a renderer; what Isaac Lab asks the visualizer for is its own
    monkeypatch.setattr(KitVisualizer, "initialize", lambda self, provider: None)
    monkeypatch.setattr(KitVisualizer, "step", lambda self, dt: drawn.append(dt))

    def attach(env: Any, original: Callable[[Any], None] = viewport.attach) -> None:
        env.sim.vis_marker_registry.add_callback("marker", moved.append)
        # markers of the task; what Isaac Lab does with them is its own
        env.has_debug_vis_implementation = True
        env._set_debug_vis_impl, env._debug_vis_callback = switched.append, by_task.append
        original(env)

    monkeypatch.setattr(viewport, "attach", attach)
    monkeypatch.setattr("rl_trainer_ext.hosts.kit.simulation.has_window", lambda: True)
    settings.set(f"/exts/{EXTENSION}/visualizer", True)
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    assert [type(each) for each in viewport._env.sim.visualizers] == [KitVisualizer]
    assert viewport._env.sim.is_rendering

    def counted(mode: str) -> tuple[int, int, int]:
        """Moves of markers, pictures and environment steps, of twelve steps or more."""
        person.driver.choose("render_mode", mode)
        in_isaac_sim.frames(3)
        before, steps = (len(moved), len(drawn)), in_isaac_sim.snapshot.steps
        person.until(lambda snapshot: snapshot.steps >= steps + 12 * 16, "twelve steps")
        return len(moved) - before[0], len(drawn) - before[1], (in_isaac_sim.snapshot.steps - steps) // 16

    moves, pictures, steps = counted("Full rendering")
    assert moves == pictures == steps
    assert counted("No rendering")[:2] == (0, 0)

    # the user chooses markers, which the task has and did not draw
    assert not switched
    person.driver.click("section_markers", right=0.2)
    in_isaac_sim.frames(5)
    person.driver.click("marker:TASK")
    in_isaac_sim.frames(3)
    assert not person.driver.find("marker:COLLISION_SHAPES").enabled
    assert not by_task  # nothing is drawn
    person.driver.choose("render_mode", "Full rendering")
    person.until(lambda snapshot: len(by_task) > 3, "markers of the task")
    assert switched == [True]
    person.driver.click("pause")
    person.until_state("PAUSED")
    pictures = len(drawn)
    person.driver.click("marker:TASK")
    in_isaac_sim.frames(5)
    count = len(by_task)
    assert switched == [True, False]
    assert len(drawn) == pictures + 1  # of the paused run, without them
    person.driver.click("pause")
    person.until(lambda snapshot: len(drawn) > pictures + 5, "pictures without markers")
    assert len(by_task) == count
    person.driver.click("marker:TASK")
    person.driver.click("section_markers", right=0.2)
    person.driver.choose("render_mode", "Partial rendering")
    person.driver.click("stop")
    person.until_state("IDLE")

    # the choice is remembered for the next run
    switched.clear()
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1 and bool(switched), "the next run")
    assert switched == [True]
    person.driver.click("stop")
    person.until_state("IDLE")
    viewport.show_markers(frozenset())
    settings.set(f"/exts/{EXTENSION}/visualizer", False)


def test_clips_and_pictures_are_what_the_renderer_draws(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The visualizer's own reading of the picture, over a stand-in for Replicator."""
    import numpy as np
    from helpers.videos import read_video
    from isaaclab_visualizers.kit import KitVisualizer
    from PIL import Image

    person, replicator = Person(in_isaac_sim), viewport_stand_ins.ReplicatorStandIn()
    person.until_state("IDLE")
    stand_ins.install("omni.replicator.core", replicator)

    # what needs Fabric and the renderer
    def initialize(self: Any, provider: Any) -> None:
        nothing = lambda *arguments: None  # noqa: E731
        self._fabric = SimpleNamespace(update_transforms=nothing, update_geometries=nothing)
        self.cfg.window_width, self.cfg.window_height = 320, 180

    def step(self: Any, dt: float) -> None:
        self._app_pumped_this_step = self._pump_kit_app_update()

    monkeypatch.setattr(KitVisualizer, "initialize", initialize)
    monkeypatch.setattr(KitVisualizer, "step", step)
    monkeypatch.setattr(KitVisualizer, "_apply_render_product_background", lambda self, stage, path: None)
    monkeypatch.setattr("rl_trainer_ext.hosts.kit.simulation.has_window", lambda: True)
    settings.set(f"/exts/{EXTENSION}/visualizer", True)
    try:
        person.choose_cartpole(iterations=1000)
        person.driver.click("train")
        person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
        assert replicator.products == []

        # a still picture, the first one: the run continues while the renderer starts
        person.driver.click("picture")
        saved = person.until(lambda snapshot: "Saved" in snapshot.notice, "the picture")
        (file,) = (saved.run_dir / "videos").glob("*.png")
        assert np.asarray(Image.open(file)).max() == 200
        (product,) = replicator.products
        in_isaac_sim.frames(3)
        rendered, steps = product.frames, in_isaac_sim.snapshot.steps
        person.until(lambda snapshot: snapshot.steps >= steps + 12 * 16, "twelve steps")
        assert product.frames == rendered, "rendered although nothing is recorded"

        person.driver.click("record")
        person.until(lambda snapshot: snapshot.run.recording.pictures >= 4, "four pictures")
        person.driver.click("record")
        recorded = person.until(lambda snapshot: snapshot.run.recording.clips, "the clip")
        pictures = read_video(recorded.run.recording.clips[0])
        assert pictures.shape[1:] == (180, 320, 3)
        assert len(pictures) >= 4
        lit = (pictures.mean(axis=(1, 3)) > 100).sum(axis=1)
        assert lit.min() > 0, "a black picture"
        assert len(set(lit.tolist())) == len(lit), "each step has a frame of its own"
        person.driver.click("stop")
        person.until_state("IDLE")
    finally:
        settings.set(f"/exts/{EXTENSION}/visualizer", False)
        stand_ins.remove("omni.replicator.core")


def test_a_task_with_cameras_says_so_and_keeps_its_mode(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, viewport, seen = Person(in_isaac_sim), in_isaac_sim.host.viewport, []
    person.until_state("IDLE")

    def attach(env: Any, original: Callable[[Any], None] = viewport.attach) -> None:
        env.sim.set_setting("/isaaclab/render/rtx_sensors", True)  # as Isaac Lab's cameras do
        env.sim.set_setting(FABRIC_UPDATES, True)
        original(env)
        seen.append((env.render_enabled, env.sim.get_setting(FABRIC_UPDATES)))

    monkeypatch.setattr(viewport, "attach", attach)
    person.driver.choose("render_mode", "No rendering")
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    assert seen == [(True, True)]
    assert isaac_sim.first.viewport_api.updates_enabled
    assert any("reads its cameras at every step" in posted.text for posted in isaac_sim.notifications.posted)
    person.driver.click("stop")
    person.until_state("IDLE")
    person.driver.choose("render_mode", "Partial rendering")


def test_the_toolbar_reaches_a_task_that_waits_inside_update(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import carb.eventdispatcher

    person, host, timeline = Person(in_isaac_sim), in_isaac_sim.host, isaac_sim.timeline.timeline
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1000")
    synced: list[str] = []

    def attach(env: Any, original: Callable[[Any], None] = host.viewport.attach) -> None:
        env.sim.set_setting("/isaaclab/render/rtx_sensors", True)
        original(env)
        # each step ends in a frame of Kit, as with Isaac Lab's visualizer for Kit and its cameras
        monkeypatch.setattr(env.sim, "render", lambda *args, **kwargs: in_isaac_sim.app.update())
        # what PhysX's manager has and Newton's has not
        host.viewport._physics = SimpleNamespace(
            _sync_fabric_after_resume=lambda: synced.append(f"{timeline.state}, {host.trainer.state.name}")
        )

    monkeypatch.setattr(host.viewport, "attach", attach)
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    timeline.play()
    person.until(lambda snapshot: timeline.is_playing() and host._updates.waiting, "a task inside update()")
    dispatcher = carb.eventdispatcher.get_eventdispatcher()
    for event in ("PAUSE", "STOP"):  # of another timeline
        dispatcher.dispatch_event(getattr(isaac_sim.timeline, f"GLOBAL_EVENT_{event}"), payload={})
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.state.name == "TRAINING"

    person.until(lambda snapshot: host._updates.waiting, "a task inside update()")
    timeline.pause()
    person.until_state("PAUSED")
    assert host._updates.waiting
    assert synced == []
    timeline.play()
    person.until_state("TRAINING")
    assert synced == ["playing, PAUSED"]  # before the task went on, and drew
    person.until(lambda snapshot: host._updates.waiting, "a task inside update()")
    timeline.stop()
    stopped = person.until_state("IDLE")
    assert (stopped.status, stopped.failure) == ("stopped", None)


def test_isaac_labs_own_window_is_left_out_and_a_tasks_is_not(
    in_isaac_sim: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Person(in_isaac_sim)
    person.until_state("IDLE")
    monkeypatch.setattr("rl_trainer_ext.hosts.kit.simulation.has_window", lambda: True)
    person.choose_cartpole(iterations=1)
    person.driver.click("train")
    done = person.until(lambda snapshot: snapshot.status not in ("", "running"), "the end")
    assert (done.status, done.failure) == ("finished", None)
    written = (done.run_dir / "params" / "env.yaml").read_text(encoding="utf-8")
    assert "ui_window_class_type: isaaclab.envs.ui.base_env_window:BaseEnvWindow" in written

    viewport = in_isaac_sim.host.viewport
    theirs, own = "isaaclab.envs.ui.manager_based_rl_env_window:ManagerBasedRLEnvWindow", "robots.ui:GripperWindow"
    for window, opened in ((theirs, None), (own, own), (None, None)):
        env_cfg = SimpleNamespace(ui_window_class_type=window)
        viewport.configure(env_cfg)
        assert env_cfg.ui_window_class_type == opened
        viewport.detach()
        assert env_cfg.ui_window_class_type == window
