# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""Training inside NVIDIA's real Kit kernel, in Kit's own update, by clicks. Run by test_in_kit.py."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import platformdirs
import pytest
import usd_stand_ins
from helpers.driver import Driver
from inside_fixtures import PLAY_SIMULATIONS, TITLE, VISIBLE, Person, on_each_step, windows
from kernel import EXTENSION, Kernel


def test_the_extension_resolves_and_imports_nothing_heavy_while_it_is_hidden(kit: Kernel, settings: Any) -> None:
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
    activities: set[str] = set()
    changed: list[bool] = []

    def ended(snapshot: Any) -> bool:
        states.append(snapshot.state.name)
        activities.add(snapshot.activity)
        if snapshot.state.name == "TRAINING":
            from isaaclab_newton.physics import NewtonMJWarpManager

            changed.append("_simulate_full" in vars(NewtonMJWarpManager))
        return snapshot.status not in ("", "running")

    done = person.until(ended, "the end")
    assert done.status == "finished", done.failure
    assert states.count("TRAINING") > 3  # Kit's frames came in between
    assert "Preparing memory…" not in activities  # the memory is that of all of Kit
    assert not any(changed)  # a recording would take in what other extensions start with Warp
    assert person.kit.app.get_update_number() - first >= len(states) - 1
    assert done.checkpoint.name == "model_2.pt"
    assert person.driver.text("notice") == "Saved model_2.pt"
    assert "Learning iteration 2/3" in (done.run_dir / "console.log").read_text()
    (folder / "trained.json").write_text(json.dumps(str(done.checkpoint)))
    person.driver.screenshot(folder / "panel_in_kit.png")


def test_a_training_takes_over_the_stage_of_a_preview(
    person: Person, usd: usd_stand_ins.UsdContextDouble, folder: Path
) -> None:
    from helpers.runs_made_here import equal_to_the_bit
    from pxr import UsdUtils

    attached = len(usd.attached)
    person.driver.choose("speed", "as fast as possible")
    person.driver.click("load")
    person.until(lambda snapshot: snapshot.previewing and snapshot.steps > 100, "steps of the preview")
    states: list[str] = []
    person.driver.click("train")
    done = person.until(
        lambda snapshot: states.append(snapshot.state.name) or snapshot.status == "finished", "the end of the training"
    )
    assert "IDLE" not in states[:-1]
    assert "Took over the environment of the preview" in done.notice
    assert equal_to_the_bit(done.checkpoint, Path(json.loads((folder / "trained.json").read_text())))
    person.kit.frames(2)
    assert len(usd.attached) == attached + 1  # one stage for both
    assert usd.is_new_stage()
    assert UsdUtils.StageCache.Get().GetAllStages() == [usd.stage]


def test_a_training_that_needs_another_environment_has_a_stage_of_its_own(
    person: Person, usd: usd_stand_ins.UsdContextDouble
) -> None:
    from pxr import UsdUtils

    attached = len(usd.attached)
    person.driver.click("load")
    person.until(lambda snapshot: snapshot.previewing and snapshot.steps > 100, "steps of the preview")
    person.driver.write("num_envs", "8")
    person.driver.write("max_iterations", "1")
    person.driver.click("train")
    done = person.until(lambda snapshot: snapshot.status == "finished" and not snapshot.playing, "the end")
    assert "env.scene.num_envs 8 (the preview: 16)" in done.notice
    person.driver.write("num_envs", "16")
    person.driver.write("max_iterations", "3")
    assert len(usd.attached) == attached + 2
    assert usd.is_new_stage()
    assert UsdUtils.StageCache.Get().GetAllStages() == [usd.stage]


