# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""What happens inside NVIDIA's real Kit kernel, in this order. test_in_kit.py runs it in a process of its own."""

from __future__ import annotations

import gc
import importlib
import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
import stand_ins
from driver import Driver
from kernel import EXTENSION, Kernel

TITLE = "RL Trainer"
VISIBLE = f"/persistent/exts/{EXTENSION}/visible"
PLAY_SIMULATIONS = "/app/player/playSimulations"


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kit")


@pytest.fixture(scope="session")
def kit(folder: Path) -> Iterator[Kernel]:
    kernel = Kernel(folder)
    import carb.settings

    carb.settings.get_settings().set(f"/exts/{EXTENSION}/log_root", str(folder / "logs"))
    carb.settings.get_settings().set(f"/persistent/exts/{EXTENSION}/section_advanced", json.dumps(False))
    yield kernel
    kernel.close()


@pytest.fixture
def settings(kit: Kernel) -> Any:
    import carb.settings

    return carb.settings.get_settings()


@pytest.fixture
def enabled(kit: Kernel) -> Iterator[Kernel]:
    """The extension, enabled for the test; Kit has nothing to complain about afterwards."""
    kit.enable()
    kit.frames(3)
    yield kit
    if kit.manager.is_extension_enabled(EXTENSION):
        kit.enable(False)
    kit.frames(2)
    assert kit.errors() == []


@pytest.fixture(scope="session")
def usd(kit: Kernel) -> stand_ins.UsdContextDouble:
    """From its first use on, Isaac Lab finds a USD context and Isaac Sim's version, as in every Kit that it runs in."""
    stand_in = stand_ins.OmniUsdStandIn()
    stand_ins.install("isaacsim.core.version", stand_ins.IsaacSimVersionStandIn())
    stand_ins.install("omni.usd", stand_in)
    return stand_in.context


def windows(kit: Kernel) -> set[str]:
    """The titles of all windows that can be seen; omni.ui never forgets one that it has drawn."""
    return {window.title for window in kit.ui.Workspace.get_windows() if window.visible}


class Person:
    """Somebody in front of the panel in Kit."""

    def __init__(self, kit: Kernel) -> None:
        self.kit = kit
        self.driver = Driver(kit.host.window.frame, kit.app.update)

    def until(self, reached: Callable[[Any], Any], what: str) -> Any:
        """Lets frames of Kit pass; returns the trainer's snapshot."""
        self.kit.until(lambda: reached(self.kit.snapshot), what)
        return self.kit.snapshot

    def until_state(self, name: str) -> Any:
        return self.until(lambda snapshot: snapshot.state.name == name, name)

    def choose_cartpole(self, iterations: int = 3) -> None:
        """Fills in the form by clicks and keys."""
        driver = self.driver
        driver.click("task")
        driver.type("cartpole direct")
        driver.click("task:Isaac-Cartpole-Direct")
        driver.choose("library", "RSL-RL")
        self.until(lambda snapshot: snapshot.details is not None, "the task's defaults")
        driver.write("num_envs", "16")
        driver.write("max_iterations", str(iterations))
        driver.write("seed", "7")
        # what Isaac Sim would run on PhysX runs on Newton here
        driver.write("overrides", "physics=newton_mjwarp")


@pytest.fixture
def person(enabled: Kernel, usd: stand_ins.UsdContextDouble) -> Person:
    person = Person(enabled)
    person.until_state("IDLE")
    return person


