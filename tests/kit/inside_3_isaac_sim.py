# SPDX-FileCopyrightText: Copyright (c) 2026 The RL Trainer contributors
# SPDX-License-Identifier: BSD-3-Clause

"""The extension where Isaac Sim's parts are, each as a stand-in. Run by test_in_kit.py, after inside_2_life.py."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import stand_ins
from helpers.driver import Driver
from inside_fixtures import TITLE, Person, enable_without_visualizer, windows
from kernel import EXTENSION, ISAAC_SIM_PARTS, Kernel


def test_menu_actions_file_picker_and_notifications(isaac_sim: SimpleNamespace, kit: Kernel) -> None:
    enable_without_visualizer(kit)
    (robotics,) = isaac_sim.menus.menus["Tools"]
    entry, runs, queue, terms, sweep = robotics.sub_menu
    assert robotics.name == "Robotics"
    assert (entry.name, queue.name, terms.name) == (TITLE, "RL Trainer Queue", "RL Trainer Terms")
    assert (sweep.name, sweep.ticked_fn()) == ("RL Trainer Sweep", False)
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
    assert not runs.ticked_fn()
    isaac_sim.actions.registry.execute_action(*runs.onclick_action)
    browser = Driver(kit.host.runs.window.frame, kit.app.update)
    kit.until(lambda: any("Isaac-Cartpole-Direct" in getattr(each, "text", "") for each in browser.widgets()), "a run")
    assert runs.ticked_fn()
    (posted,) = isaac_sim.notifications.posted
    assert posted.text.startswith("Training of Isaac-Cartpole-Direct finished after 2 iterations")
    kit.enable(False)
    assert isaac_sim.menus.menus == {"Tools": []}
    assert isaac_sim.actions.registry.actions == {}
    assert stand_ins.FilePickerDialogDouble.open is None
    assert kit.errors() == []


def test_a_physx_run_is_refused_while_isaac_sims_engine_is_newton(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel
) -> None:
    person, usd = Person(in_isaac_sim), isaac_sim.usd
    manager = sys.modules["isaacsim.core.simulation_manager"].SimulationManager
    person.until_state("IDLE")
    usd.open_user_stage("/home/user/kitchen.usd", pending_edit=False)
    stage = usd.stage
    usd.attached.clear()
    person.until_described()
    person.driver.write("overrides", "physics=physx")
    assert manager.switch_physics_engine("newton")
    person.driver.click("train")
    snapshot = person.until(lambda snapshot: snapshot.status not in ("", "running"), "the end")
    in_isaac_sim.frames(2)
    person.driver.write("overrides", "physics=newton_mjwarp")

    assert snapshot.failure.message.startswith("The active physics engine of Isaac Sim is newton, and this run needs")
    assert 'switch_physics_engine("physx")' in snapshot.failure.message
    assert snapshot.failure.details == ""
    assert snapshot.run_dir is None
    assert (usd.stage, usd.attached) == (stage, [])
    assert manager.get_active_physics_engine() == "newton"
    assert all(manager.get_default_callback_status().values())
    usd.close_stage()


def test_toolbar_and_panel_agree(isaac_sim: SimpleNamespace, in_isaac_sim: Kernel) -> None:
    person, timeline = Person(in_isaac_sim), isaac_sim.timeline.timeline
    person.until_state("IDLE")
    person.driver.write("max_iterations", "1000")
    timeline.play()  # the user's own simulation is stopped first
    in_isaac_sim.frame()
    assert timeline.is_playing()
    person.driver.click("train")
    person.until_state("LAUNCHING")
    in_isaac_sim.frames(2)
    assert timeline.is_stopped()
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    timeline.play()
    in_isaac_sim.frames(2)
    timeline.pause()
    person.until_state("PAUSED")
    timeline.play()
    person.until_state("TRAINING")
    timeline.pause()
    timeline.play()  # both within a frame
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.state.name == "TRAINING"
    assert timeline.is_playing()
    person.driver.click("pause")
    person.until_state("PAUSED")
    in_isaac_sim.frame()
    assert timeline.state == "paused"
    timeline.play()
    timeline.pause()
    in_isaac_sim.frames(3)
    assert in_isaac_sim.snapshot.state.name == "PAUSED"
    assert timeline.state == "paused"
    person.driver.click("pause")
    person.until_state("TRAINING")
    in_isaac_sim.frame()
    assert timeline.is_playing()
    timeline.stop()
    assert person.until_state("IDLE").status == "stopped"


def test_another_stage_stops_the_run_and_isaac_sims_own_physics_is_in_service_again(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel
) -> None:
    person = Person(in_isaac_sim)
    person.until_state("IDLE")
    module: Any = sys.modules["isaacsim.core.simulation_manager"]
    manager, events = module.SimulationManager, module.IsaacEvents
    assert all(manager.get_default_callback_status().values())
    person.driver.click("train")
    person.until(lambda snapshot: snapshot.iteration >= 1, "iteration 1")
    assert not any(manager.get_default_callback_status().values())
    module.SimulationManager = module.IsaacEvents = None  # as isaaclab_physx puts its own there
    isaac_sim.usd.close_stage()
    assert person.until_state("IDLE").status == "stopped"
    in_isaac_sim.frames(2)
    assert (module.SimulationManager, module.IsaacEvents) == (manager, events)
    assert all(manager.get_default_callback_status().values())


def test_what_cannot_be_opened_leaves_nothing_half_open(
    isaac_sim: SimpleNamespace, kit: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    import omni.kit.app

    def refuse(items: list[Any], name: str) -> None:
        raise RuntimeError("no more entries")

    update, before = omni.kit.app.IApp.update, windows(kit)
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["omni.kit.menu.utils"], "add_menu_items", refuse)
        kit.manager.set_extension_enabled_immediate(EXTENSION, True)
        kit.frames(3)
        assert any("no more entries" in line for line in kit.log.read_text(errors="replace").splitlines())
        assert windows(kit) == before
        assert isaac_sim.actions.registry.actions == {}
        assert omni.kit.app.IApp.update is update
        kit.manager.set_extension_enabled_immediate(EXTENSION, False)
        kit.errors()
    kit.enable()
    kit.frames(3)
    assert TITLE in windows(kit)
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


def test_isaac_sims_own_widgets_beside_the_panel(
    isaac_sim: SimpleNamespace, in_isaac_sim: Kernel, folder: Path
) -> None:
    sources = ISAAC_SIM_PARTS / "isaacsim.gui.components" / "isaacsim"
    if not sources.is_dir():
        pytest.skip("Isaac Sim's widgets are not here: ./rl_trainer.sh test fetches them")
    for name, stand_in in stand_ins.BESIDE_ISAAC_SIMS_WIDGETS.items():
        stand_ins.install(name, stand_in)
    sys.modules["isaacsim"].__path__.append(str(sources))
    import isaacsim.gui.components as components  # type: ignore[import-not-found]

    ui, person = in_isaac_sim.ui, Person(in_isaac_sim)
    person.until_state("IDLE")
    pressed, x = [], np.arange(0.0, 5.0, 0.1)
    in_isaac_sim.host.window.position_x = 0
    in_isaac_sim.frames(2)
    person.driver.write("max_iterations", "1")
    person.driver.click("train")
    window = ui.Window("Isaac Sim's widgets", width=500, height=800, position_x=480, position_y=0)
    with window.frame, ui.VStack(spacing=4, height=0):
        number = components.IntField("Number", default_value=3, lower_limit=0, upper_limit=10)
        button = components.Button("Button", "Press", on_click_fn=lambda: pressed.append(number.get_value()))
        ticked = components.CheckBox("Check box", default_value=True)
        choice = components.DropDown("Choice", populate_fn=lambda: ["one", "two"])
        choice.repopulate()
        components.TextBlock("Text", "some text", num_lines=2)
        plot = components.XYPlot("Plot", x_data=[list(x)], y_data=[list(np.sin(x))], legends=["sine"])
        legacy = components.plot_builder("Older plot", data=[float(each) for each in np.sin(x)], min=-1, max=1)

    def moved(snapshot: Any) -> bool:
        plot.set_data([list(x)], [list(np.sin(x + len(pressed)))])
        number.set_value(len(pressed) % 10)
        button.trigger_click()
        return snapshot.status not in ("", "running")

    assert person.until(moved, "the end").status == "finished"
    assert pressed[:3] == [0, 1, 2]
    assert (ticked.get_value(), choice.get_selection(), legacy is not None) == (True, "one", True)
    person.driver.screenshot(folder / "beside_isaac_sim.png")
    window.destroy()