def test_a_run_leaves_kit_as_it_was(person: Person, usd: usd_stand_ins.UsdContextDouble, settings: Any) -> None:
    import omni.kit.app
    from isaaclab.app.settings_manager import get_settings_manager
    from pxr import UsdUtils

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
    assert (
        usd.attached[-1] != UsdUtils.StageCache.Get().GetId(usd.stage).ToLongInt()
    )  # and was closed with the environment
    assert usd.is_new_stage()  # Kit has an empty one instead
    assert omni.kit.app.IApp.update is update
    assert vars(get_settings_manager())["_backend"] is backend
    after = json.dumps(settings.get("/app") or {}, sort_keys=True), settings.get("/isaaclab"), settings.get("/physics")
    assert after == before


def test_the_queue_trains_its_seeds_in_kits_own_loop(person: Person) -> None:
    kit, driver = person.kit, person.driver
    person.choose_cartpole(iterations=1)
    driver.write("queue_seeds", "1,2")
    driver.click("queue_add")
    kit.frames(3)
    driver.click("queue_show")
    kit.frames(3)
    assert "RL Trainer Queue" in windows(kit)
    in_queue = Driver(kit.host.queue_window.window.frame, kit.app.update)
    kit.host.queue_window.window.position_x = 0  # all of it on the screen, which is 720 pixels wide
    kit.frames(3)
    in_queue.click("queue_start")
    entries = kit.host.queue.queue
    person.until(lambda _: all(run.state == "finished" for run in entries.entries[0].runs), "the end of the queue")
    assert [Path(run.checkpoint).name for run in entries.entries[0].runs] == ["model_0.pt"] * 2
    assert Path(platformdirs.user_config_dir("rl_trainer"), "queue.json").is_file()
    in_queue.click("queue_clear")  # before anything of the panel is clicked, whose window comes to the front then
    kit.until(lambda: not kit.host.queue.queue.entries, "the empty queue")
    kit.host.queue_window.toggle()
    kit.frames(3)
    driver.write("queue_seeds", "")
    person.choose_cartpole()


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


def test_a_hundred_updates_inside_the_training_are_a_hundred_frames(
    person: Person, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.kit.app

    app = omni.kit.app.get_app()
    real = omni.kit.app.IApp.update
    order: list[tuple[str, int]] = []
    held: set[Any] = set()

    def update() -> None:
        settings.set(PLAY_SIMULATIONS, len(order) % 4 == 0)
        order.append(("before", app.get_update_number()))
        app.update()
        order.append(("after", app.get_update_number()))
        if len(order) == 200:
            raise LookupError("the hundred and first")

    def watch(snapshot: Any) -> bool:
        assert omni.kit.app.IApp.update is real  # what the host's frame and everybody else calls is Kit's own
        if order and order[-1][0] == "before":
            held.add(settings.get(PLAY_SIMULATIONS) == (len(order) % 4 == 1))
        return snapshot.status == "failed"

    on_each_step(monkeypatch, update)
    person.driver.write("max_iterations", "1000")
    person.driver.click("train")
    person.until_state("LAUNCHING")
    failed = person.until(watch, "the failure")
    assert [what for what, _ in order] == ["before", "after"] * 100
    frames = [number for _, number in order]
    assert [after - before for before, after in zip(frames[::2], frames[1::2], strict=True)] == [1] * 100
    assert held == {True}  # in those frames the setting is the one that the training means
    assert "the hundred and first" in failed.failure.message
    assert "in update" in failed.failure.details  # the traceback goes through it
    assert failed.checkpoint is not None  # saved all the same
    settings.destroy_item(PLAY_SIMULATIONS)


def test_physx_in_kit_is_isaac_sims(person: Person) -> None:
    task_config = sys.modules[f"{EXTENSION}.isaac_lab.task_config"]
    run_config = sys.modules[f"{EXTENSION}.run_config"]
    config = run_config.RunConfig(task="Isaac-Cartpole-Direct", library="rsl_rl", overrides=("physics=physx",))
    assert type(task_config.resolve(config).env_cfg.sim.physics).__name__ == "PhysxCfg"