def test_the_extension_resolves_and_imports_nothing_heavy_while_nobody_sees_it(kit: Kernel, settings: Any) -> None:
    settings.set(VISIBLE, json.dumps(False))
    kit.enable()
    kit.frames(5)
    description = tomllib.loads((kit.extension_folder / "config" / "extension.toml").read_text(encoding="utf-8"))
    assert kit.manager.get_enabled_extension_id(EXTENSION) == f"{EXTENSION}-{description['package']['version']}"
    for entry in ("readme", "changelog", "icon", "preview_image"):
        assert (kit.extension_folder / description["package"][entry]).is_file()
    assert kit.host.window.title == TITLE
    assert TITLE not in windows(kit)
    assert kit.snapshot.state.name == "LOADING"
    assert not {"torch", "isaaclab", "isaaclab_tasks"} & sys.modules.keys()
    assert settings.get(f"/exts/{EXTENSION}/render_mode") == "PARTIAL_RENDERING"
    kit.enable(False)
    kit.frames(2)
    assert not any(name.split(".")[0] == EXTENSION for name in sys.modules)
    settings.set(VISIBLE, json.dumps(True))
    assert kit.errors() == []


def test_a_click_on_train_trains_in_kits_own_loop(person: Person, folder: Path) -> None:
    person.choose_cartpole()
    person.driver.click("train")
    first = person.kit.app.get_update_number()
    states: list[str] = []

    def ended(snapshot: Any) -> bool:
        states.append(snapshot.state.name)
        return snapshot.status not in ("", "running")

    done = person.until(ended, "the end")
    assert done.status == "finished", done.failure
    assert states.count("TRAINING") > 3  # Kit's frames came in between
    assert person.kit.app.get_update_number() - first >= len(states) - 1
    assert done.checkpoint.name == "model_2.pt"
    assert person.driver.text("notice") == "Saved model_2.pt"
    assert "Learning iteration 2/3" in (done.run_dir / "console.log").read_text()
    (folder / "trained.json").write_text(json.dumps(str(done.checkpoint)))
    person.driver.screenshot(folder / "panel_in_kit.png")


def test_a_run_leaves_kit_as_it_was(person: Person, usd: stand_ins.UsdContextDouble, settings: Any) -> None:
    import omni.kit.app
    from isaaclab.app.settings_manager import get_settings_manager

    update, backend = omni.kit.app.IApp.update, vars(get_settings_manager())["_backend"]
    before = json.dumps(settings.get("/app") or {}, sort_keys=True), settings.get("/isaaclab"), settings.get("/physics")
    settings.set(PLAY_SIMULATIONS, True)
    attached = len(usd.attached)
    seen: set[Any] = set()
    try:
        person.driver.click("train")
        person.until_state("TRAINING")
        assert vars(get_settings_manager())["_backend"] is not backend
        assert settings.get("/isaaclab/has_gui") is False  # this Kit has no window
        seen.add(settings.get(PLAY_SIMULATIONS))
        person.until(lambda snapshot: seen.add(settings.get(PLAY_SIMULATIONS)) or snapshot.state.name == "IDLE", "end")
        assert False in seen  # Kit's frame does not step physics that the training steps
        assert settings.get(PLAY_SIMULATIONS) is True
    finally:
        settings.destroy_item(PLAY_SIMULATIONS)
    assert len(usd.attached) == attached + 1  # Isaac Lab's stage was Kit's
    assert usd.stage is None  # and was closed with the environment
    assert omni.kit.app.IApp.update is update
    assert vars(get_settings_manager())["_backend"] is backend
    after = json.dumps(settings.get("/app") or {}, sort_keys=True), settings.get("/isaaclab"), settings.get("/physics")
    assert after == before


def test_stop_saves_and_play_plays(person: Person) -> None:
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 2, "iteration 2")
    person.driver.click("stop")
    stopped = person.until_state("IDLE")
    assert stopped.status == "stopped"
    assert stopped.checkpoint.is_file()
    person.driver.click("play")
    person.until(lambda snapshot: snapshot.state.name == "PLAYING" and snapshot.steps > 0, "the playback")
    assert person.kit.snapshot.checkpoint == stopped.checkpoint
    person.driver.click("stop")
    assert person.until_state("IDLE").status == "stopped"


def test_a_hundred_updates_inside_the_training_are_a_hundred_frames(person: Person, settings: Any) -> None:
    import omni.kit.app

    app = omni.kit.app.get_app()
    real = omni.kit.app.IApp.update
    order: list[tuple[str, int]] = []
    held: set[Any] = set()

    def step(rewards: Any, dones: Any) -> None:
        """Called in the middle of each environment step, as what Isaac Lab does with its visualizers."""
        settings.set(PLAY_SIMULATIONS, len(order) % 4 == 0)
        order.append(("before", app.get_update_number()))
        app.update()
        order.append(("after", app.get_update_number()))
        if len(order) == 200:
            raise LookupError("the hundred and first")

    def watch(snapshot: Any) -> bool:
        assert omni.kit.app.IApp.update is real  # what the host's frame and everybody else calls is Kit's own
        if person.kit.host.trainer._session is not None and (env := person.kit.host.trainer._session._env) is not None:
            env.on_step = step
        if order and order[-1][0] == "before":
            held.add(settings.get(PLAY_SIMULATIONS) == (len(order) % 4 == 1))
        return snapshot.status == "failed"

    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    person.until_state("LAUNCHING")
    failed = person.until(watch, "the failure")
    assert [what for what, _ in order] == ["before", "after"] * 100
    frames = [number for _, number in order]
    assert [after - before for before, after in zip(frames[::2], frames[1::2], strict=True)] == [1] * 100
    assert held == {True}  # in those frames the setting is the one that the training means
    assert "the hundred and first" in failed.failure.message
    assert "in step" in failed.failure.details  # the traceback goes through it
    assert failed.checkpoint is not None  # saved all the same
    settings.destroy_item(PLAY_SIMULATIONS)


def test_disabling_stops_and_saves_first_and_leaves_nothing(person: Person, settings: Any) -> None:
    import omni.kit.app
    from greenlet import getcurrent, greenlet
    from torch.optim import optimizer

    kit, update = person.kit, omni.kit.app.IApp.update
    hooks = len(optimizer._global_optimizer_post_hooks)
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    running = person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    del person.driver
    kit.enable(False)
    saved = sorted(running.run_dir.glob("model_*.pt"))
    assert saved[-1].stat().st_size > 1000
    assert json.loads((running.run_dir / "rl_trainer.json").read_text())["status"] == "stopped"
    del running
    for _ in range(3):  # what the collector frees in C++ lets go of more in Python
        kit.frames(1)
        gc.collect()
    assert TITLE not in windows(kit)
    assert not any(name.split(".")[0] == EXTENSION for name in sys.modules)
    assert omni.kit.app.IApp.update is update
    assert len(optimizer._global_optimizer_post_hooks) == hooks
    assert not [each for each in gc.get_objects() if isinstance(each, greenlet) and each and each is not getcurrent()]
    assert of_the_extension() == []
    kit.enable()
    kit.frames(2)
    again = Person(kit)
    again.until_state("IDLE")
    assert again.driver.text("task_name") == "Isaac-Cartpole-Direct"  # Kit's persistent settings
    assert again.driver.text("num_envs") == "16"


def of_the_extension() -> list[str]:
    """What of the extension is still alive, each with what holds it."""
    alive = [each for each in gc.get_objects() if str(type(each).__module__).split(".")[0] == EXTENSION]
    return [f"{type(each).__qualname__}, held by {holders(each, 3)}" for each in alive]


def holders(thing: Any, depth: int) -> str:
    """What refers to an object, in a few words."""
    names = []
    for holder in gc.get_referrers(thing):
        if holder is sys._getframe() or type(holder).__name__ == "list_iterator" or isinstance(holder, list):
            continue  # this function and its callers
        name = getattr(holder, "__qualname__", None) or type(holder).__qualname__
        if isinstance(holder, dict):
            name = f"dict of {holder.get('__name__') or list(holder)[:3]}"
        if isinstance(holder, FrameType):
            name = f"frame of {holder.f_code.co_qualname}"
        names.append(f"{name} ({holders(holder, depth - 1)})" if depth > 1 else name)
    return ", ".join(names[:4])


def test_kit_closing_in_mid_training_saves(person: Person) -> None:
    import carb.eventdispatcher
    import omni.kit.app

    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    carb.eventdispatcher.get_eventdispatcher().dispatch_event(omni.kit.app.GLOBAL_EVENT_PRE_SHUTDOWN, payload={})
    closed = person.kit.snapshot
    assert closed.status == "stopped"
    assert closed.checkpoint.is_file()


def test_fifty_times_enabled_and_disabled(kit: Kernel, usd: stand_ins.UsdContextDouble) -> None:
    def enable_and_disable() -> None:
        kit.enable()
        kit.frames(2)
        kit.enable(False)
        kit.frames(1)

    def import_again() -> None:
        """Kit keeps the code of every module that is imported again, whoever's it is: that is measured by itself."""
        sys.path.append(str(kit.extension_folder))
        importlib.import_module(f"{EXTENSION}.hosts.kit")
        for name in [name for name in sys.modules if name.split(".")[0] == EXTENSION]:
            del sys.modules[name]
        sys.path.remove(str(kit.extension_folder))

    process = psutil.Process()
    gc.collect()
    gc.freeze()  # what torch and Isaac Lab hold is none of ours, and takes long to look through

    def growth(cycle: Callable[[], None], times: int) -> float:
        """Bytes a cycle, once the first have found their places."""
        readings = []
        for _ in range(times):
            cycle()
            gc.collect()
            readings.append(process.memory_info().rss)
        return (readings[-1] - readings[4]) / (times - 5)

    enable_and_disable()
    counts = process.num_threads(), process.num_fds(), len(windows(kit)), len(sys.modules)
    grown = growth(enable_and_disable, 50)
    assert of_the_extension() == []
    assert (process.num_threads(), process.num_fds(), len(windows(kit)), len(sys.modules)) == counts
    assert grown - growth(import_again, 15) < 100_000
    gc.unfreeze()
    assert kit.errors() == []


def test_hot_reload_takes_the_new_sources(kit: Kernel, folder: Path) -> None:
    sources = kit.extension_folder / EXTENSION / "ui" / "controls.py"
    text = sources.read_text()
    kit.enable()
    kit.frames(3)
    assert Driver(kit.host.window.frame, kit.app.update).text("train") == "Train"
    try:
        sources.write_text(text.replace('"Train"', '"Teach"'))
        kit.enable(False)
        kit.enable()
        kit.frames(3)
        assert Driver(kit.host.window.frame, kit.app.update).text("teach") == "Teach"
    finally:
        sources.write_text(text)
        kit.enable(False)
    assert kit.errors() == []


@pytest.fixture
def isaac_sim(kit: Kernel, usd: stand_ins.UsdContextDouble) -> Iterator[SimpleNamespace]:
    """Everything of Isaac Sim's own user interface that the extension uses, each as a stand-in."""
    parts = SimpleNamespace(
        usd=usd,
        timeline=stand_ins.OmniTimelineStandIn(),
        viewports=stand_ins.ViewportUtilityStandIn(),
        notifications=stand_ins.NotificationManagerStandIn(),
        actions=stand_ins.ActionsStandIn(),
        menus=stand_ins.MenuUtilsStandIn(),
    )
    modules = {
        "omni.timeline": parts.timeline,
        "omni.kit.viewport.utility": parts.viewports,
        "omni.kit.notification_manager": parts.notifications,
        "omni.kit.actions.core": parts.actions,
        "omni.kit.menu.utils": parts.menus,
        "omni.kit.window.filepicker": stand_ins.FilePickerStandIn(),
    }
    for name, part in modules.items():
        stand_ins.install(name, part)
    parts.first, parts.second = stand_ins.ViewportWindowDouble("Viewport"), stand_ins.ViewportWindowDouble("Viewport 2")
    parts.viewports.active = parts.first
    yield parts
    for window in (parts.first, parts.second):
        window.destroy()
    for name in modules:
        stand_ins.remove(name)


def enable_without_visualizer(kit: Kernel) -> None:
    """Enables the extension. Isaac Lab's visualizer for Kit needs Fabric and the renderer, which no stand-in can be."""
    import carb.settings

    carb.settings.get_settings().set(f"/exts/{EXTENSION}/visualizer", False)
    kit.enable()
    kit.frames(3)


@pytest.fixture
def in_isaac_sim(isaac_sim: SimpleNamespace, kit: Kernel) -> Iterator[Kernel]:
    """The extension, enabled where all of Isaac Sim's parts are."""
    enable_without_visualizer(kit)
    yield kit
    kit.enable(False)
    kit.frames(2)
    assert kit.errors() == []


def test_menu_actions_file_picker_and_notifications(isaac_sim: SimpleNamespace, kit: Kernel) -> None:
    enable_without_visualizer(kit)
    (entry,) = isaac_sim.menus.menus["Window"]
    assert entry.name == TITLE
    assert entry.ticked_fn()
    isaac_sim.actions.registry.execute_action(*entry.onclick_action)
    kit.frames(2)
    assert not kit.host.window.visible
    assert not entry.ticked_fn()
    assert isaac_sim.menus.refreshed > 0
    isaac_sim.actions.registry.execute_action(*entry.onclick_action)
    kit.frames(2)
    person = Person(kit)
    person.until_state("IDLE")
    person.driver.click("checkpoint_browse")
    dialog = stand_ins.FilePickerDialogDouble.open
    assert dialog.visible
    item = SimpleNamespace(is_folder=False, path="/runs/model_1.txt")
    assert not dialog.options["item_filter_fn"](item)
    dialog.options["click_apply_handler"]("model_9.pt", "/runs")
    assert person.driver.text("checkpoint") == "/runs/model_9.pt"
    assert not dialog.visible
    person.driver.write("checkpoint", "latest")
    person.driver.write("max_iterations", "2")
    isaac_sim.actions.registry.execute_action(EXTENSION, "train")
    person.until(lambda snapshot: snapshot.status == "finished", "the end")
    kit.frames(2)
    (posted,) = isaac_sim.notifications.posted
    assert posted.text.startswith("Training of Isaac-Cartpole-Direct finished after 2 iterations")
    kit.enable(False)
    assert isaac_sim.menus.menus == {"Window": []}
    assert isaac_sim.actions.registry.actions == {}
    assert stand_ins.FilePickerDialogDouble.open is None
    assert kit.errors() == []


def test_unsaved_stages_are_asked_about(isaac_sim: SimpleNamespace, in_isaac_sim: Kernel) -> None:
    person, usd = Person(in_isaac_sim), isaac_sim.usd
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1")
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=True)

    def answer(identifier: str) -> None:
        question = in_isaac_sim.ui.Workspace.get_window(f"{TITLE}: unsaved stage")
        Driver(question.frame, in_isaac_sim.app.update).click(identifier)
        in_isaac_sim.frames(2)

    person.driver.click("train")
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.state.name == "IDLE"
    answer("stage_cancel")
    assert in_isaac_sim.snapshot.state.name == "IDLE"
    assert usd.file == "/home/user/kitchen.usd"

    person.driver.click("train")
    in_isaac_sim.frames(2)
    answer("stage_save")
    assert usd.saved == 1
    person.until(lambda snapshot: snapshot.status == "finished", "the end")
    in_isaac_sim.frames(2)
    offer = next(posted for posted in isaac_sim.notifications.posted if posted.buttons)
    assert offer.buttons[0].text == "Open kitchen.usd again"
    offer.buttons[0].handler()
    assert usd.opened == ["/home/user/kitchen.usd"]

    usd.pending_edit = True
    person.driver.click("train")
    in_isaac_sim.frames(2)
    answer("stage_discard")
    assert usd.saved == 1
    person.until_state("IDLE")
    usd.close_stage()


def test_toolbar_and_panel_agree(isaac_sim: SimpleNamespace, in_isaac_sim: Kernel) -> None:
    person, timeline = Person(in_isaac_sim), isaac_sim.timeline.timeline
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1000")
    timeline.play()  # the user's own simulation is stopped first
    person.driver.click("train")
    assert timeline.is_stopped()
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    timeline.play()
    in_isaac_sim.frames(2)
    timeline.pause()
    person.until_state("PAUSED")
    timeline.play()
    person.until_state("TRAINING")
    person.driver.click("pause")
    person.until_state("PAUSED")
    assert timeline.state == "paused"
    person.driver.click("pause")
    person.until_state("TRAINING")
    assert timeline.is_playing()
    timeline.stop()
    assert person.until_state("IDLE").status == "stopped"


def test_another_stage_stops_the_run(isaac_sim: SimpleNamespace, in_isaac_sim: Kernel) -> None:
    person = Person(in_isaac_sim)
    person.until_state("IDLE")
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    isaac_sim.usd.close_stage()
    assert person.until_state("IDLE").status == "stopped"


def test_the_viewport_follows_mode_and_user(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, first, second = Person(in_isaac_sim), isaac_sim.first, isaac_sim.second
    person.until_state("IDLE")
    drawn = []

    def attach(env: Any, original: Callable[[Any], None] = in_isaac_sim.host.viewport.attach) -> None:
        """Without a renderer there is no visualizer for Kit: what it would be told is noted."""
        original(env)
        viewport._env = env
        monkeypatch.setattr(env.sim, "render", lambda: drawn.append(in_isaac_sim.app.update()))
        monkeypatch.setattr(env, "render_enabled", env.render_enabled)

    viewport = in_isaac_sim.host.viewport
    monkeypatch.setattr(viewport, "attach", attach)
    assert first.viewport_api.updates_enabled
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    number = in_isaac_sim.app.get_update_number()
    overlay = Driver(first.window.frame, in_isaac_sim.app.update)
    assert overlay.shown("overlay")
    assert viewport._env.render_enabled is False

    def pictures(mode: str) -> tuple[int, int]:
        """Pictures, and environment steps, in thirty frames."""
        person.driver.choose("render_mode", mode)
        in_isaac_sim.frames(3)
        before, steps = len(drawn), in_isaac_sim.snapshot.steps
        in_isaac_sim.frames(30)
        return len(drawn) - before, (in_isaac_sim.snapshot.steps - steps) // 16

    count, steps = pictures("Full rendering")
    assert count == steps == 30
    count, steps = pictures("No rendering")
    assert count == 0
    assert steps > 30
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
    person.driver.click("stop")
    person.until_state("IDLE")


def test_a_missing_package_is_named_with_its_line(kit: Kernel, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "greenlet"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "greenlet", None)
    kit.enable()
    kit.frames(3)
    driver = Driver(kit.ui.Workspace.get_window(TITLE).frame, kit.app.update)
    assert "greenlet" in driver.text("missing_package")
    assert driver.text("pip_line").endswith('-m pip install "greenlet==3.5.6"')
    kit.enable(False)
    assert kit.errors() == []


def test_isaac_labs_own_plots_beside_the_panel(enabled: Kernel, folder: Path) -> None:
    from isaaclab.ui.widgets import ImagePlot, LiveLinePlot

    ui, person = enabled.ui, Person(enabled)
    person.until_state("IDLE")
    window = ui.Window("Isaac Lab's plots", width=500, height=600, position_x=480, position_y=0)
    with window.frame, ui.VStack(height=0):
        lines = LiveLinePlot([[0.0], [1.0]], legends=["one", "two"], plot_height=120)
        picture = ImagePlot(image=np.zeros((32, 32, 3), np.uint8), label="picture")
    for number in range(20):
        lines.add_datapoint([number % 5, 5 - number % 5])
        picture.update_image(np.full((32, 32, 3), 10 * number, np.uint8))
        enabled.frame()
    assert len(lines.y_data[0]) > 10
    person.driver.click("section_learning", right=0.1)
    person.driver.screenshot(folder / "beside_isaac_lab.png")
    window.destroy()
